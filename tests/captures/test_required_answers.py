"""Required items without a value: a change leaves the others alone, and whoever closes a form is asked first."""

import pytest
from django.urls import reverse

from audit.models import AuditLog
from captures.models import DataCapture
from tests import factories
from tests.api import calling
from tests.captures.doors import form_address, text_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def empty(subject):
    """Return a submitted form without its required item."""
    return factories.capture_of(subject, {"WEIGHT": "70"}, submit=True)


def test_a_change_by_the_api_leaves_the_other_values_alone(subject):
    capture = factories.capture_of(subject, {"SYSBP": "120", "WEIGHT": "71.50", "POS": "SUPINE", "NOTE": "x"})
    caller = calling.by(factories.coordinator_at(subject.site))

    body = {"data": {"WEIGHT": "72", "POS": None, "NOTE": ""}}
    answer = caller("PATCH", f"captures/{capture.pk}/", body, version=1)

    assert answer.json()["data"] == {"SYSBP": "120", "WEIGHT": "72"}


def test_nothing_is_finalised_by_the_api_without_required_values_unasked(empty):
    caller = calling.by(factories.investigator_at(empty.site))
    address = f"captures/{empty.pk}/finalize/"

    refused = caller.post(address, {}, version=1)
    assert refused.status_code == 409
    assert "Systolic blood pressure" in refused.json()["detail"]
    finalised = caller.post(address, {"accept_missing": True}, version=1)

    assert finalised.json()["status"] == "FINALISED"
    reasons = set(AuditLog.objects.filter(entity_id=empty.pk, entity_version=2).values_list("reason", flat=True))
    assert reasons == {"Stay empty though required: Systolic blood pressure"}


def test_investigator_is_asked_before_required_values_stay_empty(client, empty):
    client.force_login(factories.investigator_at(empty.site))
    address = reverse("captures:finalise", args=[empty.pk])

    asked = client.post(address, {"version": 1})
    empty.refresh_from_db()
    assert (asked.status_code, empty.status) == (422, "SUBMITTED")
    assert "<li>Systolic blood pressure</li>" in text_of(asked)
    client.post(address, {"version": 1, "accept_missing": "yes"})

    empty.refresh_from_db()
    assert empty.status == "FINALISED"


@pytest.mark.parametrize("act", ["submit", "next"])
def test_submitting_without_required_values_is_asked_once(client, subject, act):
    client.force_login(factories.coordinator_at(subject.site))
    page = typed({"WEIGHT": "70"}, act=act)

    asked = client.post(form_address(subject), page)
    assert asked.status_code == 422
    assert 'href="#id_i_SYSBP"' in text_of(asked)
    assert f'value="{act}"' in text_of(asked).partition('name="accept_missing"')[2][:80]
    assert not DataCapture.objects.exists()
    del page["act"]
    client.post(form_address(subject), page | {"accept_missing": act})

    capture = DataCapture.objects.get()
    assert (capture.status, capture.missing_items) == ("SUBMITTED", 1)


def test_a_draft_is_asked_the_same_when_it_is_submitted(client, subject):
    draft = factories.capture_of(subject, {"WEIGHT": "70"})
    client.force_login(factories.coordinator_at(subject.site))
    address, page = reverse("captures:edit", args=[draft.pk]), typed({"WEIGHT": "70"}, version=1, act="submit")

    assert client.post(address, page).status_code == 422
    client.post(address, page | {"accept_missing": "submit"})

    draft.refresh_from_db()
    assert draft.status == "SUBMITTED"
