"""Reads of patients, subjects and appointments, and who may see which."""

from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from edc.accounts.models import User
from edc.base.crypto import blind_index
from patients.models import Appointment, PatientProfile, PatientProfileUserObjectPermission, Subject
from trials.roles import Right
from trials.selectors import site_ids_with


def patients_with(user: User, right: Right) -> QuerySet[PatientProfile]:
    """Return the patients on whom this person has the right: through a site that treats them, or by a single grant."""
    sites = site_ids_with(user, right)
    granted = PatientProfileUserObjectPermission.objects.filter(user=user, permission__codename=right.value)
    here = Q(primary_clinic__in=sites) | Q(pk__in=Subject.objects.filter(site__in=sites).values("patient"))
    return PatientProfile.objects.filter(here | Q(pk__in=granted.values("content_object")))


def patients_visible_to(user: User) -> QuerySet[PatientProfile]:
    """Return the patients whose row this person may see, identity apart, and their own."""
    visible = Q(pk__in=patients_with(user, Right.VIEW_DATA).values("pk")) | Q(user=user)
    return PatientProfile.objects.filter(visible).select_related("primary_clinic").order_by("pk")


def has_right_on_patient(user: User, right: Right, patient: PatientProfile) -> bool:
    """Return whether this person has the right at one of the patient's sites, or by a single grant."""
    return patients_with(user, right).filter(pk=patient.pk).exists()


def identities_visible_to(user: User, patients: list[UUID]) -> set[UUID]:
    """Return which of these patients this person may see by name, in one statement."""
    mine = Q(pk__in=patients_with(user, Right.VIEW_IDENTITY).values("pk")) | Q(user=user)
    return set(PatientProfile.objects.filter(mine, pk__in=patients).values_list("pk", flat=True))


def patients_by_record_number(user: User, number: str) -> QuerySet[PatientProfile]:
    """Return the patients with this medical record number among those whom this person may see by name."""
    index = blind_index(number, purpose="mrn")
    return patients_with(user, Right.VIEW_IDENTITY).filter(medical_record_number_index=index)


def patients_by_email(user: User, email: str) -> QuerySet[PatientProfile]:
    """Return the patients with this e-mail address among those whom this person may see by name."""
    return patients_with(user, Right.VIEW_IDENTITY).filter(email_index=blind_index(email, purpose="email"))


def subjects_visible_to(user: User) -> QuerySet[Subject]:
    """Return the subjects of the sites whose data this person may see, and their own, by number."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_DATA)) | Q(patient__user=user)
    granted = PatientProfileUserObjectPermission.objects.filter(user=user, permission__codename=Right.VIEW_DATA.value)
    visible |= Q(patient__in=granted.values("content_object"))
    subjects = Subject.objects.filter(visible).select_related("trial", "site", "study_version", "patient")
    return subjects.defer("study_version__document").order_by("number", "pk")


def own_subjects(user: User) -> QuerySet[Subject]:
    """Return the participant's own places in trials."""
    subjects = Subject.objects.filter(patient__user=user).select_related("trial", "site", "study_version", "patient")
    return subjects.defer("study_version__document").order_by("-enrolled_on", "pk")


def appointments_visible_to(user: User) -> QuerySet[Appointment]:
    """Return the appointments of the sites where this person sees them, and their own, soonest first."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_APPOINTMENTS)) | Q(patient__user=user)
    appointments = Appointment.objects.filter(visible).select_related("subject", "site", "trial", "provider")
    return appointments.order_by("start_at", "pk")


def role_in(user: User, *, trial: UUID, site: UUID | None = None, patient: UUID | None = None) -> str:
    """Return the role in which this person acts there, as the audit trail will name it; empty when none."""
    with connection.cursor() as cursor:
        cursor.execute("select edc_role_held(%s, %s, %s, %s)", [user.pk, trial, site, patient])
        row = cursor.fetchone()
    return str(row[0] or "") if row else ""
