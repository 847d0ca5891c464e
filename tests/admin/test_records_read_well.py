"""Records say what they hold in words, and their first page leads to what people look for."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients import services as patients
from tests import factories
from trials import services as trials
from trials.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def capture():
    return factories.finalised_capture_of(factories.subject_at(factories.active_site()))


def versions_of(client, capture) -> str:
    return client.get(reverse("admin:captures_datacapture_history", args=[capture.pk])).content.decode()


def test_versions_are_in_words(client, capture):
    client.force_login(factories.data_manager_of(capture.trial))

    page = versions_of(client, capture)

    assert "<del>–</del>" in page
    assert "<del>Submitted</del>" in page
    assert "<ins>Finalised</ins>" in page
    for raw in ("None", "FINALISED", "+00:00"):
        assert raw not in page


def test_nobody_is_no_deleted_person(client, capture):
    nurse, start = factories.coordinator_at(capture.site), timezone.now() + timedelta(days=3)
    slot = {"start_at": start, "end_at": start + timedelta(hours=1), "reason": "Knee"}
    asked = patients.request_appointment(subject=capture.subject, by=factories.participant_of(capture.subject), **slot)
    patients.change_appointment(appointment=asked, provider=nurse, location="Room 1", version=1, by=nurse, **slot)
    reader, place = factories.data_manager_of(capture.trial), {"trial": capture.trial, "site": None}
    trials.grant_membership(user=reader, role=Role.AUDITOR, reason="Test", by=factories.administrator(), **place)
    client.force_login(reader)

    page = client.get(reverse("admin:patients_appointment_history", args=[asked.pk])).content.decode()

    assert f'<strong>Provider:</strong> <del>–</del> <span aria-hidden="true">→</span> <ins>{nurse}</ins>' in page
    for raw in ("Deleted user", "pk=None"):
        assert raw not in page


def test_times_of_versions_are_in_the_readers_zone(client, capture):
    manager = factories.data_manager_of(capture.trial)
    client.force_login(manager)
    client.post("/account/profile/", {"display_name": "Mo", "time_zone": "Asia/Tokyo", "locale": "en-gb"})

    page = versions_of(client, capture)

    assert page.count("JST</ins>") >= 1
    assert "UTC</ins>" not in page


def test_tables_of_single_rights_are_not_on_the_first_page(client, capture):
    client.force_login(factories.administrator())

    page = client.get("/admin/").content.decode()

    assert "Memberships" in page
    assert "object permission" not in page.lower()
    assert client.get(reverse("admin:trials_sitegroupobjectpermission_changelist")).status_code == 200
