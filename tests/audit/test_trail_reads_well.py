"""What an event tells is in words, and a list of events is of just what was asked."""

import pytest

from audit import selectors
from audit.models import AuditLog
from patients import services as patients
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def auditor(client, site):
    auditor = factories.auditor_of(site.trial)
    client.force_login(auditor)
    return auditor


def details(event, user):
    return dict(selectors.words_of([event], by=user)[event.pk].details)


def test_a_read_of_identity_names_fields_and_subjects(auditor, site):
    both = [factories.subject_at(site), factories.subject_at(site)]
    nurse = factories.coordinator_at(site)
    patients.read_identity(patients=[subject.patient for subject in both], by=nurse, purpose="List")

    told = details(AuditLog.objects.get(action="patients.identity_read"), auditor)

    assert told["Fields"].startswith("Medical record number, Display name")
    assert set(told["Patients"].split(", ")) == {subject.number for subject in both}


def test_a_form_is_told_with_its_visit_and_dates(client, auditor, site):
    capture = factories.capture_of(
        factories.subject_at(site), values=factories.VALUES | {"VSDAT": "2026-06-02"}, submit=True
    )

    made = details(AuditLog.objects.get(entity_id=capture.pk, field=""), auditor)
    page = client.get("/audit/", {"entity_id": str(capture.pk)}).content.decode()

    assert (made["Visit"], made["Form"]) == ("Screening", "Vital signs")
    assert "02 Jun 2026" in page
    assert "2026-06-02" not in page
    assert str(capture.study_version_id) not in page


def test_filters_of_an_export_are_told_by_name(client, auditor, site):
    b"".join(client.get("/audit/export/", {"format": "csv", "trial": str(site.trial_id)}).streaming_content)

    told = details(AuditLog.objects.get(action="audit.exported"), auditor)

    assert told["Filters"] == f"Trial: {site.trial.protocol_number}"


@pytest.mark.parametrize(
    "asked", [{"since": "garbage"}, {"bogus": "1"}, {"before": "garbage"}, {"action": "no.such"}, {"entity_id": "1"}]
)
def test_what_cannot_be_asked_is_said_and_not_left_out(client, auditor, asked):
    page = client.get("/audit/", asked)

    assert page.status_code == 400
    assert page.context["form"].errors
    assert "These filters cannot be used" in page.content.decode()
    if "before" not in asked:
        assert client.get("/audit/export/", {"format": "csv"} | asked).status_code == 400


def test_pages_that_the_trail_leads_to_can_be_asked(client, auditor, site):
    for _ in range(4):
        factories.finalised_capture_of(factories.subject_at(site))
    first = client.get("/audit/")

    older = client.get("/audit/" + first.context["older_url"])

    assert (first.status_code, older.status_code) == (200, 200)
    assert older.context["rows"]
