"""Conversations and their messages."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Input, Key, Moment, Output, Text
from edc.base.api.paging import Filter
from edc.base.errors import Invalid
from messaging import selectors, services
from messaging.models import Conversation as ConversationRow
from messaging.models import Message as MessageRow
from patients.selectors import subjects_visible_to
from trials.selectors import sites_visible_to


class ConversationInput(Input):
    """A new thread with its first message: about a subject, or (with `site` alone) among the site's staff."""

    subject = Key(allow_null=True, default=None)
    site = Key(allow_null=True, default=None)
    topic = Text(max_length=200)
    body = Text(max_length=services.LONGEST_BODY)
    example: ClassVar = {
        "subject": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7",
        "topic": "Your next visit",
        "body": "Please come without breakfast.",
    }


class ConversationOutput(Output):
    """A thread of messages."""

    id = serializers.UUIDField()
    topic = serializers.CharField()
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id")
    subject = serializers.UUIDField(source="subject_id", allow_null=True)
    patient = serializers.UUIDField(source="patient_id", allow_null=True)
    created_by = serializers.UUIDField(source="created_by_id")
    created_at = Moment()
    last_message_at = Moment()
    example: ClassVar = {
        "id": "01998a19-7f80-7192-a3b4-c5d6e7f8091a",
        "topic": "Your next visit",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "subject": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "created_by": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "created_at": "2026-06-01T12:00:00.000000Z",
        "last_message_at": "2026-06-01T12:00:00.000000Z",
    }


class Conversations(ListEndpoint):
    """List the conversations of the sites whose messages one reads, or one's own, the liveliest first."""

    input = ConversationInput
    output = ConversationOutput
    creates = True
    orderings = ("-last_message_at", "last_message_at", "-created_at", "created_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
        "subject": Filter("subject", Key(), "About this subject."),
        "patient": Filter("patient", Key(), "About this patient."),
    }

    def rows(self, request: Request) -> QuerySet[ConversationRow, ConversationRow]:  # type: ignore[override]
        return selectors.conversations_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Open a conversation with its first message.

        The site's team writes to a participant or among itself; a participant writes to their own site.
        """
        user, taken = user_of(request), self.taken()
        subject = taken["subject"] and self.among(subjects_visible_to(user), taken["subject"], member="subject")
        if not subject and not taken["site"]:
            raise Invalid({"subject": ["Name the subject, or the site for a conversation among its staff."]})
        site = self.among(sites_visible_to(user), taken["site"], member="site") if taken["site"] else subject.site
        opened = services.start_conversation(
            site=site, subject=subject, topic=taken["topic"], body=taken["body"], by=user, key=self.key()
        )
        return self.created(opened)


class Conversation(RowEndpoint):
    """Show a conversation."""

    output = ConversationOutput
    versioned = False

    def row(self, request: Request, pk: UUID) -> ConversationRow:  # type: ignore[override]
        return get_object_or_404(selectors.conversations_visible_to(user_of(request)), pk=pk)


class ReadOutput(Output):
    """How many messages were new to the reader."""

    read = serializers.IntegerField()
    example: ClassVar = {"read": 2}


class ConversationRead(ActionEndpoint):
    """Mark a conversation as read."""

    input = Input
    output = ReadOutput
    versioned = False

    def post(self, request: Request, pk: UUID) -> Response:
        """Note that one has read a conversation up to now.

        Those who only look on, as an auditor does, leave no mark.
        """
        user = user_of(request)
        conversation = get_object_or_404(selectors.conversations_visible_to(user), pk=pk)
        self.taken()
        return self.answer({"read": services.mark_read(conversation=conversation, by=user)})


class MessageOutput(Output):
    """A message. `to` is null when it is for the site's team, or for a participant without an account."""

    id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id", allow_null=True)
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id")
    body = serializers.CharField()
    attachments = serializers.ListField(child=serializers.DictField())
    status = serializers.ChoiceField(selectors.MESSAGE_STATUSES)
    is_read = serializers.BooleanField(help_text="Whether somebody to whom it was sent has read it.")
    sent_at = Moment()
    example: ClassVar = {
        "id": "01998a1a-8091-72a3-b4c5-d6e7f8091a2b",
        "conversation_id": "01998a19-7f80-7192-a3b4-c5d6e7f8091a",
        "from": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "to": "01998a0f-33cc-7d4e-ae5f-607182930415",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "body": "Please come without breakfast.",
        "attachments": [],
        "status": "delivered",
        "is_read": False,
        "sent_at": "2026-06-01T12:00:00.000000Z",
    }

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        sender = serializers.UUIDField(source="sender_id")
        recipient = serializers.UUIDField(source="recipient_id", allow_null=True)
        return {**super().get_fields(), "from": sender, "to": recipient}


