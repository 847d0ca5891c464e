"""Finalise captures and open them again."""

from django.db import transaction
from django.utils import timezone

from audit.services import locked
from captures import permissions
from captures.models import DataCapture
from captures.services.writing import MOVES, CaptureFinalised, CaptureNotSubmitted, Status, check_open, save_and_tell
from edc.accounts.models import User
from edc.base.errors import Invalid, require


@transaction.atomic
def finalise_capture(*, capture: DataCapture, version: int | None = None, by: User) -> DataCapture:
    """Close a submitted capture as the investigator; nothing in it changes until it is opened again."""
    capture = locked(capture, version=version)
    require(permissions.can_finalise(by, capture))
    if capture.status == Status.FINALISED:
        raise CaptureFinalised("This form is finalised already.")
    if Status.FINALISED not in MOVES[capture.status]:
        raise CaptureNotSubmitted("Submit this form before it is finalised.")
    check_open(capture.trial_id)
    capture.status, capture.finalised_at, capture.finalised_by = Status.FINALISED, timezone.now(), by
    save_and_tell(capture, by=by, action="captures.finalised")
    return capture


@transaction.atomic
def reopen_capture(*, capture: DataCapture, reason: str, version: int | None = None, by: User) -> DataCapture:
    """Open a finalised capture for correction, with the reason."""
    capture = locked(capture, version=version)
    require(permissions.can_finalise(by, capture))
    if capture.status != Status.FINALISED:
        raise CaptureNotSubmitted("This form is not finalised.")
    if not reason.strip():
        raise Invalid({"reason": ["Say why."]})
    check_open(capture.trial_id)
    capture.status, capture.finalised_at, capture.finalised_by = Status.SUBMITTED, None, None
    save_and_tell(capture, by=by, action="captures.reopened", reason=reason)
    return capture
