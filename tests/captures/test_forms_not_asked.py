"""A study asks for some visits and forms only of subjects for whom a condition holds."""

from copy import deepcopy
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from captures.selectors import casebook_of, grid_of, grid_subjects, place_after, place_in, tasks_of
from tests import factories
from tests.captures.doors import text_of
from trials.definition import DefinitionError, read_definition

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 6, 20, 12, tzinfo=UTC)


def document(*, visit: str = "", form: str = "[SCR][FASTING] = 'Y'"):
    made = deepcopy(factories.DOCUMENT)
    w2 = next(one for one in made["visits"] if one["oid"] == "W2")
    w2["forms"] = ["VS", {"oid": "DIARY", "condition": form}]
    if visit:
        w2["condition"] = visit
    return made


def subject_in(made):
    return factories.subject_at(factories.site_in(factories.active_trial(made)))


def states_of(subject, visit="W2"):
    book = casebook_of(factories.coordinator_at(subject.site), subject, today=LATE.date())
    found = next(one for one in book.visits if one.visit.oid == visit)
    return {line.place.form.oid: line.state for line in found.lines}


def late_in(subject):
    nurse = factories.coordinator_at(subject.site)
    every = {"site": None, "text": "", "disposition": "", "now": LATE}
    return list(grid_subjects(nurse, subject.trial, state="OVERDUE", **every).filter(pk=subject.pk))


def test_a_form_is_expected_once_its_condition_holds():
    subject = subject_in(document())
    assert states_of(subject) == {"VS": "OVERDUE", "DIARY": "NOT_ASKED"}

    factories.capture_of(subject, {"FASTING": "Y"})

    assert states_of(subject) == {"VS": "OVERDUE", "DIARY": "OVERDUE"}


def test_a_visit_is_expected_once_its_condition_holds(client):
    subject = subject_in(document(visit="[SCR][FASTING] = 'Y'"))
    nurse = factories.coordinator_at(subject.site)
    client.force_login(nurse)
    address = reverse("captures:casebook", args=[subject.pk])
    assert "Not expected" in text_of(client.get(address))

    factories.capture_of(subject, {"FASTING": "Y"}, by=nurse)

    assert "Not expected" not in text_of(client.get(address))


def test_the_grid_counts_and_finds_what_is_asked():
    subject = subject_in(document(visit="[SCR][FASTING] = 'Y'"))
    nurse = factories.coordinator_at(subject.site)
    every = grid_subjects(nurse, subject.trial, site=None, text="", disposition="", state="", now=LATE)

    def cell():
        row = next(one for one in grid_of(every, after="", before="", now=LATE).rows if one.subject == subject)
        return next(one.state for one in row.cells if one.visit.oid == "W2")

    factories.capture_of(subject, {"FASTING": "N"}, by=nurse, submit=True)
    assert (cell(), late_in(subject)) == ("", [])

    other = subject_in(document(visit="[SCR][FASTING] = 'N'"))
    factories.capture_of(other, {"FASTING": "N"}, submit=True)
    assert late_in(other) == [other]


def test_a_participant_is_asked_only_for_what_is_asked():
    subject = subject_in(document())
    participant = factories.participant_of(subject)
    assert tasks_of(participant, [subject], now=LATE).waiting == []

    factories.capture_of(subject, {"FASTING": "Y"})

    assert [task.place.form.oid for task in tasks_of(participant, [subject], now=LATE).waiting] == ["DIARY"]


def test_the_next_form_is_one_that_is_asked():
    made = document()
    scr = next(one for one in made["visits"] if one["oid"] == "SCR")
    made["forms"].append({"oid": "EXTRA", "name": "Extra", "sections": [{"items": ["NOTE"]}]})
    made["forms"].append({"oid": "LAST", "name": "Last", "sections": [{"items": ["NOTE"]}]})
    scr["forms"] = ["VS", {"oid": "EXTRA", "condition": "[FASTING] = 'Y'"}, "LAST"]
    subject = subject_in(made)
    here = place_in(subject, "SCR", 1, "VS", 1)
    assert place_after(here).form.oid == "LAST"

    factories.capture_of(subject, {"FASTING": "Y"})

    assert place_after(here).form.oid == "EXTRA"


def test_what_was_entered_stays_though_it_is_no_longer_asked():
    subject = subject_in(document(form="[SCR][FASTING] = 'N'"))
    diary = factories.participant_of(subject)
    capture = factories.capture_of(subject, {"MOOD": "3"}, visit="W2", form="DIARY", by=diary)

    assert states_of(subject)["DIARY"] == "IN_PROGRESS"
    assert capture.data == {"MOOD": "3"}


def test_without_conditions_nothing_more_is_read(django_assert_num_queries):
    subject = subject_in(factories.DOCUMENT)
    participant = factories.participant_of(subject)
    tasks_of(participant, [subject], now=LATE)

    with django_assert_num_queries(2):
        tasks_of(participant, [subject], now=LATE)


@pytest.mark.parametrize(
    ("visit", "form", "path", "words"),
    [
        ("", "[W2][MOOD] > 3", "$.visits", "waits for itself"),
        ("[W2][SYSBP] > 3", "[SCR][FASTING] = 'Y'", "$.visits", "waits for itself"),
        ("[NOPE][SYSBP] > 3", "", "$.visits[1].condition", "no visit NOPE"),
        ("[NOPE] = 1", "", "$.visits[1].condition", "no item NOPE"),
        ("[SCR][MOOD] = 1", "", "$.visits[1].condition", "SCR has no item MOOD"),
        ("[SYSBP]", "", "$.visits[1].condition", "Yes or no is needed"),
        ("", "[AETERM", "$.visits[1].forms[1].condition", "does not fit|ends too early"),
    ],
)
def test_conditions_that_make_no_sense_are_refused_with_their_place(visit, form, path, words):
    with pytest.raises(DefinitionError, match=words) as refused:
        read_definition(document(visit=visit, form=form))

    assert refused.value.path == path
