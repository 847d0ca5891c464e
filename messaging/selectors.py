"""Reads of conversations, messages, receipts and notifications, and who may see which."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from edc.accounts.models import User
from edc.base.sql import fetch_all
from messaging.models import Conversation, FeedPosition, Message, Notification, Receipt
from trials.roles import Right
from trials.selectors import site_ids_with

# What each kind of topic stands for is in `edc.base.live`; a person listens to what their rights give them.
SITE_RIGHTS = (Right.VIEW_TRIAL, Right.VIEW_DATA, Right.VIEW_MESSAGES, Right.VIEW_APPOINTMENTS)
TOPICS = """
    select 'user:' || %(user)s::uuid
    union select name || '@site:' || site
    from unnest(%(rights)s::text[]) name, edc_sites_with(%(user)s, name) site
    union select name || '@trial:' || trial
    from unnest(%(rights)s::text[]) name, edc_trials_with(%(user)s, name) trial
    union select 'view_trial@trial:' || trial_id from trials_site
    where id in (select edc_sites_with(%(user)s, 'view_trial'))
    union select 'view_trial@trial:' || s.trial_id
    from patients_subject s join patients_patientprofile p on p.id = s.patient_id where p.user_id = %(user)s
    union select 'patient:' || id from patients_patientprofile where user_id = %(user)s
"""
# A message that concerns a participant: written by them it is for the site's team, else for them alone.
FOR_TEAM = Q(patient=None) | Q(sender=F("patient__user"))
# How far messages came to those they are for: the participant, or the team where there is none or they wrote.
STATUSES = """
select r.message_id, bool_or(r.read_at is not null) from messaging_receipt r
join messaging_message m on m.id = r.message_id
left join patients_patientprofile p on p.id = m.patient_id
where r.message_id = any(%s) and r.user_id <> m.sender_id
    and (m.patient_id is null or m.sender_id = p.user_id or r.user_id = p.user_id)
group by r.message_id
"""
# Acts that a page shows where they belong, and that are no news.
NO_NEWS = ["messaging.read"]
MESSAGE_STATUSES = ("sent", "delivered", "read")
# How many of the newest notifications are looked at to count what is new to somebody.
NEWEST = 2_000


def conversations_visible_to(user: User) -> QuerySet[Conversation]:
    """Return the conversations of the sites whose messages this person reads, and their own, newest first."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_MESSAGES)) | Q(patient__user=user)
    conversations = Conversation.objects.filter(visible).select_related("trial", "site", "subject", "patient")
    return conversations.order_by("-last_message_at", "-pk")


def threads_visible_to(user: User) -> QuerySet[Conversation]:
    """Return the conversations with `has_unread`: whether something in them is new to this person."""
    unread = unread_messages(user).filter(conversation=OuterRef("pk"))
    return conversations_visible_to(user).annotate(has_unread=Exists(unread))


def messages_visible_to(user: User) -> QuerySet[Message]:
    """Return the messages of the conversations that this person reads, newest first."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_MESSAGES)) | Q(patient__user=user)
    messages = Message.objects.filter(visible).select_related("sender", "recipient", "conversation")
    return messages.order_by("-sent_at", "-pk")


def messages_in(conversation: Conversation) -> QuerySet[Message]:
    """Return the conversation's messages with their senders, latest first."""
    return conversation.messages.select_related("sender").order_by("-sent_at", "-pk")


def unread_messages(user: User) -> QuerySet[Message]:
    """Return what others wrote to this person, or to their team, that they have not read.

    What a colleague wrote to a participant is for the participant, and new to nobody else.
    """
    read = Receipt.objects.filter(message=OuterRef("pk"), user=user, read_at__isnull=False)
    inbox = Q(FOR_TEAM, site__in=site_ids_with(user, Right.SEND_MESSAGES)) | Q(patient__user=user)
    return Message.objects.filter(inbox).exclude(sender=user).filter(~Exists(read))


def undelivered_messages(user: User) -> QuerySet[Message]:
    """Return what others wrote to this person, or to their team, that no client of theirs has fetched."""
    received = Receipt.objects.filter(message=OuterRef("pk"), user=user)
    return unread_messages(user).filter(~Exists(received))


