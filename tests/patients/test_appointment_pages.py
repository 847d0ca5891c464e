"""Appointments, enrolment and patients by page: who opens them, what booking twice says, what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from patients import services
from patients.models import Appointment, PatientProfile
from tests import factories

pytestmark = pytest.mark.django_db

START = datetime(2026, 7, 1, 9, tzinfo=UTC)


def booked(subject, *, provider, start=START):
    return services.book_appointment(
        subject=subject, provider=provider, start_at=start, end_at=start + timedelta(hours=1), by=provider
    )


def test_site_staff_open_every_page_about_a_patient(client):
    subject = factories.subject_at(factories.active_site())
    client.force_login(factories.coordinator_at(subject.site))

    pages = [
        reverse("patients:appointments"),
        reverse("patients:book") + f"?subject={subject.pk}",
        reverse("patients:enrol", args=[subject.site_id]),
        reverse("patients:patient", args=[subject.patient_id]),
        reverse("patients:change_patient", args=[subject.patient_id]),
        reverse("patients:invite", args=[subject.patient_id]),
    ]

    assert {client.get(page).status_code for page in pages} == {200}


def test_a_participant_sees_their_own_appointments_only(client):
    site = factories.active_site()
    mine, other = factories.subject_at(site), factories.subject_at(site)
    nurse, someone = factories.coordinator_at(site), factories.participant_of(mine)
    theirs = booked(other, provider=nurse)
    own = booked(mine, provider=nurse, start=START + timedelta(days=1))
    client.force_login(someone)

    assert client.get(reverse("patients:appointment", args=[own.pk])).status_code == 200
    assert client.get(reverse("patients:appointment", args=[theirs.pk])).status_code == 404
    assert str(theirs.pk) not in client.get(reverse("patients:appointments")).content.decode()


def test_nobody_is_booked_twice_at_the_same_time():
    site = factories.active_site()
    nurse = factories.coordinator_at(site)
    booked(factories.subject_at(site), provider=nurse)

    with pytest.raises(services.appointments.DoubleBooked):
        booked(factories.subject_at(site), provider=nurse, start=START + timedelta(minutes=30))

    assert Appointment.objects.count() == 1


def test_a_participant_cancels_with_a_reason(client):
    subject = factories.subject_at(factories.active_site())
    appointment = booked(subject, provider=factories.coordinator_at(subject.site))
    client.force_login(factories.participant_of(subject))

    address = reverse("patients:cancel_appointment", args=[appointment.pk])
    refused = client.post(address, {"reason": "", "version": 1})
    client.post(address, {"reason": "I have a cold", "version": 1})

    assert refused.context["form"].errors["reason"]
    cancelled = Appointment.objects.get(pk=appointment.pk)
    assert (cancelled.status, cancelled.reason) == ("CANCELLED", "I have a cold")


def test_a_data_manager_sees_a_patient_without_a_name(client):
    subject = factories.subject_at(factories.active_site())
    identity = PatientProfile.objects.get(pk=subject.patient_id).identity()
    client.force_login(factories.data_manager_of(subject.trial))

    page = client.get(reverse("patients:patient", args=[subject.patient_id])).content.decode()

    assert identity.display_name not in page
    assert identity.medical_record_number not in page
