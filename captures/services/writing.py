"""What every change of a capture keeps to: the states it may go through, an open trial, the row and its news."""

from typing import Any

from django.db import IntegrityError

from audit import services as audit
from captures.models import DataCapture
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


def check_open(trial_id: Any, version: StudyVersion | None = None) -> None:
    """Refuse what is not entered now: in a trial that is not open, or under a version that is not published yet.

    Such a version has data only where a study file brought both.
    """
    if held_trial_status(trial_id) not in OPEN_TRIALS:
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


def tell(capture: DataCapture, action: str, *, by: User) -> None:
    """Tell the live feed of those who may see the capture what was done, by ids alone."""
    live.publish(
        action,
        entity="DataCapture",
        id=capture.pk,
        topics=[
            *live.at_site(Right.VIEW_DATA, site=capture.site_id, trial=capture.trial_id),
            f"patient:{capture.patient_id}",
        ],
        trial=capture.trial_id,
        site=capture.site_id,
        patient=capture.patient_id,
        by=by.pk,
    )
