"""Conversations between participants and site teams, receipts, and the outbox of the live feed."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from edc.base.ids import uuid7
from patients.models import PatientProfile, Subject
from trials.models import ClinicalTrial, Site


class Conversation(models.Model):
    """A thread of messages about a participant, or (without a subject) among the staff of a site."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="conversations")
    subject = models.ForeignKey(Subject, models.PROTECT, null=True, blank=True, related_name="conversations")
    patient = models.ForeignKey(PatientProfile, models.PROTECT, null=True, blank=True, related_name="conversations")
    topic = models.CharField(max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # Kept with each message, so that a list of threads reads no messages.
    last_message_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-last_message_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(subject=None, patient=None) | models.Q(subject__isnull=False, patient__isnull=False),
                name="conversation_subject_and_patient",
            ),
            models.UniqueConstraint(fields=["id", "trial", "site"], name="conversation_key_with_place"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["site", "-last_message_at"], name="conversation_by_site"),
            models.Index(fields=["patient", "-last_message_at"], name="conversation_by_patient"),
        ]

    def __str__(self) -> str:
        return self.topic


class Message(models.Model):
    """What somebody wrote in a conversation; never edited. Without a recipient it is for the site's whole team."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="messages")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    patient = models.ForeignKey(PatientProfile, models.PROTECT, null=True, blank=True, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sent_messages")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="received_messages"
    )
    body = models.TextField()
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["sent_at"]
        indexes: ClassVar = [
            models.Index(fields=["conversation", "sent_at", "id"], name="message_by_conversation"),
            models.Index(fields=["site", "-sent_at", "-id"], name="message_by_site"),
            models.Index(fields=["patient", "-sent_at", "-id"], name="message_by_patient"),
        ]

    def __str__(self) -> str:
        return f"Message of {self.sent_at:%Y-%m-%d %H:%M}"


class Receipt(models.Model):
    """When a message reached a person (a client of theirs fetched it) and when they read it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, models.PROTECT, related_name="receipts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    delivered_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "message"], name="one_receipt_per_reader"),
        ]

    def __str__(self) -> str:
        return f"Read {self.read_at}" if self.read_at else f"Delivered {self.delivered_at}"


class Notification(models.Model):
    """One change in the live feed: ids and a kind, never a value or a name. Written by `edc.base.live.publish`.

    `position` is given when the transaction commits, under one lock, so that a feed read up to a position never misses
    a change that commits later. Who may hear it is in `topics`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    position = models.BigIntegerField(null=True, unique=True)
    kind = models.CharField(max_length=60)
    entity_type = models.CharField(max_length=40)
    entity_id = models.UUIDField()
    topics = ArrayField(models.CharField(max_length=80))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    trial_id = models.UUIDField(null=True)
    site_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.entity_id}"


class FeedPosition(models.Model):
    """How far a person has looked at their notifications."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    seen = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.seen)
