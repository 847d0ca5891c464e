"""Pages of patients and appointments in a real browser: open to everybody, in both schemes, wide and narrow."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients import services
from tests import factories
from tests.browser import LOOKS, axe


@pytest.fixture
def subject(transactional_db):
    return factories.subject_at(factories.active_site())


def sign_in(page, server, client, user):
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])


def is_wider_than_the_screen(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("look", LOOKS)
def test_pages_keep_nobody_out(page, server, client, subject, look):
    width, scheme = look
    nurse = factories.coordinator_at(subject.site)
    start = timezone.now() + timedelta(days=1)
    made = services.book_appointment(
        subject=subject, provider=nurse, start_at=start, end_at=start + timedelta(minutes=30), by=nurse
    )
    other = factories.subject_at(subject.site)
    participant = factories.participant_of(subject)
    acts = ("appointment", "change_appointment", "cancel_appointment", "close_appointment")
    of_staff = [
        *(reverse(f"patients:{act}", args=[made.pk]) for act in acts),
        *(reverse(f"patients:{act}", args=[other.patient_id]) for act in ("patient", "change_patient", "invite")),
        reverse("patients:enrol", args=[subject.site_id]),
        reverse("patients:appointments"),
        reverse("patients:book"),
        reverse("patients:book") + f"?subject={subject.pk}",
    ]
    own = [reverse("patients:appointments"), reverse("patients:ask"), of_staff[0], of_staff[2]]
    own.append(reverse("patients:patient", args=[subject.patient_id]))
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)

    for user, addresses in ((nurse, of_staff), (participant, own)):
        sign_in(page, server, client, user)
        for address in addresses:
            page.goto(address)
            assert axe(page) == [], address
            assert not is_wider_than_the_screen(page), address


def test_patient_is_enrolled_and_invited(page, server, client, subject):
    sign_in(page, server, client, factories.coordinator_at(subject.site))
    page.goto(reverse("patients:enrol", args=[subject.site_id]))

    page.get_by_label("Medical record number").fill("MRN-0815")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Full name").fill("Grace Invented")
    page.get_by_label("Date of birth").fill("1950-03-07")
    page.get_by_label("Subject number").fill("S-0815")
    page.get_by_role("button", name="Register and enrol").click()
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_role("button", name="Make a code").click()

    assert page.get_by_alt_text("QR code").evaluate("picture => picture.naturalWidth") > 0
    assert len(page.locator(".invitation-code").inner_text()) == 19
    page.set_viewport_size({"width": 320, "height": 800})
    assert not is_wider_than_the_screen(page)
    assert axe(page) == []
    page.get_by_role("link", name="Withdraw it").click()
    assert not is_wider_than_the_screen(page)
    assert axe(page) == []
    page.get_by_role("button", name="Withdraw the invitation").click()
    page.get_by_text("Its code opens nothing any more.").wait_for()
