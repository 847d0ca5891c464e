"""Times, dates, states and charts are shown so that nobody misreads them."""

import datetime as dt
import re

import pytest
from django.template import engines
from django.utils import timezone

from edc.base import charts, statuses
from patients.models import Appointment, Subject
from trials.models import ClinicalTrial, Site, StudyVersion


def show(source, **context):
    return engines["django"].from_string("{% load edc %}" + source).render(context)


MOMENT = dt.datetime(2026, 3, 7, 23, 30, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize("moment", [MOMENT, "2026-03-07T23:30:05Z", "2026-03-07T18:30:05-05:00"])
def test_time_is_local_with_its_zone_and_utc_beside(moment):
    with timezone.override("Europe/Berlin"):
        html = show("{% when moment %}", moment=moment)

    assert ">08 Mar 2026 00:30 CET</time>" in html
    assert 'datetime="2026-03-07T23:30:05Z"' in html
    assert 'title="07 Mar 2026 23:30:05 UTC"' in html


def test_time_without_a_zone_is_a_bug():
    with pytest.raises(ValueError, match="time zone"):
        show("{% when moment %}", moment=dt.datetime(2026, 3, 7, 12, 0))  # noqa: DTZ001


def test_no_time_is_said_to_be_none():
    assert "none" in show("{% when moment %}", moment=None)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (dt.date(2026, 3, 7), "07 Mar 2026"),
        ("2026-03-07", "07 Mar 2026"),
        ("2026-03", "Mar 2026"),
        ("2026", "2026"),
        ("2026-13", "2026-13"),
        ("2026-02-30", "2026-02-30"),
        ("unknown", "unknown"),
        ("1-2-3-4", "1-2-3-4"),
        ("", ""),
        (None, ""),
    ],
)
def test_dates_are_unambiguous_and_never_more_precise_than_known(value, words):
    assert show("{{ value|day }}", value=value) == words


def test_day_of_a_moment_is_the_local_one():
    with timezone.override("Asia/Tokyo"):
        assert show("{{ value|day }}", value=MOMENT) == "08 Mar 2026"


def test_day_as_an_element_escapes_what_is_no_date():
    html = show("{% day value %}", value="<b>")

    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_partial_date_keeps_its_form_for_machines():
    assert show("{% day value %}", value="2026-03") == '<time datetime="2026-03">Mar 2026</time>'


@pytest.mark.parametrize(
    "code", [*Site.Status, *ClinicalTrial.Status, *StudyVersion.Status, *Subject.Disposition, *Appointment.Status]
)
def test_every_state_of_the_model_has_its_look(code):
    assert code in statuses.LOOKS


@pytest.mark.parametrize("code", [*statuses.FORM, *statuses.OTHER])
def test_state_is_icon_word_and_tone(code):
    html = show("{% status code %}", code=code)

    look = statuses.LOOKS[code]
    assert f"#{look.icon}" in html
    assert look.word in html
    assert f"tone-{look.tone}" in html


@pytest.mark.parametrize("show_as", ["full", "icon", "bare"])
def test_state_in_a_grid_still_has_its_word(show_as):
    assert "Overdue" in show("{% status 'OVERDUE' show=show_as count=2 %}", show_as=show_as)


def test_spelling_of_a_state_does_not_matter():
    assert statuses.look("finalised") is statuses.look("FINALISED")


def test_unknown_state_is_shown_in_its_own_words():
    assert "Gone fishing" in show("{% status 'GONE_FISHING' %}")


def test_legend_explains_every_state_of_a_form():
    html = show("{% status_legend %}")

    assert all(look.word in html and look.means in html for look in statuses.FORM.values())


def test_no_two_states_of_a_form_look_the_same():
    looks = {(look.icon, look.tone) for look in statuses.FORM.values()}

    assert len(looks) == len(statuses.FORM)


def test_chart_says_in_a_table_what_it_draws():
    html = show(
        "{% chart 'Enrolment' months series across='Month' %}",
        months=["Jan", "Feb"],
        series={"Enrolled": [3, None], "Planned": [4, 8]},
    )

    table = re.search(r"(?s)<table.*</table>", html)[0]
    assert re.findall(r">([^<>\s]+)</t[dh]>", table) == [
        "Month",
        "Enrolled",
        "Planned",
        "Jan",
        "3",
        "4",
        "Feb",
        "–",
        "8",
    ]


def test_chart_without_values_says_so():
    assert "nothing to draw yet" in show("{% chart 'Enrolment' months series %}", months=[], series={"Enrolled": []})


def test_gap_in_a_line_is_not_bridged():
    drawing = charts.build(["a", "b", "c", "d"], {"s": [1, 2, None, 3]})

    assert len(drawing.series[0].points) == 3
    assert len(drawing.series[0].segments) == 1


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 84), (36.1, 38.4), (-5, 5), (7, 7), (0, 0), (0.01, 0.02)])
def test_axis_is_round_and_holds_every_value(low, high):
    marks = charts.steps(low, high)

    assert marks[0] <= low
    assert marks[-1] >= high
    assert 2 <= len(marks) <= 8


@pytest.mark.parametrize("values", [[5], [-3, 4], [0, 0], [1000000, 2]])
def test_points_and_bars_stay_inside_the_drawing(values):
    drawing = charts.build([str(value) for value in values], {"s": values}, bars=True)

    for point in drawing.series[0].points:
        assert float(point.y) >= charts.TOP - 1
        assert float(point.y) + float(point.height) <= charts.HEIGHT - charts.BOTTOM + 1
        assert 0 < float(point.x.rstrip("%")) < 100


def test_big_count_fits_its_bubble():
    assert [show("{{ n|count_cap }}", n=n) for n in (7, 99, 100)] == ["7", "99", "99+"]
