"""What every change of a capture keeps to: the states it may go through, an open trial, the row and its news."""

from typing import Any

from django.db import IntegrityError

from audit import services as audit
from audit.services import locked
from captures.models import DataCapture, DataQuery
from captures.selectors import OPEN_TRIALS
from edc.accounts.models import User
from edc.base import live
from edc.base.errors import Refused
from trials.models import StudyVersion
from trials.roles import Right
from trials.services import held_trial_status

Status = DataCapture.Status
NOT_YET = {StudyVersion.Status.DRAFT, StudyVersion.Status.IN_REVIEW, StudyVersion.Status.APPROVED}
MOVES: dict[str, frozenset[str]] = {
    Status.IN_PROGRESS: frozenset({Status.SUBMITTED, Status.NOT_DONE}),
    Status.NOT_DONE: frozenset({Status.IN_PROGRESS}),
    Status.SUBMITTED: frozenset({Status.FINALISED}),
    Status.FINALISED: frozenset({Status.SUBMITTED}),
}


class TrialNotOpen(Refused): ...


class VersionNotInForce(Refused): ...


class CaptureExists(Refused): ...


class CaptureFinalised(Refused): ...


class CaptureNotSubmitted(Refused): ...


class CaptureNotDone(Refused): ...


def held_capture(capture: DataCapture, *, version: int | None = None) -> tuple[DataCapture, str]:
    """Return the capture as it is now, locked, and the status of its trial, which stays so meanwhile.

    The trial is held first, as by who brings in or takes back a study file: in another order both would wait for each
    other. Raises Stale as `locked` does.
    """
    status = held_trial_status(capture.trial_id)
    return locked(capture, version=version), status


def check_open(trial_id: Any, version: StudyVersion | None = None, *, status: str = "") -> None:
    """Refuse what is not entered now: in a trial that is not open, or under a version that is not published yet.

    Such a version has data only where a study file brought both. `status` is that of the trial, for who holds it.
    """
    if (status or held_trial_status(trial_id)) not in OPEN_TRIALS:
        raise TrialNotOpen("The trial is not open for data entry.")
    if version is not None and version.status in NOT_YET:
        raise VersionNotInForce(
            f"Study version {version.number} is not published yet. Until then its data can be read, and not changed."
        )


def save_and_tell(capture: DataCapture, *, by: User, action: str, reason: str = "") -> None:
    try:
        audit.save(capture, by=by, action=action, reason=reason)
    except IntegrityError as error:
        if "one_capture_per_form_and_visit" in str(error):
            raise CaptureExists("This form was filled in for the visit already. Open it to change it.") from None
        raise
    tell(capture, action, by=by)


def place_of(capture: DataCapture) -> dict[str, Any]:
    """Return what a query about the capture has of it."""
    return {name: getattr(capture, name) for name in ("subject_id", "patient_id", "trial_id", "site_id")}


def tell(capture: DataCapture, action: str, *, by: User) -> None:
    """Tell the live feed of those who may see the capture what was done, by ids alone."""
    _tell(capture, action, entity="DataCapture", by=by, participant=True)


def tell_staff(capture: DataCapture, kind: str, *, by: User) -> None:
    """Tell the live feed of those who see the site's data, and not the participant."""
    _tell(capture, kind, entity="DataCapture", by=by, participant=False)


def tell_of_query(query: DataQuery, kind: str, *, by: User) -> None:
    """Tell the live feed of those who see the site's data; a participant never hears of a query."""
    _tell(query, kind, entity="DataQuery", by=by, participant=False)


def _tell(row: DataCapture | DataQuery, kind: str, *, entity: str, by: User, participant: bool) -> None:
    own = [f"patient:{row.patient_id}"] if participant else []
    live.publish(
        kind,
        entity=entity,
        id=row.pk,
        topics=[*live.at_site(Right.VIEW_DATA, site=row.site_id, trial=row.trial_id), *own],
        trial=row.trial_id,
        site=row.site_id,
        patient=row.patient_id,
        by=by.pk,
    )
