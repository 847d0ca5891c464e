"""Exports of studies that somebody asked for: what each is to hold, how far it is, and the file it came to."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from edc.base.ids import uuid7
from trials.models import ClinicalTrial


class StudyExport(models.Model):
    """One export, for who asked for it alone. It is its own place in the queue: what is WAITING is to be done.

    `beat_at` is when its work last gave a sign of life. `file` is a random name in the storage "exports", and empty
    before the file is there and after it was removed; what it was stays.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        RUNNING = "RUNNING", "Being written"
        DONE = "DONE", "Ready"
        FAILED = "FAILED", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    format = models.CharField(max_length=20)
    as_of = models.DateTimeField(null=True, blank=True)
    identified = models.BooleanField(default=False)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    tries = models.PositiveIntegerField(default=0)
    subjects = models.PositiveIntegerField(default=0)
    subjects_done = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    values = models.PositiveBigIntegerField(default=0)
    versions = models.JSONField(default=list)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=100, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["WAITING", "RUNNING"], finished_at=None)
                | Q(status__in=["DONE", "FAILED"], finished_at__isnull=False),
                name="study_export_status_and_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_by", "-created_at", "-id"], name="study_export_of_person"),
            models.Index(
                fields=["created_at"], condition=Q(status__in=["WAITING", "RUNNING"]), name="study_export_to_do"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trial.protocol_number} as {self.format}"

    @property
    def is_under_way(self) -> bool:
        return self.status in {self.Status.WAITING, self.Status.RUNNING}

    @property
    def is_there(self) -> bool:
        """Return whether there is a file to be had."""
        return self.status == self.Status.DONE and bool(self.file)
