"""Participants on the smallest phones: nothing scrolls sideways, no word of the navigation breaks."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Labels that take more lines than words, or do not fit.
BROKEN = """() => [...document.querySelectorAll(".site-nav a span:not(.count, .visually-hidden)")].filter((label) => {
  const line = parseFloat(getComputedStyle(label).lineHeight);
  const words = label.textContent.trim().split(/\\s+/).length;
  return label.getBoundingClientRect().height > (words + 0.5) * line || label.scrollWidth > label.clientWidth + 1;
}).map((label) => label.textContent)"""


@pytest.mark.parametrize("width", [320, 360])
def test_pages_fit_a_small_phone(page, server, client, width):
    subject = factories.subject_at(factories.active_site())
    nurse, participant = factories.coordinator_at(subject.site), factories.participant_of(subject)
    factories.appointment_of(subject, nurse, timezone.now() + timedelta(days=3))
    factories.conversation_with(subject, by=nurse)
    client.force_login(participant)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    page.set_viewport_size({"width": width, "height": 640})
    diary = reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])

    for address in (*(reverse(f"captures:{name}") for name in ("today", "my_data", "my_trials")), diary):
        page.goto(address)
        assert page.evaluate(SIDEWAYS) == 0, address
        assert page.evaluate(BROKEN) == [], address
