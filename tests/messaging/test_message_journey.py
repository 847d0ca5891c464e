"""Messages in a real browser: on a phone without a script, live with one, and open to everybody."""

import pytest
from django.urls import reverse

from messaging import services
from messaging.models import Receipt
from tests import factories
from tests.browser import LOOKS, axe


def sign_in(context, server, client, user):
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])


def test_reply_on_a_phone_without_a_script(browser, server, client):
    subject = factories.subject_at(factories.active_site())
    participant = factories.participant_of(subject)
    conversation = factories.conversation_with(subject)
    context = browser.new_context(
        base_url=server.url, viewport={"width": 390, "height": 800}, java_script_enabled=False, locale="en-GB"
    )
    sign_in(context, server, client, participant)
    page = context.new_page()

    page.goto("/messages/")
    page.get_by_role("link", name="Next visit").click()
    page.get_by_role("button", name="Mark as read").click()
    page.get_by_label("Your message").fill("See you then")
    page.get_by_role("button", name="Send").click()

    page.get_by_text("See you then").wait_for()
    assert page.get_by_role("button", name="Mark as read").count() == 0
    assert conversation.messages.latest("sent_at").body == "See you then"
    assert Receipt.objects.get(user=participant).read_at


def test_message_arrives_and_is_read_without_a_reload(page, server, client):
    subject = factories.subject_at(factories.active_site())
    nurse, participant = factories.coordinator_at(subject.site), factories.participant_of(subject)
    conversation = factories.conversation_with(subject, by=participant)
    sign_in(page.context, server, client, participant)
    page.goto(reverse("messaging:thread", args=[conversation.pk]))
    page.wait_for_selector("body[data-live-state=open]")
    page.get_by_label("Your message").fill("I am still typing")

    services.send_message(conversation=conversation, body="Come at nine", by=nurse)

    page.get_by_text("Come at nine").wait_for()
    assert page.get_by_label("Your message").input_value() == "I am still typing"
    page.locator("#counters a[title=Messages] .count").wait_for(state="detached")
    assert Receipt.objects.get(user=participant).read_at


def test_opening_a_long_thread_marks_it_read(page, server, client):
    subject = factories.subject_at(factories.active_site())
    nurse, participant = factories.coordinator_at(subject.site), factories.participant_of(subject)
    conversation = factories.conversation_with(subject, by=nurse)
    for place in range(20):
        services.send_message(conversation=conversation, body=f"Line {place}", by=nurse)
    sign_in(page.context, server, client, participant)

    page.goto(reverse("messaging:thread", args=[conversation.pk]))

    page.get_by_role("button", name="Mark as read").wait_for(state="detached")
    assert Receipt.objects.filter(user=participant, read_at__isnull=False).count() == 21


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(page, server, client, scheme, width):
    subject = factories.subject_at(factories.active_site())
    nurse, participant = factories.coordinator_at(subject.site), factories.participant_of(subject)
    conversation = factories.conversation_with(subject, by=nurse)
    services.send_message(conversation=conversation, body="Thank you", by=participant)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)

    for user in (nurse, participant):
        sign_in(page.context, server, client, user)
        new, asked = reverse("messaging:new"), "" if user == participant else f"?subject={subject.pk}"
        for address in (
            reverse("messaging:inbox"),
            reverse("messaging:thread", args=[conversation.pk]),
            new,
            new + asked,
            reverse("messaging:notifications"),
        ):
            page.goto(address)
            assert axe(page) == [], address
