"""Subjects: enrolment at a site and what becomes of them (lifecycles.md, "Subject")."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import User
from edc.base import live
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import check_names, is_blank
from patients import permissions
from patients.models import PatientProfile, Subject
from patients.selectors import patients_with
from trials.models import ClinicalTrial, Site
from trials.roles import Right
from trials.selectors import version_at
from trials.services import held_site_status, held_trial_status

D = Subject.Disposition
_OUT = frozenset({D.WITHDRAWN, D.LOST_TO_FOLLOW_UP, D.DIED})

MOVES: dict[str, frozenset[str]] = {
    D.SCREENING: frozenset({D.SCREEN_FAILED, D.ENROLLED}) | _OUT,
    D.SCREEN_FAILED: frozenset({D.SCREENING}),
    D.ENROLLED: frozenset({D.RANDOMISED, D.ON_TREATMENT, D.FOLLOW_UP, D.SCREEN_FAILED}) | _OUT,
    D.RANDOMISED: frozenset({D.ON_TREATMENT, D.TREATMENT_DISCONTINUED, D.FOLLOW_UP, D.COMPLETED}) | _OUT,
    D.ON_TREATMENT: frozenset({D.TREATMENT_DISCONTINUED, D.FOLLOW_UP, D.COMPLETED}) | _OUT,
    D.TREATMENT_DISCONTINUED: frozenset({D.FOLLOW_UP, D.COMPLETED}) | _OUT,
    D.FOLLOW_UP: frozenset({D.COMPLETED}) | _OUT,
    D.COMPLETED: frozenset({D.FOLLOW_UP}),
    D.WITHDRAWN: frozenset({D.FOLLOW_UP}),
    D.LOST_TO_FOLLOW_UP: frozenset({D.FOLLOW_UP, D.DIED}),
    D.DIED: frozenset(),
}


class EnrolmentRefused(Refused): ...


class DispositionRefused(Refused): ...


def enrol_subject(
    *, patient: PatientProfile, site: Site, number: str, enrolled_on: date, by: User, key: str = ""
) -> Subject:
    """Put a patient into screening for the site's trial under a subject number.

    Refused unless trial and site are open to enrolment, and when the patient or the number is in the trial already.
    """

    def allow() -> None:
        require(permissions.can_enrol(by, site))
        require(patients_with(by, Right.VIEW_IDENTITY).filter(pk=patient.pk).exists(), "You cannot see this patient.")

    def make() -> Subject:
        check_names(number=number)
        if held_trial_status(site.trial_id) != ClinicalTrial.Status.ACTIVE:
            raise EnrolmentRefused("The trial is not active, so nobody can be enrolled.")
        if enrolled_on > site.day_of(timezone.now()):
            raise Invalid({"enrolled_on": ["This date is in the future."]})
        if held_site_status(site.pk) != Site.Status.ACTIVE:
            raise EnrolmentRefused("Enrolment at this site is not open.")
        study_version = version_at(site.pk)
        if study_version is None:
            raise EnrolmentRefused("No study version is in force at this site.")
        subject = Subject(
            patient=patient,
            trial_id=site.trial_id,
            site=site,
            number=number,
            enrolled_on=enrolled_on,
            disposition_date=enrolled_on,
            enrolled_version=study_version,
        )
        _save(subject, by=by)
        return subject

    asked = [patient.pk, site.pk, number, enrolled_on]
    return once(Subject, make, allow=allow, by=by, key=key, action="patients.subject_enrolled", asked=asked)


@transaction.atomic
def change_disposition(
    *,
    subject: Subject,
    disposition: str,
    on: date,
    reason: str,
    version: int | None = None,
    arm: str | None = None,
    details: dict[str, Any] | None = None,
    by: User,
) -> Subject:
    """Move a subject on: the date it happened and the reason are kept.

    Randomisation names the arm, where the study version has arms, and sets day 1.
    """
    subject = locked(subject, version=version)
    require(permissions.can_change_subject(by, subject))
    if disposition not in MOVES[subject.disposition]:
        state = subject.get_disposition_display().lower()
        raise DispositionRefused(f"A subject who is {state} cannot become {disposition.lower().replace('_', ' ')}.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    if on > subject.site.day_of(timezone.now()):
        raise Invalid({"on": ["This is in the future."]})
    if on < subject.enrolled_on:
        raise Invalid({"on": ["This is before the subject came into screening."]})
    if arm is not None:
        _check_arm(subject, arm)
        subject.arm = arm
    if disposition == D.RANDOMISED and not subject.arm and subject.study_version.definition.arms:
        raise Invalid({"arm": ["Name the arm to which the subject was randomised."]})
    if disposition in {D.RANDOMISED, D.ON_TREATMENT} and subject.day_one is None:
        subject.day_one = on
    subject.disposition, subject.disposition_date = disposition, on
    subject.trial_details = subject.trial_details | (details or {})
    audit.save(subject, by=by, action=f"patients.subject_{disposition.lower()}", reason=reason)
    _tell(subject, "patients.disposition_changed", by=by)
    return subject


def _check_arm(subject: Subject, arm: str) -> None:
    if arm not in {known.oid for known in subject.study_version.definition.arms}:
        raise Invalid({"arm": ["The study version has no such arm."]})
    if subject.arm not in {"", arm}:
        raise Invalid({"arm": ["The subject has an arm already; it does not change."]})


def _save(subject: Subject, *, by: User) -> None:
    try:
        audit.save(subject, by=by, action="patients.subject_enrolled")
    except IntegrityError as error:
        if "subject_number_is_unique_in_its_trial" in str(error):
            raise EnrolmentRefused("This trial has a subject with this number.") from None
        if "one_subject_per_patient_and_trial" in str(error):
            raise EnrolmentRefused("This patient is in the trial already.") from None
        raise
    _tell(subject, "patients.subject_enrolled", by=by)


def _tell(subject: Subject, kind: str, *, by: User) -> None:
    live.publish(
        kind,
        entity="Subject",
        id=subject.pk,
        topics=live.at_site(Right.VIEW_DATA, site=subject.site_id, trial=subject.trial_id),
        trial=subject.trial_id,
        site=subject.site_id,
        patient=subject.patient_id,
        by=by.pk,
    )
