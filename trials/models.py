"""Trials, their sites, who does what in them, and the versions of their study. Only `trials.services` writes here."""

from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from audit.models import Tracked
from edc.base.ids import uuid7
from trials.definition import Definition, read_definition
from trials.roles import Right, Role

RIGHTS_AS_PERMISSIONS = tuple((right.value, right.label) for right in Right)


class ClinicalTrial(Tracked):
    """A clinical trial under one protocol."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        IN_REVIEW = "IN_REVIEW", "In review"
        APPROVED = "APPROVED", "Approved"
        ACTIVE = "ACTIVE", "Active"
        SUSPENDED = "SUSPENDED", "Suspended"
        CLOSED = "CLOSED", "Closed"
        ARCHIVED = "ARCHIVED", "Archived"

    protocol_number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    start_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    planned_subjects = models.PositiveIntegerField(default=0)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        permissions = RIGHTS_AS_PERMISSIONS
        ordering: ClassVar = ["protocol_number"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(start_date=None) | Q(end_date__gte=F("start_date")),
                name="trial_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["DRAFT", "IN_REVIEW", "APPROVED", "ACTIVE", "SUSPENDED", "CLOSED", "ARCHIVED"]),
                name="trial_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protocol_number} {self.title}"


class TrialApproval(models.Model):
    """An investigator's decision on one version of a trial in review; kept for good."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="approvals")
    trial_version = models.PositiveIntegerField()
    approved = models.BooleanField()
    reason = models.TextField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["trial", "trial_version", "decided_by"], name="one_decision_on_a_trial_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.trial}: {'approved' if self.approved else 'sent back'}"


class Site(Tracked):
    """A clinic's place in one trial: the same clinic in two trials has two sites."""

    class Status(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        ACTIVE = "ACTIVE", "Active"
        ON_HOLD = "ON_HOLD", "Enrolment on hold"
        CLOSED = "CLOSED", "Closed"

    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="sites")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    institution = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True)
    city = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    phone = models.CharField(max_length=40, blank=True)
    planned_subjects = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)

    class Meta:
        default_permissions = ()
        permissions = RIGHTS_AS_PERMISSIONS
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["trial", "code"], name="site_code_is_unique_in_its_trial"),
            models.UniqueConstraint(fields=["id", "trial"], name="site_key_with_trial"),
            models.CheckConstraint(
                condition=Q(status__in=["PLANNED", "ACTIVE", "ON_HOLD", "CLOSED"]), name="site_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def day_of(self, moment: datetime) -> date:
        """Return which day it is at the site then: what is due, and what lies ahead, goes by its calendar."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()


class SiteGroupObjectPermission(GroupObjectPermissionBase):
    """What a group of staff may do at a site."""

    content_object = models.ForeignKey(Site, models.CASCADE)


class SiteUserObjectPermission(UserObjectPermissionBase):
    """What one person may do at a site beyond any role."""

    content_object = models.ForeignKey(Site, models.CASCADE)


class TrialGroupObjectPermission(GroupObjectPermissionBase):
    """What a group may do at every site of a trial."""

    content_object = models.ForeignKey(ClinicalTrial, models.CASCADE)


class TrialUserObjectPermission(UserObjectPermissionBase):
    """What one person may do in a trial beyond any role."""

    content_object = models.ForeignKey(ClinicalTrial, models.CASCADE)


class Membership(Tracked):
    """One person's role in a trial, at one site or (without a site) in all of it, from a moment to a moment."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="memberships")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    # The group whose permissions the role gives; guardian grants to it.
    group = models.ForeignKey(Group, models.PROTECT, related_name="+", editable=False)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="membership_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="membership_role_is_known"
            ),
            models.UniqueConstraint(
                fields=["user", "trial", "site", "role"],
                condition=Q(ends_at=None),
                nulls_distinct=False,
                name="one_open_membership_of_a_kind",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "trial"], name="membership_of_user")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class WithoutDocument(models.Manager["StudyVersion"]):
    """Study versions as other rows refer to them: the document is read when it is asked for, once per process."""

    def get_queryset(self) -> models.QuerySet["StudyVersion"]:
        return super().get_queryset().defer("document")


