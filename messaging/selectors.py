"""Reads of conversations, messages, receipts and notifications, and who may see which."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from edc.accounts.models import User
from messaging.models import Conversation, FeedPosition, Message, Notification, Receipt
from patients.models import PatientProfile
from trials.roles import Right
from trials.selectors import site_ids_with, sites_with, trial_ids_with, trials_visible_to

# What each kind of topic stands for is in `edc.base.live`; a person listens to what their rights give them.
SITE_RIGHTS = (Right.VIEW_TRIAL, Right.VIEW_DATA, Right.VIEW_MESSAGES, Right.VIEW_APPOINTMENTS)


def conversations_visible_to(user: User) -> QuerySet[Conversation]:
    """Return the conversations of the sites whose messages this person reads, and their own, newest first."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_MESSAGES)) | Q(patient__user=user)
    conversations = Conversation.objects.filter(visible).select_related("trial", "site", "subject", "patient")
    return conversations.order_by("-last_message_at", "-pk")


def messages_visible_to(user: User) -> QuerySet[Message]:
    """Return the messages of the conversations that this person reads, newest first."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_MESSAGES)) | Q(patient__user=user)
    messages = Message.objects.filter(visible).select_related("sender", "recipient", "conversation")
    return messages.order_by("-sent_at", "-pk")


def messages_of(conversation: Conversation) -> QuerySet[Message]:
    """Return the conversation's messages in the order they were sent, with senders and receipts."""
    messages = conversation.messages.select_related("sender").prefetch_related("receipts")
    return messages.order_by("sent_at", "pk")


def unread_messages(user: User) -> QuerySet[Message]:
    """Return what others wrote to this person, or to their team, that they have not read."""
    read = Receipt.objects.filter(message=OuterRef("pk"), user=user, read_at__isnull=False)
    inbox = Q(site__in=site_ids_with(user, Right.SEND_MESSAGES)) | Q(patient__user=user)
    return Message.objects.filter(inbox).exclude(sender=user).filter(~Exists(read))


def topics_of(user: User) -> list[str]:
    """Return the topics of the live feed that this person may hear now."""
    topics = [f"user:{user.pk}"]
    for right in SITE_RIGHTS:
        topics += [f"{right}@site:{site}" for site in sites_with(user, right).values_list("pk", flat=True)]
        trials = trials_visible_to(user).filter(pk__in=trial_ids_with(user, right))
        topics += [f"{right}@trial:{trial}" for trial in trials.values_list("pk", flat=True)]
    topics += [f"view_trial@trial:{trial}" for trial in trials_visible_to(user).values_list("pk", flat=True)]
    topics += [f"patient:{patient}" for patient in _own_patients(user)]
    return sorted(set(topics))


def notifications_for(topics: list[str]) -> QuerySet[Notification]:
    """Return the committed notifications of these topics, oldest first."""
    return Notification.objects.filter(topics__overlap=topics, position__isnull=False).order_by("position")


def notifications_visible_to(user: User) -> QuerySet[Notification]:
    """Return the notifications that this person may hear, newest first, without what they did themselves."""
    heard = notifications_for(topics_of(user)).exclude(actor=user)
    return heard.select_related("actor").order_by("-position")


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


def _own_patients(user: User) -> list[UUID]:
    return list(PatientProfile.objects.filter(user=user).values_list("pk", flat=True))
