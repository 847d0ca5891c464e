"""Bring a demo trial through its life: written by one person, approved by another, its study published."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from demo import cast
from demo.study import document
from edc.accounts.models import User
from edc.base.actor import Origin, origin
from trials import services as trials
from trials.models import ClinicalTrial, Site, StudyVersion
from trials.roles import Role

TRIAL_WIDE = ("manager", "monitor", "auditor", "sponsor", "admin")


@dataclass(frozen=True)
class Plan:
    """What a demo trial is called, where its study version lies and how many subjects it plans."""

    protocol_number: str
    title: str
    description: str
    start_date: date
    end_date: date | None
    subjects: int
    folder: str
    reason: str


@dataclass(frozen=True)
class Place:
    """What a site is called and where it is."""

    code: str
    name: str
    institution: str
    city: str
    time_zone: str
    phone: str
    subjects: int


@contextmanager
def imported() -> Iterator[None]:
    """Mark all that is written meanwhile as imported in the audit trail."""
    token = origin.set(Origin(source="import"))
    try:
        yield
    finally:
        origin.reset(token)


def find_trial(plan: Plan) -> ClinicalTrial | None:
    return ClinicalTrial.objects.filter(protocol_number=plan.protocol_number).first()


@transaction.atomic
def open_trial(plan: Plan, home: Place) -> ClinicalTrial:
    """Return the plan's trial, active, with its study published and its first site, where the demo accounts work.

    The manager writes trial and study, the investigator of the first site approves both.
    """
    found = find_trial(plan)
    if found is not None:
        return found
    set_up, manager, investigator = cast.set_up(), cast.demo_account("manager"), cast.demo_account("investigator")
    trial = _write(plan, by=set_up, writer=manager)
    open_site(trial, home, coordinator=cast.demo_account("coordinator"), investigator=investigator, reason=plan.reason)
    for key in TRIAL_WIDE[1:]:
        _enlist(trial, None, key, reason=plan.reason)
    study = trials.create_study_version(trial=trial, document=document(plan.folder), by=manager)
    for to, by in (
        (StudyVersion.Status.IN_REVIEW, manager),
        (StudyVersion.Status.APPROVED, investigator),
        (StudyVersion.Status.PUBLISHED, manager),
    ):
        study = trials.move_study_version(study_version=study, to=to, reason=plan.reason, by=by)
    trial = trials.move_trial(trial=trial, to=ClinicalTrial.Status.IN_REVIEW, reason=plan.reason, by=manager)
    trial = trials.approve_trial(trial=trial, reason=plan.reason, by=investigator)
    return trials.move_trial(trial=trial, to=ClinicalTrial.Status.ACTIVE, reason=plan.reason, by=manager)


@transaction.atomic
def open_site(trial: ClinicalTrial, place: Place, *, coordinator: User, investigator: User, reason: str) -> Site:
    """Return the trial's site of this code, opened with its staff where it is new."""
    found = Site.objects.filter(trial=trial, code=place.code).first()
    if found is not None:
        return found
    set_up = cast.set_up()
    site = trials.create_site(
        trial=trial,
        code=place.code,
        name=place.name,
        institution=place.institution,
        country="US",
        city=place.city,
        time_zone=place.time_zone,
        phone=place.phone,
        planned_subjects=place.subjects,
        by=set_up,
    )
    for user, role in ((coordinator, Role.COORDINATOR), (investigator, Role.INVESTIGATOR)):
        trials.grant_membership(user=user, trial=trial, site=site, role=role, reason=reason, by=set_up)
    return site


def _write(plan: Plan, *, by: User, writer: User) -> ClinicalTrial:
    """Write the trial: whoever sets the portal up creates it, its data manager makes it theirs."""
    trial = trials.create_trial(protocol_number=plan.protocol_number, title=plan.title, by=by)
    _enlist(trial, None, "manager", reason=plan.reason)
    return trials.change_trial(
        trial=trial,
        title=plan.title,
        description=plan.description,
        start_date=plan.start_date,
        end_date=plan.end_date,
        planned_subjects=plan.subjects,
        reason=plan.reason,
        version=trial.version,
        by=writer,
    )


def _enlist(trial: ClinicalTrial, site: Site | None, key: str, *, reason: str) -> None:
    role = next(account.role for account in cast.ACCOUNTS if account.key == key)
    if role is not None:
        user = cast.demo_account(key)
        trials.grant_membership(user=user, trial=trial, site=site, role=role, reason=reason, by=cast.set_up())
