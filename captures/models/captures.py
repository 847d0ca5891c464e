"""Captures: forms filled in for a subject. Only `captures.services` writes here."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.models import Lasting, Tracked, TrackedManager
from patients.models import PatientProfile, Subject
from trials.definition import Form, Visit
from trials.models import ClinicalTrial, Site, StudyVersion


class DataCapture(Tracked):
    """One form filled in for one subject at one visit, or a plain value without a form.

    `data` maps item OIDs to values: text (numbers as decimal text, dates as full or partial ISO 8601, choices as their
    code) or, for a multiple choice, a list of codes; what is empty is absent. `timestamp` is when it was observed, or
    when a form was said to be not done: such a form has a reason and no values. One that was taken back (`removed_at`)
    is kept, and found by `everything` alone.

    What a study file brought in was written last by `study_import`, as version `imported_version`; `source_keys` says
    what the file called it, where that is not what it is called here (docs/study-files.md, "What the file called it").
    """

    class Status(models.TextChoices):
        IN_PROGRESS = "IN_PROGRESS", "In progress"
        SUBMITTED = "SUBMITTED", "Submitted"
        FINALISED = "FINALISED", "Finalised"
        NOT_DONE = "NOT_DONE", "Not done"

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="captures")
    patient = models.ForeignKey(PatientProfile, models.PROTECT, related_name="captures")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="captures")
    study_version = models.ForeignKey(StudyVersion, models.PROTECT, null=True, blank=True, related_name="+")
    visit = models.CharField(max_length=40, blank=True)
    visit_repeat = models.PositiveIntegerField(default=1)
    form = models.CharField(max_length=40, blank=True)
    form_repeat = models.PositiveIntegerField(default=1)
    data = models.JSONField(default=dict)
    data_value = models.TextField(blank=True)
    timestamp = models.DateTimeField()
    status = models.CharField(max_length=11, choices=Status, default=Status.IN_PROGRESS)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    finalised_at = models.DateTimeField(null=True, blank=True)
    finalised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    not_done_at = models.DateTimeField(null=True, blank=True)
    not_done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    not_done_reason = models.CharField(max_length=500, blank=True, db_default="")
    # Required items without a value, and values outside a soft range: counted when saved, so that lists need not.
    missing_items = models.PositiveIntegerField(default=0)
    flagged_items = models.PositiveIntegerField(default=0)
    # Data queries in these states: the database counts them with each change of a query.
    open_queries = models.PositiveIntegerField(default=0, db_default=0)
    answered_queries = models.PositiveIntegerField(default=0, db_default=0)
    study_import = models.ForeignKey(
        "captures.StudyImport", models.PROTECT, null=True, blank=True, related_name="captures"
    )
    imported_version = models.PositiveIntegerField(null=True, blank=True)
    source_keys = models.JSONField(default=dict, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    # Values for which the study version that it was moved to has no place; they come back with the one that has.
    set_aside = models.JSONField(null=True, blank=True)

    objects: ClassVar = Lasting()
    everything: ClassVar = TrackedManager()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "visit", "visit_repeat", "form", "form_repeat"],
                condition=~Q(form="") & Q(removed_at=None),
                name="one_capture_per_form_and_visit",
            ),
            models.CheckConstraint(
                condition=Q(study_import=None, imported_version=None)
                | Q(study_import__isnull=False, imported_version__isnull=False),
                name="capture_study_import_and_version",
            ),
            models.CheckConstraint(
                condition=(~Q(form="") & ~Q(visit="") & Q(study_version__isnull=False) & Q(data_value=""))
                | Q(form="", visit="", study_version=None, data={}),
                name="capture_is_a_form_or_a_plain_value",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["IN_PROGRESS", "NOT_DONE"], submitted_at=None, finalised_at=None)
                | Q(status="SUBMITTED", submitted_at__isnull=False, finalised_at=None)
                | Q(status="FINALISED", submitted_at__isnull=False, finalised_at__isnull=False),
                name="capture_status_and_times",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None, submitted_by=None)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="capture_submitted_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(finalised_at=None, finalised_by=None)
                | Q(finalised_at__isnull=False, finalised_by__isnull=False),
                name="capture_finalised_at_and_by",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="NOT_DONE", not_done_at__isnull=False, not_done_by__isnull=False, data={})
                    & ~Q(not_done_reason="")
                    & ~Q(form="")
                )
                | (~Q(status="NOT_DONE") & Q(not_done_at=None, not_done_by=None, not_done_reason="")),
                name="capture_not_done_has_its_reason",
            ),
            models.UniqueConstraint(fields=["id", "subject"], name="capture_key_with_subject"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["site", "-timestamp", "-id"], name="capture_by_site"),
            models.Index(fields=["patient", "-timestamp", "-id"], name="capture_by_patient"),
            models.Index(fields=["subject", "visit", "form"], name="capture_by_subject"),
            models.Index(fields=["site", "status", "-timestamp"], name="capture_by_status"),
            models.Index(
                fields=["site", "-timestamp", "-id"],
                condition=Q(status="SUBMITTED", missing_items__gt=0),
                name="capture_missing",
            ),
            models.Index(
                fields=["site", "-timestamp", "-id"],
                condition=Q(status="SUBMITTED", flagged_items__gt=0),
                name="capture_flagged",
            ),
            models.Index(
                fields=["site", "-timestamp", "-id"],
                condition=Q(open_queries__gt=0),
                name="capture_with_open_queries",
            ),
            models.Index(
                fields=["site", "-timestamp", "-id"],
                condition=Q(answered_queries__gt=0),
                name="capture_with_answers",
            ),
            models.Index(fields=["site", "study_version", "id"], name="capture_by_version"),
            models.Index(
                fields=["study_import"], condition=Q(study_import__isnull=False), name="capture_by_study_import"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def form_definition(self) -> Form | None:
        """Return the form as it was when this was entered, or None for a plain value."""
        return self.study_version.definition.forms_by_oid.get(self.form) if self.study_version else None

    @property
    def visit_definition(self) -> Visit | None:
        return self.study_version.definition.visits_by_oid.get(self.visit) if self.study_version else None

    @property
    def title(self) -> str:
        """Return what people call it: the form's name, numbered where it repeats."""
        form = self.form_definition
        if form is None:
            return "Value"
        return f"{form.name} {self.form_repeat}" if form.repeating else form.name
