"""A form of a study version is tried out with test data, as the site and as a participant; nothing is stored."""

import copy

import pytest

from captures.models import DataCapture
from tests import factories
from tests.trials.building import Bench, text_of, typed

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DOCUMENT = copy.deepcopy(factories.DOCUMENT)
DOCUMENT["items"] += [
    {"oid": "DOUBLE", "name": "Double", "type": "DECIMAL", "calculation": "[WEIGHT] * 2"},
    {"oid": "WHY", "name": "Why fasting?", "type": "TEXT", "condition": "[FASTING] = 'Y'"},
    {"oid": "CHANGE", "name": "Change", "type": "DECIMAL", "calculation": "[WEIGHT] - [SCR][WEIGHT]"},
]
DOCUMENT["forms"][0]["sections"][0]["items"] += ["DOUBLE", "WHY", "CHANGE"]


@pytest.fixture
def bench():
    return Bench(DOCUMENT)


def preview(bench, given=None, **asked):
    address = f"/study-versions/{bench.row.pk}/preview/"
    if given is None:
        return bench.client.get(address, asked)
    return bench.client.post(f"{address}?form={asked['form']}", given)


def test_a_form_is_shown_as_those_see_it_who_fill_it_in(bench):
    site, phone = text_of(preview(bench, form="VS")), text_of(preview(bench, form="DIARY"))

    assert "Systolic blood pressure" in site
    assert "Date of observation" in site
    assert 'class="phone density-touch"' in phone
    assert "Date of observation" not in phone
    assert "density-touch" in text_of(preview(bench, **{"form": "VS", "as": "participant"}))


def test_calculations_and_conditions_answer_what_is_typed(bench):
    answer = preview(bench, {"i_WEIGHT": "70", "i_FASTING": "Y", "i_SYSBP": "999", "elsewhere_0": "68"}, form="VS")

    form = answer.context["form"]
    assert (form["i_DOUBLE"].value(), form["i_CHANGE"].value()) == ("140", "2")
    assert form["i_SYSBP"].errors == ["No living person has this blood pressure."]
    assert 'id="id_i_WHY_field">' in text_of(answer)
    assert 'id="id_i_WHY_field" hidden' in text_of(preview(bench, {"i_FASTING": "N"}, form="VS"))
    assert not DataCapture.objects.exists()


def test_a_version_without_a_form_has_nothing_to_show():
    bench = Bench({"schema": "edc-study/1", "name": "Empty"})

    assert "No form yet" in text_of(preview(bench))


def test_who_approves_sees_the_preview_and_cannot_build_from_it(bench):
    bench.client.force_login(factories.investigator_at(factories.site_in(bench.trial)))

    answer = preview(bench, form="VS")

    assert answer.status_code == 200
    assert "Build this form" not in text_of(answer)


def item_preview(bench, given, part="&part=1", **asked):
    address = f"/study-versions/{bench.row.pk}/preview/item/?form=VS&item={asked.get('item', '')}{part}"
    return bench.client.post(address, given) if given is not None else bench.client.get(address)


def test_an_item_is_shown_while_it_is_written(bench):
    shown = typed(bench.get("build_item", form="VS", item="WEIGHT"), type="CHOICE", unit="", digits="")

    answer = item_preview(bench, shown | {"choices": "1, Light\n2, Heavy", "hint": "Roughly"}, item="WEIGHT")

    text = text_of(answer)
    assert 'type="radio"' in text
    assert "Heavy" in text
    assert "Roughly" in text
    assert bench.now.version == 1


def test_a_new_item_is_shown_before_it_is_there(bench):
    assert "New one" in text_of(item_preview(bench, {"version": 1, "name": "New one", "type": "DATE"}))
    assert "WEIGHT" not in bench.document["items"][-1]["oid"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "", "type": "DATE"}, "This field is required."),
        ({"name": "X", "type": "TEXT", "condition": "[NONE] = 1"}, "There is no item NONE."),
    ],
)
def test_what_is_not_sound_yet_says_why(bench, given, said):
    assert said in text_of(item_preview(bench, {"version": 1, **given}))


def test_without_scripts_the_preview_is_a_page(bench):
    assert "<html" in text_of(item_preview(bench, None, part="", item="WEIGHT"))
    assert "Begin to write the item." in text_of(item_preview(bench, None))
    assert item_preview(bench, None, item="NONE").status_code == 404
