"""The append-only audit log, the base of every versioned row, and keys that make a create safe to repeat."""

from typing import Any, NoReturn, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from edc.base.ids import uuid7

# What an administrator answers for: who can enter, and who may do what. Rare beside clinical events, so indexed apart.
ABOUT_ACCOUNTS = (
    *("ApiToken", "Membership", "ResearcherProfile", "SignIn"),
    *("SiteUserObjectPermission", "TrialUserObjectPermission", "User"),
)
# Somebody was called otherwise before this event.
RENAMED = Q(entity_type="User", field="display_name")


class VersionRows(HistoricalRecords):
    """django-simple-history's tables, admin pages and `.history`; a database trigger writes the rows.

    A trigger sees what signals miss: bulk writes, raw SQL, another program (`audit.triggers`).
    """

    def post_save(self, *args: Any, **kwargs: Any) -> None:
        """Leave it to the trigger."""

    def post_delete(self, *args: Any, **kwargs: Any) -> None:
        """Leave it to the trigger."""


Row = TypeVar("Row", bound=models.Model)


class TrackedQuerySet(models.QuerySet[Row]):
    """Reads only: what is tracked is written by services, one row at a time, through `audit.services.save`."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(f"{self.model.__name__} is tracked: change it through a service.")

    create = update = delete = bulk_create = bulk_update = get_or_create = update_or_create = _refuse


TrackedManager = models.Manager.from_queryset(TrackedQuerySet)


class Lasting(TrackedManager[Row]):
    """The rows that were not taken back: a row with `removed_at` is history, and in no list."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(removed_at=None)


class Tracked(models.Model):
    """A row whose every version and every change is kept. `version` is the optimistic lock (ETag, If-Match)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = VersionRows(
        inherit=True, user_db_constraint=False, history_id_field=models.BigAutoField(primary_key=True)
    )
    objects = TrackedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, traced: bool = False, **kwargs: Any) -> None:
        """Refuse unless `audit.services.save` calls, which names the actor first."""
        if not traced:
            raise RuntimeError(f"{type(self).__name__} is tracked: save it with audit.services.save.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(f"{type(self).__name__} is tracked: nothing of it is ever deleted.")


class AuditLog(models.Model):
    """One event: a changed field, an act, or a read. Written by the database only (ICH E6(R3) 4.2.2, 21 CFR 11.10(e)).

    `stream` is the row (or, for acts without one, the person) whose events form a chain: `sequence` has no gaps and
    `hash` is the SHA-256 of the previous hash and the event's own canonical text (`audit.selectors.canonical`).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    created_at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    # What the actor was called then; absent in events that are older than this column, and not part of their hash.
    actor_name = models.TextField(null=True)  # noqa: DJ001 -- absent is not the same as empty
    actor_role = models.TextField()
    source = models.TextField()
    request_id = models.TextField()
    action = models.TextField()
    entity_type = models.TextField()
    entity_id = models.UUIDField(null=True)
    entity_version = models.IntegerField(null=True)
    trial_id = models.UUIDField(null=True)
    site_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    subject_id = models.UUIDField(null=True)
    field = models.TextField()
    old_value = models.TextField(null=True)  # noqa: DJ001 -- absent is not the same as empty
    new_value = models.TextField(null=True)  # noqa: DJ001 -- absent is not the same as empty
    reason = models.TextField()
    metadata = models.JSONField()
    stream = models.UUIDField()
    sequence = models.IntegerField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = "audit event"
        constraints = [models.UniqueConstraint(fields=["stream", "sequence"], name="audit_stream_has_no_fork")]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="audit_newest"),
            models.Index(fields=["trial_id", "-created_at", "-id"], name="audit_by_trial"),
            models.Index(fields=["site_id", "-created_at", "-id"], name="audit_by_site"),
            models.Index(fields=["actor", "-created_at", "-id"], name="audit_by_actor"),
            models.Index(
                fields=["patient_id", "-created_at", "-id"],
                name="audit_by_patient",
                condition=Q(patient_id__isnull=False),
            ),
            models.Index(fields=["entity_id", "-created_at", "-id"], name="audit_by_entity"),
            models.Index(
                fields=["-created_at", "-id"],
                name="audit_of_accounts",
                condition=Q(entity_type__in=ABOUT_ACCOUNTS),
            ),
            models.Index(fields=["entity_id"], name="audit_renamed", condition=RENAMED),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.entity_type} {self.field}".strip()

    @property
    def who(self) -> str:
        """Return what the actor was called then; events from before that was kept know only the name of today."""
        if self.actor_name is not None:
            return self.actor_name
        return self.actor.shown_as if self.actor else ""


class IdempotencyKey(models.Model):
    """A create that was done: the same key from the same person gives the same row again, for 24 hours."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    fingerprint = models.BinaryField(max_length=32)
    entity_id = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_use_of_an_idempotency_key")]

    def __str__(self) -> str:
        return self.key
