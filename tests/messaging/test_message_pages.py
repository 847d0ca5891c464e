"""Messages by page: who reads and writes them, what is kept, what is marked, what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditLog
from messaging import services
from messaging.models import Conversation, Message, Receipt
from tests import factories

pytestmark = pytest.mark.django_db

INBOX, NEW = reverse("messaging:inbox"), reverse("messaging:new")


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def subject(site):
    return factories.subject_at(site)


@pytest.fixture
def nurse(site):
    return factories.coordinator_at(site)


@pytest.fixture
def participant(subject):
    return factories.participant_of(subject)


def thread_of(conversation):
    return reverse("messaging:thread", args=[conversation.pk])


def read_of(conversation):
    return reverse("messaging:read", args=[conversation.pk])


def text_of(client, address):
    return client.get(address).content.decode()


def is_unread(client, user):
    client.force_login(user)
    return "is-unread" in text_of(client, INBOX)


def status_of(client, conversation):
    """Return how far the conversation's first message came."""
    (message, *_) = client.get(f"/api/v1/conversations/{conversation.pk}/messages/").json()["results"]
    return message["status"], message["is_read"]


def test_participant_answers_the_study_team_and_sees_no_names(client, subject, nurse, participant):
    conversation = factories.conversation_with(subject, by=nurse)
    client.force_login(participant)

    client.post(thread_of(conversation), {"body": "Fine, thank you", "key": "k1"})

    page = text_of(client, thread_of(conversation))
    assert "Study team" in page
    assert nurse.display_name not in page
    assert "Fine, thank you" in page
    assert conversation.messages.latest("sent_at").sender == participant


def test_participant_begins_a_conversation_with_their_own_site(client, subject, participant):
    client.force_login(participant)

    answer = client.post(NEW, {"topic": "My tablets", "body": "May I take them at noon?", "key": "k1"})

    begun = Conversation.objects.get()
    assert answer.url == thread_of(begun)
    assert (begun.subject, begun.site, begun.topic) == (subject, subject.site, "My tablets")


def test_participant_is_told_what_messages_are_not_for(client, subject, participant):
    conversation = factories.conversation_with(subject)
    client.force_login(participant)

    assert "Not for emergencies" in text_of(client, NEW)
    assert "Not for emergencies" in text_of(client, thread_of(conversation))


def test_nurse_looks_for_the_subject_and_writes(client, subject, nurse):
    client.force_login(nurse)

    assert f"?subject={subject.pk}" in text_of(client, f"{NEW}?q={subject.number[-3:]}")
    assert f"?subject={subject.pk}" not in text_of(client, f"{NEW}?q=no-such-number")
    client.post(f"{NEW}?subject={subject.pk}", {"topic": "Hello", "body": "How are you?", "key": "k1"})

    assert Conversation.objects.get().subject == subject


def test_nurse_writes_to_the_team_of_the_site(client, site, nurse):
    client.force_login(nurse)

    client.post(f"{NEW}?site={site.pk}", {"topic": "Holidays", "body": "Who is here?", "key": "k1"})

    begun = Conversation.objects.get()
    assert (begun.subject, begun.site) == (None, site)


def test_nobody_begins_a_conversation_at_a_site_of_others(client, subject):
    client.force_login(factories.coordinator_at(factories.active_site()))

    for place in (f"?subject={subject.pk}", f"?site={subject.site_id}"):
        assert client.post(NEW + place, {"topic": "Hello", "body": "Hello", "key": "k1"}).status_code == 404
    assert not Conversation.objects.exists()


def test_who_takes_part_in_no_study_has_nobody_to_write_to(client):
    client.force_login(factories.person("Alone", kind="PARTICIPANT"))

    assert client.get(NEW).status_code == 403


def test_sent_twice_is_written_once(client, subject, nurse):
    conversation = factories.conversation_with(subject, by=nurse)
    client.force_login(nurse)

    for _ in range(2):
        client.post(thread_of(conversation), {"body": "Again?", "key": "same"})
        client.post(f"{NEW}?subject={subject.pk}", {"topic": "Once", "body": "Once", "key": "other"})

    assert Message.objects.filter(body="Again?").count() == 1
    assert Conversation.objects.filter(topic="Once").count() == 1


