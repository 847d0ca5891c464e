"""Notifications by page: what happened that concerns a person, and how far they have looked."""

from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging import selectors, services
from tests import factories

PAGE, SEEN = reverse("messaging:notifications"), reverse("messaging:seen")


@pytest.fixture
def subject(transactional_db):
    """Return a subject; positions of the feed are given when a transaction commits."""
    return factories.subject_at(factories.active_site())


@pytest.fixture
def nurse(subject):
    return factories.coordinator_at(subject.site)


def texts(client, address=PAGE):
    return [notice["text"] for notice in client.get(address).context["notices"]]


def test_each_side_hears_of_the_other_in_its_own_words(client, subject, nurse):
    participant = factories.participant_of(subject)
    conversation = factories.conversation_with(subject, by=nurse)
    services.send_message(conversation=conversation, body="Thank you", by=participant)

    client.force_login(participant)
    assert texts(client)[0] == "Your study team wrote to you"
    client.force_login(nurse)
    assert texts(client)[0] == "New message"
    assert f"Subject {subject.number}" in client.get(PAGE).content.decode()


def test_reading_a_message_is_no_news(client, subject, nurse):
    participant = factories.participant_of(subject)
    conversation = factories.conversation_with(subject, by=nurse)
    services.mark_seen(position=selectors.head_position(), by=nurse)
    services.mark_read(conversation=conversation, by=participant)
    client.force_login(nurse)

    assert "Something has changed" not in texts(client)
    assert selectors.feed_of(nurse, at_most=10).unseen == 0


def test_nobody_hears_of_other_sites(client, subject):
    factories.capture_of(subject)
    factories.conversation_with(subject)
    stranger = factories.coordinator_at(factories.active_site())
    client.force_login(stranger)

    assert subject.number not in client.get(PAGE).content.decode()
    assert "New message" not in texts(client)


def test_looking_alone_marks_nothing_and_the_page_asks_to_mark(client, subject, nurse):
    factories.capture_of(subject)
    client.force_login(nurse)

    assert selectors.feed_of(nurse, at_most=100).unseen > 0
    page = client.get(PAGE)
    assert page.context["has_new"]
    assert selectors.seen_position(nurse) == 0

    assert client.post(SEEN, {"position": page.context["head"]}).url == PAGE
    assert selectors.feed_of(nurse, at_most=100).unseen == 0
    assert not client.get(PAGE).context["has_new"]


@pytest.mark.parametrize("position", ["", "nonsense", "-1", str(2**70)])
def test_wrong_position_changes_nothing(client, nurse, position):
    client.force_login(nurse)

    client.post(SEEN, {"position": position})

    assert selectors.seen_position(nurse) == 0


def test_older_ones_come_on_further_pages_at_the_same_cost(client, subject, nurse, monkeypatch):
    def cost(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    client.force_login(nurse)
    factories.capture_of(subject)
    before = cost(PAGE)
    for repeat in range(1, 6):
        factories.capture_of(subject, {"AETERM": "Cough"}, visit="LOG", form="AE", form_repeat=repeat)
    assert cost(PAGE) == before
    everything = [notice["row"].pk for notice in client.get(PAGE).context["notices"]]
    monkeypatch.setattr(import_module("messaging.views.notifications"), "ON_A_PAGE", 4)
    found, address = [], PAGE

    while address:
        page = client.get(address).context
        found += [notice["row"].pk for notice in page["notices"]]
        address = page["older"] and f"{PAGE}?before={page['older']}"

    assert found == everything
    assert len(found) > 4
