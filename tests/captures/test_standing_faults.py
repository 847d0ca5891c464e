"""A submitted form whose values came to break hard checks and ranges can be saved; what breaks them anew cannot."""

import copy

import pytest
from django.test import Client
from django.urls import reverse

from captures.models import DataCapture
from captures.services import save_capture
from edc.base.errors import Invalid
from tests import factories
from tests.api.calling import by
from tests.captures.doors import text_of, typed

pytestmark = pytest.mark.django_db

ITEMS = [
    *({"oid": oid, "name": oid.title(), "type": "INTEGER"} for oid in ("LIMIT", "TAKEN", "OTHER")),
    *({"oid": oid, "name": oid.title(), "type": "INTEGER"} for oid in ("DOSE", "DAY")),
]
FORM = {
    "oid": "HX",
    "name": "History",
    "sections": [{"items": ["TAKEN", "OTHER"]}, {"oid": "CM", "repeating": True, "most": 5, "items": ["DOSE", "DAY"]}],
}
CHECKS = [
    {"oid": "C1", "item": "TAKEN", "fails_when": "[TAKEN] > [SCR][LIMIT]", "message": "More than there was."},
    {"oid": "C2", "item": "DOSE", "fails_when": "[DOSE] + [DAY] > [SCR][LIMIT]", "message": "Too high a dose."},
]


@pytest.fixture
def capture():
    """Return a submitted form, two of whose checks fail since a form that they read was changed."""
    document = copy.deepcopy(factories.DOCUMENT)
    document["items"] += ITEMS
    document["forms"] += [FORM, {"oid": "LIM", "name": "Limits", "sections": [{"items": ["LIMIT"]}]}]
    document["checks"] = [check | {"form": "HX", "severity": "HARD"} for check in CHECKS]
    document["visits"][0]["forms"] += ["LIM"]
    document["visits"][1]["forms"] += ["HX"]
    subject = factories.subject_at(factories.site_in(factories.active_trial(document)))
    limits = factories.capture_of(subject, {"LIMIT": "99"}, form="LIM", submit=True)
    values = {"TAKEN": "50", "OTHER": "1", "CM[1].DOSE": "50", "CM[1].DAY": "1", "CM[2].DOSE": "2", "CM[2].DAY": "1"}
    made = factories.capture_of(subject, values, visit="W2", form="HX", submit=True)
    save_capture(capture=limits, values={"LIMIT": "10"}, reason="Typing error", version=1, by=limits.entered_by)
    return made


def by_service(capture, values):
    try:
        save_capture(
            capture=capture, values=values, merge=True, reason="Wrong", version=capture.version, by=capture.entered_by
        )
    except Invalid as refused:
        return str(refused.errors)
    return ""


def by_page(capture, values):
    client = Client()
    client.force_login(capture.entered_by)
    page = typed(capture.data | values, act="submit", version=capture.version, reason_kind="Transcription error")
    answer = client.post(reverse("captures:edit", args=[capture.pk]), page)
    return "" if answer.status_code == 302 else text_of(answer)


def by_api(capture, values):
    body = {"data": values, "reason": "Wrong"}
    answer = by(capture.entered_by)("PATCH", f"captures/{capture.pk}", body, version=capture.version)
    return "" if answer.status_code == 200 else text_of(answer)


doors = pytest.mark.parametrize("save", [by_service, by_page, by_api])


@doors
def test_other_values_are_saved_and_the_prompts_stay(save, capture):
    assert save(capture, {"OTHER": "2"}) == ""

    after = DataCapture.objects.get(pk=capture.pk)
    assert after.data == capture.data | {"OTHER": "2"}
    assert after.flagged_items == 2


@doors
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"TAKEN": "60"}, "More than there was."),
        ({"CM[1].DAY": "3"}, "Too high a dose."),
        ({"CM[2].DOSE": "70"}, "Too high a dose."),
    ],
)
def test_what_fails_by_the_change_is_refused_alone(save, capture, values, words):
    said = save(capture, values)

    assert words in said
    assert DataCapture.objects.get(pk=capture.pk).data == capture.data


@doors
def test_the_fault_itself_can_be_corrected(save, capture):
    assert save(capture, {"TAKEN": "5"}) == ""

    assert DataCapture.objects.get(pk=capture.pk).flagged_items == 1