def test_what_was_typed_stays_when_it_cannot_be_sent(client, subject, nurse):
    conversation = factories.conversation_with(subject, by=nurse)
    client.force_login(nurse)

    too_long = client.post(thread_of(conversation), {"body": "long " * 2_001, "key": "k1"}).content.decode()
    no_topic = client.post(f"{NEW}?subject={subject.pk}", {"topic": "", "body": "Kept", "key": "k2"}).content.decode()
    empty = client.post(thread_of(conversation), {"body": " ", "key": "k3"}).content.decode()

    assert "at most 10000 characters" in too_long
    assert "long long" in too_long
    assert "Kept" in no_topic
    assert "There is a problem" in no_topic
    assert "Write a message." in empty
    assert conversation.messages.count() == 1


def test_other_participants_and_other_sites_find_nothing(client, subject):
    conversation = factories.conversation_with(subject)
    stranger = factories.participant_of(factories.subject_at(subject.site))
    elsewhere = factories.coordinator_at(factories.site_in(subject.trial))

    for user in (stranger, elsewhere, factories.sponsor_of(subject.trial), factories.monitor_at(subject.site)):
        client.force_login(user)
        assert client.get(thread_of(conversation)).status_code == 404
        assert client.post(thread_of(conversation), {"body": "Hello", "key": "k1"}).status_code == 404
        assert client.post(read_of(conversation)).status_code == 404
        assert conversation.topic not in text_of(client, INBOX)
    assert conversation.messages.count() == 1


def test_auditor_reads_under_the_number_and_writes_nothing(client, subject, participant):
    conversation = factories.conversation_with(subject, by=participant)
    client.force_login(factories.auditor_of(subject.trial))

    page = text_of(client, thread_of(conversation))

    assert subject.number in page
    assert participant.display_name not in page.replace(">Participant<", "")
    assert subject.patient.identity().display_name not in page
    assert "<textarea" not in page
    assert client.post(thread_of(conversation), {"body": "Hello", "key": "k1"}).status_code == 403
    assert client.post(read_of(conversation)).status_code == 403
    assert not Receipt.objects.exists()


def test_nurse_sees_who_it_is_and_that_is_recorded(client, subject, nurse):
    conversation = factories.conversation_with(subject)
    client.force_login(nurse)

    page = text_of(client, thread_of(conversation))

    assert subject.patient.identity().display_name in page
    read = AuditLog.objects.get(action="patients.identity_read")
    assert (read.actor, read.patient_id) == (nurse, subject.patient_id)


def test_part_that_fetches_itself_reads_no_name(client, subject, nurse):
    conversation = factories.conversation_with(subject)
    client.force_login(nurse)

    client.get(thread_of(conversation), headers={"HX-Target": "thread", "HX-Request": "true"})

    assert not AuditLog.objects.filter(action="patients.identity_read").exists()


def test_looking_alone_marks_nothing_and_the_page_asks_to_mark(client, subject, nurse, participant):
    conversation = factories.conversation_with(subject, by=nurse)
    client.force_login(participant)

    assert read_of(conversation) in text_of(client, thread_of(conversation))
    assert not Receipt.objects.exists()
    assert client.get(read_of(conversation)).status_code == 405

    assert client.post(read_of(conversation)).url == thread_of(conversation)
    assert read_of(conversation) not in text_of(client, thread_of(conversation))
    assert Receipt.objects.get().read_at


def test_sender_sees_sent_delivered_and_read(client, subject, nurse, participant):
    conversation = factories.conversation_with(subject, by=nurse)
    client.force_login(nurse)
    shown = [">Sent<", ">Delivered<", ">Read<"]

    def states():
        page = text_of(client, thread_of(conversation)).replace("\n", "")
        return [word for word in shown if word[1:] in page.replace("</svg>", ">")]

    assert states() == [">Sent<"]
    services.mark_delivered(messages=[conversation.messages.get().pk], by=participant)
    assert states() == [">Delivered<"]
    services.mark_read(conversation=conversation, by=participant)
    assert states() == [">Read<"]


