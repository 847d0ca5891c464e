"""What an appointment is for, and why it changed: each stands by itself, and booking a wish is no change."""

import pytest

from audit.models import AuditLog
from messaging.models import Notification
from patients.models import Appointment
from tests import factories
from tests.patients.test_appointment_pages import ASK, booked, page_of, slot, text_of, tomorrow

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def nurse(subject):
    return factories.coordinator_at(subject.site)


@pytest.fixture
def participant(subject):
    return factories.participant_of(subject)


def test_why_it_changes_stands_beside_what_it_is_for(client, subject, nurse, participant):
    made = booked(subject, nurse)
    client.force_login(nurse)

    client.post(page_of(made, "change_appointment"), slot(nurse, time="11:00", version=1, change_reason="Room closed"))

    changed = AuditLog.objects.filter(entity_id=made.pk, action="patients.appointment_changed")
    assert {event.reason for event in changed} == {"Room closed"}
    client.force_login(participant)
    page = text_of(client, page_of(made))
    assert page.index("Blood pressure") < page.index("Why it was changed") < page.index("Room closed")


def test_what_a_participant_asked_for_is_booked_and_not_changed(client, subject, nurse, participant):
    client.force_login(participant)
    client.post(ASK, {"day": tomorrow().date().isoformat(), "time": "16:00", "reason": "My knee", "key": "k1"})
    wish = Appointment.objects.get()
    client.force_login(nurse)
    assert 'name="change_reason"' not in text_of(client, page_of(wish, "change_appointment"))

    client.post(page_of(wish, "change_appointment"), slot(nurse, time="16:00", version=1, reason="My knee"))

    actions = set(AuditLog.objects.filter(entity_id=wish.pk, entity_version=2).values_list("action", flat=True))
    assert actions == {"patients.appointment_booked"}
    told = Notification.objects.filter(patient_id=subject.patient_id, actor=nurse).values_list("kind", flat=True)
    assert list(told) == ["patients.appointment_booked"]
