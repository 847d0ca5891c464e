"""A trial's life: written by one person, approved by another, every move with a reason."""

from datetime import date

from django.db import IntegrityError, transaction

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import User
from edc.base import live
from edc.base.errors import Denied, Invalid, Refused, require
from edc.base.texts import check_names, is_blank
from trials import permissions
from trials.models import ClinicalTrial, TrialApproval
from trials.roles import Right, Role
from trials.selectors import has_publication
from trials.services.members import enlist

Status = ClinicalTrial.Status

# What an investigator's decision leads to (approve_trial); the other moves are the data manager's.
APPROVAL: dict[str, frozenset[str]] = {Status.IN_REVIEW: frozenset({Status.APPROVED, Status.DRAFT})}
MOVES: dict[str, frozenset[str]] = {
    Status.DRAFT: frozenset({Status.IN_REVIEW}),
    Status.IN_REVIEW: frozenset({Status.DRAFT}),
    Status.APPROVED: frozenset({Status.ACTIVE, Status.DRAFT}),
    Status.ACTIVE: frozenset({Status.SUSPENDED, Status.CLOSED}),
    Status.SUSPENDED: frozenset({Status.ACTIVE, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.ARCHIVED}),
    Status.ARCHIVED: frozenset(),
}


class TrialMoveRefused(Refused): ...


class ProtocolNumberTaken(Refused): ...


class NotTheWriter(Denied): ...


def create_trial(
    *,
    protocol_number: str,
    title: str,
    description: str = "",
    start_date: date | None = None,
    end_date: date | None = None,
    planned_subjects: int = 0,
    by: User,
    key: str = "",
) -> ClinicalTrial:
    """Write a new trial in draft; its writer becomes its data manager unless they administrate the portal."""
    values = {
        "protocol_number": protocol_number,
        "title": title,
        "description": description,
        "start_date": start_date,
        "end_date": end_date,
        "planned_subjects": planned_subjects,
    }

    def make() -> ClinicalTrial:
        check_names(protocol_number=protocol_number, title=title)
        _check_dates(start_date, end_date)
        trial = ClinicalTrial(written_by=by, **values)
        _save(trial, by=by, action="trials.created")
        if not by.is_superuser:
            enlist(user=by, trial=trial, site=None, role=Role.DATA_MANAGER, by=by, reason="Wrote the trial")
        return trial

    return once(
        ClinicalTrial,
        make,
        allow=lambda: require(permissions.can_create_trial(by)),
        by=by,
        key=key,
        action="trials.created",
        asked=values,
    )


@transaction.atomic
def change_trial(
    *,
    trial: ClinicalTrial,
    title: str,
    description: str,
    start_date: date | None,
    end_date: date | None,
    planned_subjects: int,
    reason: str,
    version: int,
    by: User,
) -> ClinicalTrial:
    """Rewrite a trial in draft; refuse once it is in review."""
    trial = locked(trial, version=version)
    require(permissions.can_manage_trial(by, trial))
    if trial.status != Status.DRAFT:
        raise TrialMoveRefused("Only a draft can be changed. Send the trial back to draft first.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    _check_dates(start_date, end_date)
    trial.title, trial.description = title, description
    trial.start_date, trial.end_date, trial.planned_subjects = start_date, end_date, planned_subjects
    trial.written_by = by
    _save(trial, by=by, action="trials.changed", reason=reason)
    return trial


@transaction.atomic
def move_trial(*, trial: ClinicalTrial, to: str, reason: str, version: int | None = None, by: User) -> ClinicalTrial:
    """Move a trial to another state of its life, with the reason why."""
    trial = locked(trial, version=version)
    require(permissions.can_manage_trial(by, trial))
    if to not in MOVES[trial.status]:
        raise TrialMoveRefused(f"A trial that is {trial.get_status_display().lower()} cannot become {to.lower()}.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    if to == Status.ACTIVE and not has_publication(trial.pk):
        raise TrialMoveRefused("Publish a study version before the trial becomes active.")
    trial.status = to
    audit.save(trial, by=by, action=f"trials.moved_to_{to.lower()}", reason=reason)
    _tell(trial, by=by)
    return trial


@transaction.atomic
def approve_trial(
    *, trial: ClinicalTrial, approved: bool = True, reason: str, version: int | None = None, by: User
) -> ClinicalTrial:
    """Decide as an investigator on a trial in review: approve it, or send it back to draft."""
    trial = locked(trial, version=version)
    if trial.written_by_id == by.pk:
        raise NotTheWriter("Somebody else than its writer approves a trial.")
    require(permissions.can_approve_trial(by, trial))
    if trial.status not in APPROVAL:
        raise TrialMoveRefused("This trial is not in review.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    decision = TrialApproval(trial=trial, trial_version=trial.version, approved=approved, reason=reason, decided_by=by)
    trial.status = Status.APPROVED if approved else Status.DRAFT
    audit.save(trial, by=by, action="trials.approved" if approved else "trials.sent_back", reason=reason)
    decision.save(force_insert=True)
    _tell(trial, by=by)
    return trial


def _check_dates(start_date: date | None, end_date: date | None) -> None:
    if start_date and end_date and end_date < start_date:
        raise Invalid({"end_date": ["The trial cannot end before it starts."]})


def _save(trial: ClinicalTrial, *, by: User, action: str, reason: str = "") -> None:
    try:
        audit.save(trial, by=by, action=action, reason=reason)
    except IntegrityError as error:
        if "protocol_number" in str(error):
            raise ProtocolNumberTaken("There is a trial with this protocol number.") from None
        raise


def _tell(trial: ClinicalTrial, *, by: User) -> None:
    """Tell everybody who works or takes part in the trial that its status changed."""
    topics = [f"{Right.VIEW_TRIAL}@trial:{trial.pk}"]
    live.publish("trials.status_changed", entity="ClinicalTrial", id=trial.pk, topics=topics, trial=trial.pk, by=by.pk)
