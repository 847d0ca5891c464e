"""Patient profiles: identity is sealed when written, and each reading of it is an audit event."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_date

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import check_names, is_blank
from patients import permissions
from patients.models import Identity, PatientProfile
from patients.selectors import identities_visible_to
from trials.models import Site

EARLIEST_BIRTH = date(1880, 1, 1)


class RecordNumberTaken(Refused): ...


def register_patient(*, site: Site, identity: Identity, by: User, key: str = "") -> PatientProfile:
    """Register a patient at the site; its medical record number is unique there."""

    def make() -> PatientProfile:
        _check_identity(identity, site)
        patient = PatientProfile(primary_clinic=site)
        patient.seal_identity(identity)
        _save(patient, by=by, action="patients.registered")
        return patient

    asked = [site.pk, identity.medical_record_number, identity.display_name, identity.date_of_birth, identity.contact]
    return once(
        PatientProfile,
        make,
        allow=lambda: require(permissions.can_enrol(by, site)),
        by=by,
        key=key,
        action="patients.registered",
        asked=asked,
    )


@transaction.atomic
def change_patient(
    *, patient: PatientProfile, identity: Identity, is_active: bool, reason: str, version: int, by: User
) -> PatientProfile:
    """Correct who a patient is, or whether they are active."""
    patient = locked(patient, version=version)
    require(permissions.can_change_patient(by, patient))
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    _check_identity(identity, patient.primary_clinic)
    patient.seal_identity(identity)
    patient.is_active = is_active
    _save(patient, by=by, action="patients.changed", reason=reason)
    return patient


@transaction.atomic
def change_own_preferences(
    *, patient: PatientProfile, preferences: dict[str, Any], version: int | None = None, by: User
) -> PatientProfile:
    """Replace the participant's own preferences (language, text size, channels)."""
    patient = locked(patient, version=version)
    require(patient.user_id == by.pk)
    patient.preferences = preferences
    _save(patient, by=by, action="patients.preferences_changed")
    return patient


def read_identity(*, patients: Iterable[PatientProfile], by: User, purpose: str) -> dict[UUID, Identity]:
    """Return who these patients are, for those whom this person may see by name, and record the reading.

    One audit event for each site names the fields, the purpose (a page or an export) and its patients that were read;
    reading one's own profile is not recorded.
    """
    found = list(patients)
    allowed = identities_visible_to(by, [patient.pk for patient in found])
    identities = {patient.pk: patient.identity() for patient in found if patient.pk in allowed}
    read_at: dict[Site, list[PatientProfile]] = {}
    for patient in found:
        if patient.pk in allowed and patient.user_id != by.pk:
            read_at.setdefault(patient.primary_clinic, []).append(patient)
    for site, read in read_at.items():
        one = read[0].pk if len(read) == 1 else None
        audit.record(
            by=by,
            action="patients.identity_read",
            entity_type="PatientProfile",
            entity_id=one,
            patient_id=one,
            trial_id=site.trial_id,
            site_id=site.pk,
            metadata={
                "purpose": purpose,
                "fields": list(PatientProfile.SEALED),
                "count": len(read),
                "patients": [str(patient.pk) for patient in read],
            },
        )
    return identities


def _check_identity(identity: Identity, site: Site) -> None:
    check_names(medical_record_number=identity.medical_record_number, display_name=identity.display_name)
    _check_birth(identity, site)


def _check_birth(identity: Identity, site: Site) -> None:
    """Refuse a birth date on which nobody alive can have been born."""
    born = parse_date(identity.date_of_birth)
    if born and born > site.day_of(timezone.now()):
        raise Invalid({"date_of_birth": ["This date is in the future."]})
    if born and born < EARLIEST_BIRTH:
        raise Invalid({"date_of_birth": ["Check the year."]})


def _save(patient: PatientProfile, *, by: User, action: str, reason: str = "") -> None:
    try:
        audit.save(patient, by=by, action=action, reason=reason)
    except IntegrityError as error:
        if "medical_record_number_is_unique" in str(error):
            raise RecordNumberTaken("This site has a patient with this medical record number.") from None
        raise
