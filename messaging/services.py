"""Start conversations, send and read messages, mark notifications as seen."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from audit.services import once
from edc.accounts.models import User
from edc.base import live
from edc.base.actor import name_actor
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank, visible
from messaging import permissions
from messaging.models import Conversation, Message
from messaging.selectors import head_position, undelivered_messages, unread_messages
from patients.models import Subject
from trials.models import Site
from trials.roles import Right

LONGEST_BODY = 10_000
# In the order of the messages: two who receive the same ones at once wait for each other, never both.
RECEIVE = """
insert into messaging_receipt as known (id, message_id, user_id, delivered_at, read_at)
select edc_uuid7(), message, %(user)s, %(now)s, %(read_at)s from unnest(%(messages)s::uuid[]) message order by message
on conflict (user_id, message_id) do update set read_at = excluded.read_at
    where known.read_at is null and excluded.read_at is not null
returning message_id
"""
# Of two who look at once, the one who saw more counts.
SEEN = """
insert into messaging_feedposition as known (user_id, seen) values (%s, %s)
on conflict (user_id) do update set seen = greatest(known.seen, excluded.seen)
"""


class SubjectElsewhere(Refused): ...


def start_conversation(
    *, site: Site, subject: Subject | None, topic: str, body: str, by: User, key: str = ""
) -> Conversation:
    """Open a thread with its first message: the site's team with a participant, or (without a subject) among staff.

    A participant writes about themselves only, to their own site.
    """

    def allow() -> None:
        about_self = subject is not None and permissions.can_write_about_self(by, subject)
        require(about_self or permissions.can_write_for_site(by, site))

    def make() -> Conversation:
        if subject is not None and subject.site_id != site.pk:
            raise SubjectElsewhere("This subject belongs to another site.")
        if is_blank(topic):
            raise Invalid({"topic": ["Say what it is about."]})
        conversation = Conversation(
            trial_id=site.trial_id,
            site=site,
            subject=subject,
            patient=subject.patient if subject else None,
            topic=visible(topic),
            created_by=by,
            last_message_at=timezone.now(),
        )
        name_actor(by.pk, action="messaging.conversation_started")
        conversation.save(force_insert=True)
        _write(conversation, body, by=by)
        return conversation

    asked = [site.pk, subject and subject.pk, topic, body]
    action = "messaging.conversation_started"
    return once(Conversation, make, allow=allow, by=by, key=key, action=action, asked=asked)


def send_message(*, conversation: Conversation, body: str, by: User, key: str = "") -> Message:
    """Add a message to a conversation that this person takes part in."""
    return once(
        Message,
        lambda: _write(conversation, body, by=by),
        allow=lambda: require(permissions.can_send(by, conversation)),
        by=by,
        key=key,
        action="messaging.sent",
        asked=[conversation.pk, body],
    )


@transaction.atomic
def mark_delivered(*, messages: Sequence[UUID], by: User) -> int:
    """Note that a client of this person fetched these messages; return how many of them were new to it.

    Only what was written to them or their team leaves a receipt: an auditor who looks does not make it delivered.
    """
    new = undelivered_messages(by).filter(pk__in=messages).values_list("pk", flat=True)
    return _receive(list(new), read=False, by=by)


@transaction.atomic
def mark_read(*, conversation: Conversation, by: User) -> int:
    """Note that this person read the conversation up to now; return how many messages were unread.

    Only those who may answer leave receipts: an auditor who looks does not make a message read.
    """
    if not permissions.can_send(by, conversation):
        return 0
    unread = unread_messages(by).filter(conversation=conversation).values_list("pk", flat=True)
    return _receive(list(unread), read=True, by=by)


@transaction.atomic
def mark_seen(*, position: int, by: User) -> None:
    """Note that this person looked at their notifications up to this position; it never goes back."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [by.pk, min(position, head_position())])


def _receive(messages: Sequence[UUID], *, read: bool, by: User) -> int:
    """Write receipts and return how many are new; the first time that a message was read stays."""
    if not messages:
        return 0
    name_actor(by.pk, action="messaging.read" if read else "messaging.delivered")
    now = timezone.now()
    given: dict[str, Any] = {"messages": list(messages), "user": by.pk, "now": now, "read_at": now if read else None}
    with connection.cursor() as cursor:
        cursor.execute(RECEIVE, given)
        new = [message for (message,) in cursor.fetchall()]
    if read and new:
        _tell_senders(new, by=by)
    return len(new)


def _tell_senders(messages: Sequence[UUID], *, by: User) -> None:
    """Tell each conversation's people that its messages were read, once for each conversation."""
    for conversation in Conversation.objects.filter(messages__in=messages).distinct():
        _tell(conversation, "messaging.read", entity="Conversation", id=conversation.pk, by=by)


def _write(conversation: Conversation, body: str, *, by: User) -> Message:
    body = visible(body)
    if not body:
        raise Invalid({"body": ["Write a message."]})
    if len(body) > LONGEST_BODY:
        raise Invalid({"body": [f"A message has at most {LONGEST_BODY:,} characters."]})
    name_actor(by.pk, action="messaging.sent")
    message = Message.objects.create(
        conversation=conversation,
        trial_id=conversation.trial_id,
        site_id=conversation.site_id,
        patient_id=conversation.patient_id,
        sender=by,
        recipient_id=_recipient(conversation, by=by),
        body=body,
    )
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=message.sent_at)
    _tell(conversation, "messaging.sent", entity="Message", id=message.pk, by=by)
    return message


def _recipient(conversation: Conversation, *, by: User) -> UUID | None:
    """Return the participant for what the team writes, and nobody in particular for the rest."""
    patient = conversation.patient
    return patient.user_id if patient and patient.user_id != by.pk else None


def _tell(conversation: Conversation, kind: str, *, entity: str, id: UUID, by: User) -> None:  # noqa: A002
    topics = live.at_site(Right.VIEW_MESSAGES, site=conversation.site_id, trial=conversation.trial_id)
    if conversation.patient_id:
        topics.append(f"patient:{conversation.patient_id}")
    live.publish(
        kind,
        entity=entity,
        id=id,
        topics=topics,
        trial=conversation.trial_id,
        site=conversation.site_id,
        patient=conversation.patient_id,
        by=by.pk,
    )