class StudyVersion(Tracked):
    """One version of a trial's study (ODM MetaDataVersion); its document never changes once it left draft."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        IN_REVIEW = "IN_REVIEW", "In review"
        APPROVED = "APPROVED", "Approved"
        PUBLISHED = "PUBLISHED", "Published"
        SUPERSEDED = "SUPERSEDED", "Superseded"
        RETIRED = "RETIRED", "Retired"

    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="study_versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    document = models.JSONField()
    # SHA-256 of the document: what the audit trail shows of it; the document itself is in the version rows.
    digest = models.CharField(max_length=64)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    # In which language `definition` gives the texts; in the document's own where this is empty.
    language: str = ""

    referred = WithoutDocument()

    class Meta:
        default_permissions = ()
        base_manager_name = "referred"
        default_manager_name = "objects"
        ordering: ClassVar = ["trial", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["trial", "number"], name="study_version_number_is_unique"),
            models.UniqueConstraint(fields=["id", "trial"], name="study_version_key_with_trial"),
            models.CheckConstraint(
                condition=Q(status__in=["DRAFT", "IN_REVIEW", "APPROVED", "PUBLISHED", "SUPERSEDED", "RETIRED"]),
                name="study_version_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.number})"

    @property
    def definition(self) -> Definition:
        """Return the typed document, its texts in `language` as far as it has them."""
        return self.definition_in(self.language) if self.language else self._definition_in("")

    def definition_in(self, language: str) -> Definition:
        """Return the typed document with its texts in this language; what is not translated is in the document's."""
        own = self._definition_in("")
        for wanted in (language, language.partition("-")[0]):
            found = next((one for one in own.languages if one.lower() == wanted.lower()), "")
            if found:
                return own if found == own.language else self._definition_in(found)
        return own

    def _definition_in(self, language: str) -> Definition:
        """Return it as it is written; what left draft is read once per process, unless it came back changed."""
        if self.status == self.Status.DRAFT:
            return read_definition(self.document, language)
        digest, known = _definitions.get((self.pk, language), ("", None))
        if known is None or digest != self.digest:
            known = read_definition(self.document, language)
            _definitions[self.pk, language] = (self.digest, known)
        return known


# By study version and language: the digest of the document that was read, and what it says.
_definitions: dict[tuple[object, str], tuple[str, Definition]] = {}


class SitePublication(Tracked):
    """From which day a study version holds at a site, or (without a site) at all of them, those opened later as well.

    Of the versions whose day has come the one with the highest number is in force (`edc_version_in_force`).
    """

    study_version = models.ForeignKey(StudyVersion, models.PROTECT, related_name="publications")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="publications")
    # A day of the site's own calendar.
    effective_from = models.DateField()
    # What the ethics committee that answers for the site decided, and when.
    ethics_reference = models.CharField(max_length=120, blank=True)
    ethics_approved_on = models.DateField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-effective_from", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["study_version", "site"], nulls_distinct=False, name="one_publication_of_a_version_at_a_place"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["trial", "site"], name="publication_by_place")]

    def __str__(self) -> str:
        return f"{self.study_version} at {self.site or 'every site'} from {self.effective_from}"


class ReviewComment(Tracked):
    """What a reviewer says about a study version, or about one place in its document (`path`); resolved once."""

    study_version = models.ForeignKey(StudyVersion, models.PROTECT, related_name="comments")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    # As in `$.forms[2].sections[0].items[1]`; empty for the version as a whole.
    path = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="comment_resolved_at_and_by",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["study_version", "created_at"], name="comment_by_version")]

    def __str__(self) -> str:
        return self.text


def version_in_force(site: Any) -> Func:
    """Return the id of the study version in force at a site (an expression) at this moment, or NULL."""
    return Func(site, Now(), function="edc_version_in_force", output_field=models.UUIDField())