def with_statuses(messages: list[Message]) -> list[Message]:
    """Give each message its `status` (how far it came to anybody it is for), in one statement."""
    rows = fetch_all(STATUSES, [[message.pk for message in messages]])
    found = {message: "read" if was_read else "delivered" for message, was_read in rows}
    for message in messages:
        message.status = found.get(message.pk, "sent")  # type: ignore[attr-defined]
        message.is_read = message.status == "read"  # type: ignore[attr-defined]
        message.attachments = []  # type: ignore[attr-defined]
    return messages


def topics_of(user: User) -> list[str]:
    """Return the topics of the live feed that this person may hear now."""
    with connection.cursor() as cursor:
        cursor.execute(f"{TOPICS} order by 1", _topic_values(user))
        return [topic for (topic,) in cursor.fetchall()]


def access_of(user: User) -> set[str]:
    """Return every right that this person has now, with its place, and whose patient they are."""
    with connection.cursor() as cursor:
        cursor.execute(TOPICS, {"user": user.pk, "rights": [right.value for right in Right]})
        return {held for (held,) in cursor.fetchall()}


def notifications_for(topics: list[str]) -> QuerySet[Notification]:
    """Return the committed notifications of these topics, oldest first."""
    return Notification.objects.filter(topics__overlap=topics, position__isnull=False).order_by("position")


def feed_after(topics: list[str], position: int, *, limit: int) -> list[dict[str, Any]]:
    """Return the next events of these topics after the position, oldest first, as the live feed sends them."""
    rows = notifications_for(topics).filter(position__gt=position)[:limit]
    return [
        {
            "position": row.position,
            "kind": row.kind,
            "entity": row.entity_type,
            "id": str(row.entity_id),
            "by": str(row.actor_id) if row.actor_id else None,
            "trial": str(row.trial_id) if row.trial_id else None,
            "site": str(row.site_id) if row.site_id else None,
            "patient": str(row.patient_id) if row.patient_id else None,
        }
        for row in rows
    ]


def notifications_visible_to(user: User) -> QuerySet[Notification]:
    """Return the notifications that this person may hear, newest first, without what they did themselves."""
    heard = notifications_for(topics_of(user)).exclude(actor=user)
    return heard.select_related("actor").order_by("-position")


def news_for(user: User, *, before: int | None = None) -> QuerySet[Notification]:
    """Return what is news to this person, newest first, or what came before a position."""
    news = notifications_visible_to(user).exclude(kind__in=NO_NEWS)
    return news.filter(position__lt=before) if before is not None else news


def seen_position(user: User) -> int:
    """Return up to which position this person has looked at their notifications."""
    return FeedPosition.objects.filter(user=user).values_list("seen", flat=True).first() or 0


def head_position() -> int:
    """Return the position of the newest committed notification."""
    return (
        Notification.objects.filter(position__isnull=False)
        .order_by("-position")
        .values_list("position", flat=True)
        .first()
        or 0
    )


@dataclass(frozen=True)
class Feed:
    """How far the live feed is, and how many of its latest notifications are new to somebody."""

    head: int
    unseen: int


def feed_of(user: User, *, at_most: int) -> Feed:
    """Return the position of the newest notification and how many this person has not looked at, in one statement.

    Only the newest are counted, so that it costs the same however long somebody was away.
    """
    statement = f"""
        with heard as (select array({TOPICS})::varchar[] as topics),
        newest as (
            select position, topics, actor_id, kind from messaging_notification
            where position > coalesce((select seen from messaging_feedposition where user_id = %(user)s), 0)
            order by position desc limit %(window)s
        ),
        unseen as (
            select from newest, heard where newest.topics && heard.topics
            and newest.actor_id is distinct from %(user)s
            and newest.kind <> all(%(no_news)s::varchar[]) limit %(at_most)s
        )
        select coalesce((select max(position) from messaging_notification), 0), (select count(*) from unseen)
    """  # noqa: S608 -- put together from our own constants
    with connection.cursor() as cursor:
        cursor.execute(statement, _topic_values(user) | {"window": NEWEST, "at_most": at_most, "no_news": NO_NEWS})
        head, unseen = cursor.fetchone()
    return Feed(head, unseen)


def _topic_values(user: User) -> dict[str, Any]:
    return {"user": user.pk, "rights": [right.value for right in SITE_RIGHTS]}
