"""A page that shows what somebody else saved meanwhile, in a real browser: both schemes, wide and narrow."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients import services
from tests import factories
from tests.browser import LOOKS, axe
from tests.patients.test_patient_look import is_wider_than_the_screen, sign_in


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_saved_now_stands_beside_what_was_typed(page, server, client, transactional_db, look):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    made = factories.appointment_of(subject, nurse, timezone.now() + timedelta(days=3), reason="Blood pressure")
    page.set_viewport_size({"width": look[0], "height": 800})
    page.emulate_media(color_scheme=look[1])
    sign_in(page, server, client, nurse)
    page.goto(reverse("patients:change_appointment", args=[made.pk]))
    times = {"provider": nurse, "start_at": made.start_at, "end_at": made.end_at, "reason": "Blood pressure"}
    services.change_appointment(appointment=made, **times, location="Room 9", version=1, by=nurse)

    page.get_by_label("Place").fill("Room 12")
    page.get_by_label("Why it changes").fill("Room 9 is closed")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("link", name="Place – Saved now: “Room 9”.").wait_for()
    assert page.get_by_role("link", name="Saved now").count() == 1
    assert axe(page) == []
    assert not is_wider_than_the_screen(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Room 9 is closed").wait_for()
    assert axe(page) == []
    made.refresh_from_db()
    assert made.location == "Room 12"
