"""Patients (who they are), subjects (a patient in a trial at a site), invitations, appointments."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from guardian.models import UserObjectPermissionBase

from audit.models import Lasting, Tracked, TrackedManager
from edc.base.crypto import blind_index, seal, unseal
from trials.models import ClinicalTrial, Site, StudyVersion, version_in_force
from trials.roles import Right


@dataclass(frozen=True)
class Identity:
    """Who a patient is, in the clear: hold it no longer than a request. `date_of_birth` is ISO 8601."""

    medical_record_number: str = ""
    display_name: str = ""
    date_of_birth: str = ""
    # Known members: email, phone, address.
    contact: dict[str, str] = field(default_factory=dict)


class PatientProfile(Tracked):
    """A patient's identity, sealed at rest, apart from trial data; a subject is its pseudonym in a trial."""

    SEALED = ("medical_record_number", "display_name", "date_of_birth", "contact")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="patient_profile"
    )
    primary_clinic = models.ForeignKey(Site, models.PROTECT, related_name="patients")
    is_active = models.BooleanField(default=True)
    # How the participant wants to be reached and shown things; nothing about health or identity.
    preferences = models.JSONField(default=dict, blank=True)
    medical_record_number_sealed = models.TextField(editable=False)
    medical_record_number_index = models.CharField(max_length=64, editable=False)
    display_name_sealed = models.TextField(editable=False)
    date_of_birth_sealed = models.TextField(editable=False)
    contact_sealed = models.TextField(blank=True, editable=False)
    email_index = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [(right.value, right.label) for right in (Right.VIEW_DATA, Right.VIEW_IDENTITY)]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["primary_clinic", "medical_record_number_index"],
                # Who came with a study file has no record number, until the site says who it is.
                condition=~Q(medical_record_number_index=""),
                name="medical_record_number_is_unique",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["email_index"], name="patient_by_email")]

    def __str__(self) -> str:
        return f"Patient {self.pk}"

    def identity(self) -> Identity:
        """Return the identity in the clear. Ask `permissions.can_see_identity` first, and record the read."""
        opened = {name: self._unseal(name) for name in self.SEALED}
        contact = orjson.loads(opened.pop("contact") or "{}")
        return Identity(contact=contact, **opened)

    def seal_identity(self, identity: Identity) -> None:
        """Put the identity into the sealed columns and their indexes; what did not change keeps its ciphertext."""
        plain = {
            "medical_record_number": identity.medical_record_number,
            "display_name": identity.display_name,
            "date_of_birth": identity.date_of_birth,
            "contact": orjson.dumps(identity.contact, option=orjson.OPT_SORT_KEYS).decode() if identity.contact else "",
        }
        for name, text in plain.items():
            if self._unseal(name) != text:
                setattr(self, f"{name}_sealed", seal(text, column=f"patient.{name}", row=self.pk))
        self.medical_record_number_index = blind_index(identity.medical_record_number, purpose="mrn")
        self.email_index = blind_index(identity.contact.get("email", ""), purpose="email")

    def _unseal(self, name: str) -> str:
        return unseal(getattr(self, f"{name}_sealed"), column=f"patient.{name}", row=self.pk)


class PatientProfileUserObjectPermission(UserObjectPermissionBase):
    """A single person's right on a single patient, for exceptions."""

    content_object = models.ForeignKey(PatientProfile, models.CASCADE)


