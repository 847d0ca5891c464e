"""Rules that the pages hold hold for programs too, in the same words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from captures.models import DataCapture
from patients.models import PatientProfile
from tests import factories
from tests.api import calling
from tests.api.calling import faults, key

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def nurse(subject):
    return calling.by(factories.coordinator_at(subject.site))


FAR = datetime(2199, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(1899, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize("moment", [FAR, LONG_AGO])
@pytest.mark.parametrize("what", [{"visit": "SCR", "form": "VS", "data": {"SYSBP": "120"}}, {"data_value": "Fell ill"}])
def test_observation_that_cannot_be_is_refused(subject, nurse, moment, what):
    body = {"subject": str(subject.pk), "timestamp": moment.isoformat(), **what}

    answer = nurse.post("captures/", body, **key())

    assert faults(answer) == {"/timestamp": "invalid"}
    assert not DataCapture.objects.exists()


def test_observation_is_not_moved_into_the_future(subject, nurse):
    capture = factories.capture_of(subject)

    answer = nurse("PATCH", f"captures/{capture.pk}/", {"timestamp": FAR.isoformat()}, version=1)

    capture.refresh_from_db()
    assert faults(answer) == {"/timestamp": "invalid"}
    assert capture.version == 1


def test_nothing_becomes_of_a_subject_in_the_future(subject, nurse):
    move = {"trial_status": "ON_TREATMENT", "on": "2199-01-01", "reason": "First dose"}

    answer = nurse.post(f"subjects/{subject.pk}/disposition/", move, version=subject.version)

    assert faults(answer) == {"/on": "invalid"}


def test_nobody_is_enrolled_in_advance(subject, nurse):
    patient = factories.patient_at(subject.site)
    body = {"patient": str(patient.pk), "site": str(subject.site_id), "number": "S-9", "enrolled_on": "2199-01-01"}

    assert faults(nurse.post("subjects/", body, **key())) == {"/enrolled_on": "invalid"}


@pytest.mark.parametrize("born", ["2199-01-01", "1879-12-31"])
def test_birth_date_is_that_of_somebody_alive(subject, nurse, born):
    body = {
        "primary_clinic": str(subject.site_id),
        "medical_record_number": "M-9",
        "display_name": "Ada",
        "date_of_birth": born,
    }

    assert faults(nurse.post("patients/", body, **key())) == {"/date_of_birth": "invalid"}
    assert PatientProfile.objects.count() == 1


def test_appointment_is_not_closed_before_it_begins(client, subject, nurse):
    made = factories.appointment_of(subject, nurse.user, timezone.now() + timedelta(hours=1))
    client.force_login(nurse.user)

    by_api = nurse.post(f"appointments/{made.pk}/close/", {"attended": True}, version=1)
    by_page = client.post(f"/appointments/{made.pk}/close/", {"attended": "yes", "version": 1})

    made.refresh_from_db()
    assert by_api.status_code == 409
    assert "has not begun yet" in by_api.json()["detail"]
    assert "has not begun yet" in by_page.content.decode()
    assert made.status == "BOOKED"


@pytest.mark.parametrize("reason", [{}, {"reason": " "}])
def test_change_of_a_site_or_trial_says_why(subject, reason):
    root = calling.by(factories.administrator())
    trial = factories.draft_trial()
    site = subject.site

    by_site = root("PATCH", f"sites/{site.pk}/", {"phone": "555"} | reason, version=site.version)
    by_trial = root("PUT", f"trials/{trial.pk}/", {"title": "New"} | reason, version=trial.version)

    assert faults(by_site).keys() == {"/reason"}
    assert faults(by_trial).keys() == {"/reason"}
