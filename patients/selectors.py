"""Reads of patients, subjects and appointments, and who may see which."""

from collections.abc import Iterable
from functools import cache
from uuid import UUID

import orjson
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from edc.accounts.models import User
from edc.base.crypto import blind_index
from edc.base.sql import fetch_one, moments
from patients.models import Appointment, Invitation, PatientProfile, PatientProfileUserObjectPermission, Subject
from patients.validators import code_digest
from trials.models import Site, StudyVersion, version_in_force
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


def own_profile(user: User) -> tuple[str, str, PatientProfile | None]:
    """Return one's roles of now and what one said as a researcher, as JSON, and one's own patient profile.

    One statement: PostgreSQL writes the text.
    """
    row = fetch_one(own_profile_statement(), [user.pk, user.pk, user.pk])
    memberships, researcher, *values = row or ("[]", "null", None)
    if values[0] is None:
        return memberships, researcher, None
    names = [field.attname for field in PatientProfile._meta.concrete_fields]
    patient = PatientProfile.from_db("default", names, values)
    # A raw cursor gives JSON as text.
    patient.preferences = orjson.loads(patient.preferences)
    return memberships, researcher, patient


@cache
def own_profile_statement() -> str:
    columns = ", ".join(f'p."{field.column}"' for field in PatientProfile._meta.concrete_fields)
    return f"""
        select coalesce((select json_agg(held) from (
            select id, trial_id as trial, site_id as site, role, {moments("starts_at", "ends_at")}
            from trials_membership m where user_id = %s and starts_at <= clock_timestamp()
                and (ends_at is null or ends_at > clock_timestamp()) order by m.starts_at, m.id
        ) held), '[]')::text, coalesce((
            select row_to_json(r) from (
                select expertise, institution, contact from accounts_researcherprofile where user_id = %s) r
        ), 'null')::text, {columns}
        from (select) one left join patients_patientprofile p on p.user_id = %s
    """  # noqa: S608 -- put together from our own constants


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
    return _with_version_ids(Subject.objects.filter(visible)).order_by("number", "pk")


def subjects_with(user: User, right: Right, *, text: str = "") -> QuerySet[Subject]:
    """Return the subjects of the sites where this person has the right, those whose number contains the text."""
    subjects = Subject.objects.filter(site__in=site_ids_with(user, right)).select_related("trial", "site", "patient")
    if text:
        subjects = subjects.filter(number__icontains=text)
    return subjects.defer("trial__description").order_by("number", "pk")


def newest_number(site: Site) -> str:
    """Return the subject number that was given last at the site."""
    return Subject.objects.filter(site=site).order_by("-created_at").values_list("number", flat=True).first() or ""


def own_subjects(user: User) -> QuerySet[Subject]:
    """Return the participant's own places in trials."""
    return _with_version_ids(Subject.objects.filter(patient__user=user)).order_by("-enrolled_on", "pk")


def _with_version_ids(subjects: QuerySet[Subject]) -> QuerySet[Subject]:
    return subjects.select_related("trial", "site", "patient").annotate(current_version=_current_version())


def _current_version() -> Coalesce:
    return Coalesce(version_in_force(F("site_id")), F("enrolled_version_id"))


def versions_of(subjects: QuerySet[Subject]) -> QuerySet[StudyVersion]:
    """Return the study versions in which new forms of these subjects are entered."""
    ids = subjects.order_by().values_list(_current_version(), flat=True).distinct()
    return StudyVersion.objects.filter(pk__in=ids).defer("document")


def with_versions(subjects: Iterable[Subject]) -> list[Subject]:
    """Return these subjects, as a selector found them, each with its study version: one statement for all."""
    found = list(subjects)
    versions = StudyVersion.objects.defer("document").in_bulk({subject.study_version_id for subject in found})
    for subject in found:
        subject.study_version = versions[subject.study_version_id]
    return found


def appointments_visible_to(user: User) -> QuerySet[Appointment]:
    """Return the appointments of the sites where this person sees them, and their own, soonest first."""
    visible = Q(site__in=site_ids_with(user, Right.VIEW_APPOINTMENTS)) | Q(patient__user=user)
    appointments = Appointment.objects.filter(visible).select_related("subject", "site", "trial", "provider")
    return appointments.order_by("start_at", "pk")


def upcoming_appointments(user: User) -> QuerySet[Appointment]:
    """Return the appointments this person sees that are still ahead, or under way."""
    ahead = [Appointment.Status.REQUESTED, Appointment.Status.BOOKED]
    return appointments_visible_to(user).filter(end_at__gte=timezone.now(), status__in=ahead)


def past_appointments(user: User) -> QuerySet[Appointment]:
    """Return the others, latest first: over, cancelled, or not yet closed by the site."""
    upcoming = upcoming_appointments(user).values("pk")
    return appointments_visible_to(user).exclude(pk__in=upcoming).order_by("-start_at", "-pk")


def invitations_visible_to(user: User) -> QuerySet[Invitation]:
    """Return the invitations of the sites where this person may invite, newest first."""
    invitations = Invitation.objects.filter(site__in=site_ids_with(user, Right.ENROL))
    return invitations.select_related("site").order_by("-created_at", "-pk")


def invitations_of(user: User, patient: PatientProfile) -> QuerySet[Invitation]:
    """Return the patient's invitations for those who may invite them, newest first."""
    return invitations_visible_to(user).filter(patient=patient)


def inviting_sites(user: User, patient: PatientProfile) -> list[Site]:
    """Return the patient's sites at which this person may invite them, the primary clinic first."""
    here = Q(pk=patient.primary_clinic_id) | Q(subjects__patient=patient)
    sites = Site.objects.filter(here, pk__in=site_ids_with(user, Right.ENROL)).select_related("trial").distinct()
    return sorted(sites, key=lambda site: (site.pk != patient.primary_clinic_id, site.code))


def invitation_is_open(code: str) -> bool:
    """Return whether the code opens an account now: neither used, nor withdrawn, nor too old."""
    open_ones = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
    return open_ones.filter(digest=code_digest(code)).exists()
