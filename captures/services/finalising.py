"""Finalise captures and open them again."""

from django.db import transaction
from django.utils import timezone

from captures import permissions
from captures.models import DataCapture
from captures.selectors import missing_of
from captures.services.writing import (
    MOVES,
    CaptureFinalised,
    CaptureNotSubmitted,
    Status,
    check_open,
    held_capture,
    save_and_tell,
)
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank

MOST_NAMED = 10


class AnswersMissing(Refused):
    """A form was to be finalised without answers that the protocol asks for; `names` are those of its items."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Required and without an answer: {_listed(names)}. Confirm that they stay empty.")
        self.names = names


@transaction.atomic
def finalise_capture(
    *, capture: DataCapture, version: int | None = None, accept_missing: bool = False, by: User
) -> DataCapture:
    """Close a submitted capture as the investigator; nothing in it changes until it is opened again.

    Raises AnswersMissing where required items have no value, unless `accept_missing`: then the trail names them.
    """
    capture, trial_status = held_capture(capture, version=version)
    require(permissions.can_finalise(by, capture))
    if capture.status == Status.FINALISED:
        raise CaptureFinalised("This form is finalised already.")
    if Status.FINALISED not in MOVES[capture.status]:
        raise CaptureNotSubmitted("Submit this form before it is finalised.")
    check_open(capture.trial_id, status=trial_status)
    capture.status, capture.finalised_at, capture.finalised_by = Status.FINALISED, timezone.now(), by
    names = missing_of(capture) if capture.missing_items else []
    if names and not accept_missing:
        raise AnswersMissing(names)
    reason = f"Stay empty though required: {_listed(names)}" if names else ""
    save_and_tell(capture, by=by, action="captures.finalised", reason=reason)
    return capture


@transaction.atomic
def reopen_capture(*, capture: DataCapture, reason: str, version: int | None = None, by: User) -> DataCapture:
    """Open a finalised capture for correction, with the reason."""
    capture, trial_status = held_capture(capture, version=version)
    require(permissions.can_finalise(by, capture))
    if capture.status != Status.FINALISED:
        raise CaptureNotSubmitted("This form is not finalised.")
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    check_open(capture.trial_id, status=trial_status)
    capture.status, capture.finalised_at, capture.finalised_by = Status.SUBMITTED, None, None
    save_and_tell(capture, by=by, action="captures.reopened", reason=reason)
    return capture


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