def test_colleague_who_looks_does_not_make_it_read_by_the_participant(client, site, subject, nurse, participant):
    conversation = factories.conversation_with(subject, by=nurse)
    client.force_login(factories.coordinator_at(site))

    client.post(read_of(conversation))
    client.get(f"/api/v1/conversations/{conversation.pk}/messages/")

    client.force_login(nurse)
    assert status_of(client, conversation) == ("sent", False)
    client.force_login(participant)
    client.post(read_of(conversation))
    client.force_login(nurse)
    assert status_of(client, conversation) == ("read", True)


def test_what_a_colleague_writes_to_a_participant_is_news_to_the_participant_alone(client, site, subject, participant):
    factories.conversation_with(subject, by=factories.coordinator_at(site))

    assert not is_unread(client, factories.coordinator_at(site))
    assert is_unread(client, participant)


def test_what_a_participant_or_a_colleague_writes_to_the_team_is_news_to_the_team(client, site, subject, participant):
    nurse = factories.coordinator_at(site)
    conversation = factories.conversation_with(subject, by=participant)

    assert is_unread(client, nurse)
    assert not is_unread(client, participant)
    client.force_login(nurse)
    client.post(read_of(conversation))
    assert not is_unread(client, nurse)
    assert status_of(client, conversation) == ("read", True)
    services.start_conversation(site=site, subject=None, topic="Team", body="Hello", by=factories.coordinator_at(site))
    assert is_unread(client, nurse)


def test_unread_conversations_are_marked(client, subject, nurse, participant):
    conversation = factories.conversation_with(subject, by=nurse)
    client.force_login(participant)

    assert "is-unread" in text_of(client, INBOX)
    services.mark_read(conversation=conversation, by=participant)
    assert "is-unread" not in text_of(client, INBOX)


def test_inbox_of_one_site_alone(client, subject, nurse):
    other = factories.site_in(subject.trial)
    factories.trials.grant_membership(
        user=nurse, trial=other.trial, site=other, role="COORDINATOR", reason="Test", by=factories.administrator()
    )
    factories.conversation_with(subject)
    services.start_conversation(site=other, subject=None, topic="Over there", body="Hello", by=nurse)
    client.force_login(nurse)

    assert "Over there" in text_of(client, INBOX)
    assert "Next visit" in text_of(client, INBOX)
    assert "Next visit" not in text_of(client, f"{INBOX}?site={other.pk}")


def test_lists_cost_the_same_at_any_length(client, subject, nurse):
    def cost(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    conversation = factories.conversation_with(subject, by=factories.participant_of(subject))
    client.force_login(nurse)
    before = [cost(INBOX), cost(thread_of(conversation)), cost(NEW)]
    for number in range(6):
        services.send_message(conversation=conversation, body=f"Number {number}", by=nurse)
        factories.conversation_with(factories.subject_at(subject.site))

    assert [cost(INBOX), cost(thread_of(conversation)), cost(NEW)] == before


def test_long_conversations_come_in_pages_that_lose_nothing(client, subject, nurse, monkeypatch):
    monkeypatch.setattr("messaging.views.conversations.MESSAGES_ON_A_PAGE", 3)
    conversation = factories.conversation_with(subject, body="Number 0", by=nurse)
    for number in range(1, 8):
        services.send_message(conversation=conversation, body=f"Number {number}", by=nurse)
    client.force_login(nurse)
    found, address = [], thread_of(conversation)

    while address:
        page = client.get(address).context
        found = [bubble.message.body for bubble in page["bubbles"]] + found
        address = page["page"].next_url and thread_of(conversation) + page["page"].next_url

    assert found == [f"Number {number}" for number in range(8)]
    oldest = client.get(thread_of(conversation) + page["page"].previous_url).context
    assert [bubble.message.body for bubble in oldest["bubbles"]] == ["Number 2", "Number 3", "Number 4"]


def test_address_changed_by_hand_begins_at_the_newest(client, subject, nurse):
    factories.conversation_with(subject)
    client.force_login(nurse)

    for asked in ("?after=nonsense", "?before=2026-01-01T00:00:00~1", "?after=2026-01-01T00:00~x", "?site=nobody"):
        assert "Next visit" in text_of(client, INBOX + asked)