class ShowsMessages(Endpoint):
    """Shows messages; fetching them is their delivery."""

    output = MessageOutput

    def shown_all(self, rows: list[MessageRow]) -> Iterable[Any]:
        user = user_of(self.request)
        if others := [row.pk for row in rows if row.sender_id != user.pk]:
            services.mark_delivered(messages=others, by=user)
        return super().shown_all(selectors.with_statuses(rows))

    def shown(self, row: MessageRow) -> Any:
        return next(iter(self.shown_all([row])))


class MessageInput(Input):
    """What somebody writes."""

    body = Text(max_length=services.LONGEST_BODY)
    example: ClassVar = {"body": "Please come without breakfast."}


class NewMessageInput(MessageInput):
    """What somebody writes, and where."""

    conversation_id = Key()
    example: ClassVar = {
        "conversation_id": "01998a19-7f80-7192-a3b4-c5d6e7f8091a",
        "body": "Please come without breakfast.",
    }


class Messages(ShowsMessages, ListEndpoint):
    """List the messages of the conversations that one reads, newest first."""

    input = NewMessageInput
    creates = True
    orderings = ("-sent_at", "sent_at")
    filters: ClassVar = {
        "conversation_id": Filter("conversation", Key(), "Of this conversation."),
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
        "patient": Filter("patient", Key(), "About this patient."),
        "from": Filter("sender", Key(), "Written by this person."),
        "since": Filter("sent_at__gte", Moment(), "Sent then or later."),
    }

    def rows(self, request: Request) -> QuerySet[MessageRow, MessageRow]:  # type: ignore[override]
        return selectors.messages_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Send a message in a conversation that one takes part in."""
        user, taken = user_of(request), self.taken()
        conversations = selectors.conversations_visible_to(user)
        conversation = self.among(conversations, taken["conversation_id"], member="conversation_id")
        sent = services.send_message(conversation=conversation, body=taken["body"], by=user, key=self.key())
        return self.created(sent)


class ConversationMessages(ShowsMessages, ListEndpoint):
    """List a conversation's messages, in the order they were sent."""

    input = MessageInput
    creates = True
    orderings = ("sent_at", "-sent_at")

    def rows(self, request: Request, pk: UUID) -> QuerySet[MessageRow, MessageRow]:  # type: ignore[override]
        conversation = get_object_or_404(selectors.conversations_visible_to(user_of(request)), pk=pk)
        return selectors.messages_visible_to(user_of(request)).filter(conversation=conversation)

    def post(self, request: Request, pk: UUID) -> Response:
        """Answer in a conversation that one takes part in."""
        user = user_of(request)
        conversation = get_object_or_404(selectors.conversations_visible_to(user), pk=pk)
        sent = services.send_message(conversation=conversation, body=self.taken()["body"], by=user, key=self.key())
        return self.created(sent, within="/api/v1/messages")


class Message(ShowsMessages, RowEndpoint):
    """Show a message."""

    versioned = False

    def row(self, request: Request, pk: UUID) -> MessageRow:  # type: ignore[override]
        return get_object_or_404(selectors.messages_visible_to(user_of(request)), pk=pk)