class Subject(Tracked):
    """A patient in a trial at a site, known there by the subject number.

    One that was taken back with the study file that brought it in (`removed_at`) is found by `everything` alone.
    """

    class Disposition(models.TextChoices):
        SCREENING = "SCREENING", "In screening"
        SCREEN_FAILED = "SCREEN_FAILED", "Screen failed"
        ENROLLED = "ENROLLED", "Enrolled"
        RANDOMISED = "RANDOMISED", "Randomised"
        ON_TREATMENT = "ON_TREATMENT", "On treatment"
        TREATMENT_DISCONTINUED = "TREATMENT_DISCONTINUED", "Treatment discontinued"
        FOLLOW_UP = "FOLLOW_UP", "In follow-up"
        COMPLETED = "COMPLETED", "Completed"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"
        LOST_TO_FOLLOW_UP = "LOST_TO_FOLLOW_UP", "Lost to follow-up"
        DIED = "DIED", "Died"

    patient = models.ForeignKey(PatientProfile, models.PROTECT, related_name="subjects")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="subjects")
    site = models.ForeignKey(Site, models.PROTECT, related_name="subjects")
    number = models.CharField("subject number", max_length=40)
    disposition = models.CharField(max_length=22, choices=Disposition, default=Disposition.SCREENING)
    disposition_date = models.DateField()
    arm = models.CharField(max_length=40, blank=True)
    enrolled_on = models.DateField()
    # Day 1 of the schedule: visit windows count from it.
    day_one = models.DateField(null=True, blank=True)
    # The version in force when the subject came into screening; forms are entered in `study_version`.
    enrolled_version = models.ForeignKey(StudyVersion, models.PROTECT, related_name="+")
    trial_details = models.JSONField(default=dict, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = Lasting()
    everything: ClassVar = TrackedManager()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["trial", "number"],
                condition=Q(removed_at=None),
                name="subject_number_is_unique_in_its_trial",
            ),
            models.UniqueConstraint(fields=["trial", "patient"], name="one_subject_per_patient_and_trial"),
            models.UniqueConstraint(fields=["id", "patient", "trial", "site"], name="subject_key_with_place"),
            models.CheckConstraint(
                condition=Q(
                    disposition__in=[
                        *("SCREENING", "SCREEN_FAILED", "ENROLLED", "RANDOMISED", "ON_TREATMENT"),
                        *("TREATMENT_DISCONTINUED", "FOLLOW_UP", "COMPLETED", "WITHDRAWN", "LOST_TO_FOLLOW_UP", "DIED"),
                    ]
                ),
                name="subject_disposition_is_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["site", "number"], name="subject_by_site")]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def study_version(self) -> StudyVersion:
        """Return the version in which this subject's new forms are entered: the one in force at the site today."""
        versions = StudyVersion.objects.defer("document")
        if known := self.__dict__.get("current_version"):
            return versions.get(pk=known)
        return versions.get(pk=Coalesce(version_in_force(Value(self.site_id)), Value(self.enrolled_version_id)))

    @property
    def study_version_id(self) -> UUID:
        """Return its id, which selectors of several subjects read along (as `current_version`)."""
        return self.__dict__.get("current_version") or self.study_version.pk


class Invitation(Tracked):
    """A code by which a participant's new account finds its patient profile; only its digest is kept."""

    patient = models.ForeignKey(PatientProfile, models.PROTECT, related_name="invitations")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_at_and_by",
            )
        ]

    def __str__(self) -> str:
        return f"Invitation until {self.expires_at:%Y-%m-%d}"

    @property
    def status(self) -> str:
        """Return what became of it, as pages show it."""
        if self.accepted_at:
            return "ACCEPTED"
        if self.withdrawn_at:
            return "REVOKED"
        return "EXPIRED" if self.expires_at <= timezone.now() else "PENDING"


class Appointment(Tracked):
    """A time at which a participant and a provider meet; nobody is booked twice (a constraint of the database)."""

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "Requested"
        BOOKED = "BOOKED", "Booked"
        COMPLETED = "COMPLETED", "Completed"
        CANCELLED = "CANCELLED", "Cancelled"
        NO_SHOW = "NO_SHOW", "Did not attend"

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="appointments")
    patient = models.ForeignKey(PatientProfile, models.PROTECT, related_name="appointments")
    trial = models.ForeignKey(ClinicalTrial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="appointments")
    provider = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    location = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.BOOKED)
    # What it is for, and why it was changed last or cancelled: both sides read them.
    reason = models.CharField(max_length=300, blank=True)
    change_reason = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["start_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(end_at__gt=F("start_at")), name="appointment_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(status="REQUESTED") | Q(provider__isnull=False) | Q(status="CANCELLED"),
                name="appointment_has_a_provider",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["REQUESTED", "BOOKED", "COMPLETED", "CANCELLED", "NO_SHOW"]),
                name="appointment_status_is_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["site", "start_at"], name="appointment_by_site"),
            models.Index(fields=["patient", "start_at"], name="appointment_by_patient"),
            models.Index(fields=["provider", "start_at"], name="appointment_by_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.start_at:%Y-%m-%d %H:%M}"
