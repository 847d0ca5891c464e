"""Data queries: a question about a value of a capture, and the thread that answers it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.models import Tracked
from captures.models.captures import DataCapture
from edc.base.ids import uuid7
from patients.models import PatientProfile, Subject
from trials.models import ClinicalTrial, Site


class DataQuery(Tracked):
    """A question about one value of a capture, or (`place` empty) about the whole form (ODM 2.0 Query).

    `value` is what stood there when it was asked, `last_value` what stood there when it ended. A system query is asked
    by the check of that OID, or (`check_oid` empty) by what the item itself expects.
    """

    class State(models.TextChoices):
        CANDIDATE = "CANDIDATE", "Candidate"
        OPEN = "OPEN", "Open"
        ANSWERED = "ANSWERED", "Answered"
        CLOSED = "CLOSED", "Closed"
        CANCELLED = "CANCELLED", "Cancelled"
        RESOLVED = "RESOLVED", "Resolved"

    class Source(models.TextChoices):
        SYSTEM = "SYSTEM", "Edit check"
        DATA_MANAGEMENT = "DATA_MANAGEMENT", "Data management"
        SITE_MONITOR = "SITE_MONITOR", "Site monitor"

    class Resolution(models.TextChoices):
        CORRECTED = "CORRECTED", "Corrected"
        CONFIRMED = "CONFIRMED", "Confirmed correct"
        SELF_EVIDENT = "SELF_EVIDENT", "Self-evident correction"
        UNRESOLVABLE = "UNRESOLVABLE", "Cannot be resolved: data not available"

    # States in which somebody, or the data, can still end it.
    LIVE = frozenset({State.CANDIDATE, State.OPEN, State.ANSWERED})

    capture = models.ForeignKey(DataCapture, models.PROTECT, related_name="queries")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    patient = models.ForeignKey(PatientProfile, models.PROTECT, related_name="+")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=20, choices=Source)
    check_oid = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    resolution = models.CharField(max_length=12, choices=Resolution, blank=True)
    message = models.TextField()
    value = models.JSONField(null=True, blank=True)
    last_value = models.JSONField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="following")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    opener_role = models.CharField(max_length=100, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = "data query"
        verbose_name_plural = "data queries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["capture", "place", "check_oid"],
                condition=Q(source="SYSTEM", state__in=["CANDIDATE", "OPEN", "ANSWERED"]),
                name="one_live_system_query",
            ),
            models.CheckConstraint(
                condition=Q(source="SYSTEM", opened_by=None, opener_role="")
                | (~Q(source="SYSTEM") & Q(opened_by__isnull=False, check_oid="")),
                name="query_has_an_opener",
            ),
            models.CheckConstraint(
                condition=Q(state="CANDIDATE", source="SYSTEM", opened_at=None)
                | Q(state__in=["CANCELLED", "RESOLVED"])
                | Q(state__in=["OPEN", "ANSWERED", "CLOSED"], opened_at__isnull=False),
                name="query_state_and_opening",
            ),
            models.CheckConstraint(condition=~Q(previous=F("id")), name="query_follows_another"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["capture", "place"], name="query_by_capture"),
            models.Index(fields=["trial", "subject", "id"], name="query_by_subject"),
            models.Index(
                fields=["trial", "subject", "id"],
                condition=Q(state__in=["OPEN", "ANSWERED"]),
                name="query_to_work_on",
            ),
            models.Index(
                fields=["site", "subject", "id"],
                condition=Q(state__in=["OPEN", "ANSWERED"]),
                name="query_to_work_on_at_site",
            ),
            models.Index(fields=["site", "-created_at", "-id"], name="query_by_site"),
        ]

    def __str__(self) -> str:
        return f"Data query: {self.message}"[:80]

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE


class DataQueryEntry(models.Model):
    """What somebody, or the portal, did about a data query; never edited. `value` is what stood there then.

    `capture_version` is the version of the form that it looked at.
    """

    class Kind(models.TextChoices):
        OPENED = "OPENED", "Submitted as it is"
        ANSWERED = "ANSWERED", "Answered"
        REQUERIED = "REQUERIED", "Asked again"
        CLOSED = "CLOSED", "Closed"
        CANCELLED = "CANCELLED", "Cancelled"
        RESOLVED = "RESOLVED", "Resolved by the data"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    query = models.ForeignKey(DataQuery, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=9, choices=Kind)
    text = models.TextField(blank=True)
    resolution = models.CharField(max_length=12, choices=DataQuery.Resolution, blank=True)
    value = models.JSONField(null=True, blank=True)
    capture_version = models.PositiveIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    author_role = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        verbose_name = "entry of a data query"
        verbose_name_plural = "entries of data queries"
        indexes: ClassVar = [models.Index(fields=["query", "created_at", "id"], name="query_entry_by_query")]

    def __str__(self) -> str:
        return self.get_kind_display()
