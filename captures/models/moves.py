"""Captures that were moved from one study version to another, at one site, in one step that can be undone."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.models import Tracked
from captures.models.captures import DataCapture
from trials.models import ClinicalTrial, Site, StudyVersion


class CaptureMove(Tracked):
    """All captures of a site that went from one study version to another together.

    `finalised` says what became of finalised ones that the new version touches; the numbers say what it came to.
    """

    class State(models.TextChoices):
        DONE = "DONE", "Done"
        UNDONE = "UNDONE", "Undone"

    class Finalised(models.TextChoices):
        LEAVE = "LEAVE", "Leave them in their version, finalised"
        REOPEN = "REOPEN", "Move them and open them again, for a new look by the investigator"

    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    from_version = models.ForeignKey(StudyVersion, models.PROTECT, related_name="+")
    to_version = models.ForeignKey(StudyVersion, models.PROTECT, related_name="+")
    finalised = models.CharField(max_length=6, choices=Finalised, default=Finalised.LEAVE)
    state = models.CharField(max_length=6, choices=State, default=State.DONE)
    reason = models.TextField()
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    # Captures moved, those of them opened again, those left behind, and values that the new version has no place for.
    moved = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    left_behind = models.PositiveIntegerField(default=0)
    values_set_aside = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="DONE", undone_at=None, undone_by=None)
                | Q(state="UNDONE", undone_at__isnull=False, undone_by__isnull=False),
                name="capture_move_state_and_times",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["trial", "-created_at", "-id"], name="capture_move_by_trial"),
            models.Index(fields=["site", "-created_at", "-id"], name="capture_move_by_site"),
        ]

    def __str__(self) -> str:
        return f"{self.site.code}: version {self.from_version.number} to {self.to_version.number}"


class MovedCapture(models.Model):
    """A capture that a move took along: which version of it the move made, and how it was finalised before."""

    move = models.ForeignKey(CaptureMove, models.PROTECT, related_name="captures")
    capture = models.ForeignKey(DataCapture, models.PROTECT, related_name="+")
    capture_version = models.PositiveIntegerField()
    finalised_at = models.DateTimeField(null=True, blank=True)
    finalised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    values_set_aside = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["move", "capture"], name="capture_is_in_a_move_once"),
        ]

    def __str__(self) -> str:
        return str(self.capture_id)
