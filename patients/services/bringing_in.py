"""Subjects whom a study file tells of: known by their number alone until their site says who they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from edc.accounts.models import User
from edc.base.errors import require
from patients.models import PatientProfile, Subject
from trials.models import ClinicalTrial, Site, StudyVersion
from trials.permissions import can_bring_in

ACTION = "patients.subject_brought_in"


@dataclass(frozen=True)
class NewSubject:
    """A subject number at a site, with what else the file says of it."""

    site: Site
    number: str
    details: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def bring_in_subjects(
    *, trial: ClinicalTrial, subjects: Sequence[NewSubject], study_version: StudyVersion, reason: str, by: User
) -> list[Subject]:
    """Put patients without an identity into screening today, under these numbers; nothing about them is made up."""
    require(can_bring_in(by, trial))
    patients = [PatientProfile(primary_clinic=one.site) for one in subjects]
    now = timezone.now()
    made = [
        Subject(
            patient=patient,
            trial=trial,
            site=one.site,
            number=one.number,
            enrolled_on=one.site.day_of(now),
            disposition_date=one.site.day_of(now),
            enrolled_version=study_version,
            trial_details=one.details,
        )
        for patient, one in zip(patients, subjects, strict=True)
    ]
    audit.insert_many(patients, by=by, action="patients.registered", reason=reason)
    audit.insert_many(made, by=by, action=ACTION, reason=reason)
    return made


@transaction.atomic
def take_back_subjects(*, subjects: Sequence[Subject], at: datetime, reason: str, by: User) -> None:
    """Take subjects out of every list who came with a study file; they stay in the trail."""
    for subject in subjects:
        require(can_bring_in(by, subject.trial))
        subject.removed_at = at
        subject.patient.is_active = False
    audit.change_many(subjects, fields=["removed_at"], by=by, action="patients.subject_taken_back", reason=reason)
    patients = [subject.patient for subject in subjects]
    audit.change_many(patients, fields=["is_active"], by=by, action="patients.changed", reason=reason)
