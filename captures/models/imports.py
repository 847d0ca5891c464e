"""Study files that were brought in, and what they told beside the values."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.models import Tracked
from captures.models.captures import DataCapture
from edc.base.ids import uuid7
from patients.models import PatientProfile, Subject
from trials.models import ClinicalTrial, Site, StudyVersion


class StudyImport(Tracked):
    """A study file that somebody looked at, and perhaps brought in as a whole and took back as a whole.

    `summary` says what was understood of the file and what it came to here; the file is kept while it is WAITING.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Looked at"
        TAKEN = "TAKEN", "Brought in"
        UNDONE = "UNDONE", "Taken back"

    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    study_version = models.ForeignKey(StudyVersion, models.PROTECT, null=True, blank=True, related_name="+")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    summary = models.JSONField(default=dict)
    looked_at_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="WAITING", taken_at=None, undone_at=None)
                | Q(state="TAKEN", taken_at__isnull=False, undone_at=None)
                | Q(state="UNDONE", taken_at__isnull=False, undone_at__isnull=False),
                name="study_import_state_and_times",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="study_import_undone_at_and_by",
            ),
            models.UniqueConstraint(
                fields=["trial", "sha256"], condition=Q(state="TAKEN"), name="file_is_in_a_trial_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["trial", "-created_at", "-id"], name="study_import_by_trial")]

    def __str__(self) -> str:
        return self.file_name


class StudyFileJob(models.Model):
    """Work on a study file that is too long for a page: its own place in the queue, what is WAITING is to be done.

    `beat_at` is when its work last gave a sign of life.
    """

    class Work(models.TextChoices):
        LOOK = "LOOK", "Looking at the file"
        TAKE = "TAKE", "Bringing the file in"

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        RUNNING = "RUNNING", "Under way"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    study_import = models.ForeignKey(StudyImport, models.PROTECT, related_name="jobs")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    work = models.CharField(max_length=4, choices=Work)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    tries = models.PositiveIntegerField(default=0)
    values = models.PositiveBigIntegerField(default=0)
    values_done = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["study_import"],
                condition=Q(status__in=["WAITING", "RUNNING"]),
                name="one_job_of_a_study_file",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["WAITING", "RUNNING"], finished_at=None)
                | Q(status__in=["DONE", "FAILED"], finished_at__isnull=False),
                name="study_file_job_status_and_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"], condition=Q(status__in=["WAITING", "RUNNING"]), name="study_file_job_to_do"
            ),
        ]

    def __str__(self) -> str:
        return self.get_work_display()

    @property
    def is_under_way(self) -> bool:
        return self.status in {self.Status.WAITING, self.Status.RUNNING}


class SourceRecord(models.Model):
    """What a study file tells beside its values, as it told it: who did what there, when and why. It never changes.

    It hangs where `key` says in the file's own names, and here at the capture and place where there is one. Records
    that values name in the file have its `file_id`, which the captures' `source_keys` repeat.
    """

    class Kind(models.TextChoices):
        AUDIT = "AUDIT", "Change in the other system"
        SIGNATURE = "SIGNATURE", "Signature in the other system"
        ANNOTATION = "ANNOTATION", "Remark in the other system"
        EARLIER = "EARLIER", "Earlier value in the other system"
        FILE = "FILE", "File in the other system"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    study_import = models.ForeignKey(StudyImport, models.PROTECT, related_name="records")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+")
    patient = models.ForeignKey(PatientProfile, models.PROTECT, null=True, blank=True, related_name="+")
    subject = models.ForeignKey(Subject, models.PROTECT, null=True, blank=True, related_name="+")
    capture = models.ForeignKey(DataCapture, models.PROTECT, null=True, blank=True, related_name="source_records")
    kind = models.CharField(max_length=10, choices=Kind)
    place = models.CharField(max_length=130, blank=True)
    key = models.JSONField(default=dict)
    file_id = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["capture", "id"], name="source_record_of_capture"),
            models.Index(fields=["study_import", "file_id"], condition=~Q(file_id=""), name="source_record_by_file_id"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def flags(self) -> list[list[str]]:
        """Return the flags of a remark, each with its type."""
        found: list[list[str]] = self.details.get("flags", [])
        return found

    @property
    def superseded(self) -> list[list[str | None]]:
        """Return the values that stood earlier: group, its repeat, item and value, in the names of the file."""
        found: list[list[str | None]] = self.details.get("values", [])
        return found
