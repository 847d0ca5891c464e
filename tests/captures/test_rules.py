"""Calculations, conditions and edit checks when a capture is saved."""

import copy

import pytest

from captures.models import DataCapture
from captures.services import AnswersLeftOver, create_capture, save_capture
from edc.base.errors import Invalid
from tests import factories

pytestmark = pytest.mark.django_db

ITEMS = [
    {"oid": "HEIGHT", "name": "Height", "type": "DECIMAL", "unit": "m", "digits": 2},
    {"oid": "BMI", "name": "BMI", "type": "DECIMAL", "digits": 1, "calculation": "[HEIGHT] * 10"},
    {"oid": "SMOKES", "name": "Smokes", "type": "YES_NO"},
    {"oid": "PACKS", "name": "Packs", "type": "INTEGER", "required": True, "condition": "[SMOKES] = 'Y'"},
    {"oid": "DRUG", "name": "Drug", "type": "TEXT", "required": True},
    {"oid": "DOSE", "name": "Dose", "type": "INTEGER", "ranges": [{"max": "500"}]},
]
FORM = {
    "oid": "HX",
    "name": "History",
    "sections": [
        {"items": ["HEIGHT", "BMI", "SMOKES", "PACKS"]},
        {"oid": "CM", "name": "Medication", "repeating": True, "most": 2, "items": ["DRUG", "DOSE"]},
    ],
}
SOFT = {"oid": "C1", "form": "HX", "item": "HEIGHT", "fails_when": "[HEIGHT] < 1", "message": "Very small."}
HARD = {
    "oid": "C2",
    "form": "HX",
    "item": "PACKS",
    "fails_when": "[PACKS] > 9",
    "message": "Too many.",
    "severity": "HARD",
}
ACROSS = {
    "oid": "C3",
    "form": "HX",
    "item": "HEIGHT",
    "fails_when": "[SCR][SYSBP] > 170 and [HEIGHT] > 2",
    "message": "Look at the pressure at screening.",
}
OF_THIS_VISIT = {
    "oid": "C4",
    "form": "HX",
    "item": "HEIGHT",
    "fails_when": "[HEIGHT] <> [W2][HEIGHT]",
    "message": "Not what was measured at week 2.",
}


@pytest.fixture
def subject():
    document = copy.deepcopy(factories.DOCUMENT)
    document["items"] += ITEMS
    document["forms"].append(FORM)
    document["checks"] = [SOFT, HARD, ACROSS, OF_THIS_VISIT]
    document["visits"][1]["forms"].append("HX")
    return factories.subject_at(factories.site_in(factories.active_trial(document)))


@pytest.fixture
def fill(subject):
    visit = subject.study_version.definition.visits[1].oid
    nurse = factories.coordinator_at(subject.site)

    def fill(values, **more):
        return create_capture(subject=subject, visit=visit, form="HX", values=values, by=nurse, **more)

    return fill


def test_what_is_calculated_is_stored_whatever_was_sent(fill):
    capture = fill({"HEIGHT": "1.75", "BMI": "99"})

    assert capture.data == {"HEIGHT": "1.75", "BMI": "17.5"}


def test_a_failed_soft_check_is_stored_and_counted(fill):
    capture = fill({"HEIGHT": "0.90"}, submit=True)

    assert (capture.status, capture.flagged_items) == (DataCapture.Status.SUBMITTED, 1)


def test_an_item_read_by_the_name_of_its_own_visit_is_the_one_being_entered(fill):
    capture = fill({"HEIGHT": "1.75"})

    changed = save_capture(capture=capture, values={"HEIGHT": "1.85"}, version=1, by=capture.entered_by)

    assert (capture.flagged_items, changed.flagged_items) == (0, 0)


def test_with_a_failed_hard_check_a_draft_is_kept_and_not_submitted(fill):
    values = {"SMOKES": "Y", "PACKS": "12"}

    with pytest.raises(Invalid) as refused:
        fill(values, submit=True)
    assert refused.value.errors == {"PACKS": ["Too many."]}
    assert not DataCapture.objects.exists()

    assert fill(values).data == values


def test_what_is_not_asked_is_not_missing(fill):
    assert fill({"SMOKES": "N"}).missing_items == 0


def test_what_is_asked_is_missing(fill):
    assert fill({"SMOKES": "Y"}).missing_items == 1


def test_an_answer_that_is_no_longer_asked_for_stays_until_it_is_let_go(fill):
    draft = fill({"SMOKES": "N", "PACKS": "2"})
    assert draft.data["PACKS"] == "2"
    nurse = draft.entered_by

    with pytest.raises(AnswersLeftOver, match="PACKS"):
        save_capture(capture=draft, version=1, submit=True, by=nurse)
    saved = save_capture(capture=draft, version=1, submit=True, drop_hidden=True, by=nurse)

    assert saved.data == {"SMOKES": "N"}
    assert DataCapture.history.get(id=draft.pk, version=1).data["PACKS"] == "2"


def test_a_table_keeps_its_rows(fill):
    rows = {"CM[1].DRUG": "Aspirin", "CM[1].DOSE": "100", "CM[2].DOSE": "900"}

    capture = fill(rows)

    assert capture.data == rows
    assert (capture.missing_items, capture.flagged_items) == (1, 1)


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"CM[1].DOSE": "1", "CM[2].DOSE": "1", "CM[3].DOSE": "1"}, "CM"),
        ({"CM[1].DOSE": "much"}, "CM[1].DOSE"),
        ({"CM[1].HEIGHT": "2"}, "CM[1].HEIGHT"),
        ({"DOSE": "1"}, "DOSE"),
        ({"CM": [{"DOSE": "1"}]}, "CM"),
    ],
)
def test_what_a_table_cannot_hold_is_refused_at_its_place(fill, values, place):
    with pytest.raises(Invalid) as refused:
        fill(values)

    assert list(refused.value.errors) == [place]


def test_a_check_reads_another_visit(subject, fill):
    factories.capture_of(subject, {"SYSBP": "175"}, visit="SCR", form="VS")

    assert fill({"HEIGHT": "2.10"}).flagged_items == 1


def test_an_unknown_check_does_not_fire(fill):
    assert fill({"HEIGHT": "2.10"}).flagged_items == 0
