"""Say that a form will not be filled in, and take it back."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from audit.services import once
from captures import permissions
from captures.models import DataCapture
from captures.services.entering import allow_entry, common_fields, place_of_form
from captures.services.writing import MOVES, CaptureNotDone, Status, check_open, held_capture, save_and_tell
from captures.validators import CONTROL
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank, visible
from patients.models import Subject

LONGEST_REASON = 500


class ValuesInTheWay(Refused):
    """A form was to be marked as not done while it has values."""


def record_not_done(
    *,
    subject: Subject,
    visit: str,
    form: str,
    visit_repeat: int = 1,
    form_repeat: int = 1,
    reason: str,
    by: User,
    key: str = "",
) -> DataCapture:
    """Say of a form that nobody has begun that it will not be filled in, and why.

    Refused where the form was begun (CaptureExists), in a trial that is not open, and without a reason (Invalid).
    """
    where = place_of_form(subject, visit, form, visit_repeat, form_repeat)

    def make() -> DataCapture:
        check_open(subject.trial_id, subject.study_version)
        capture = DataCapture(
            study_version=subject.study_version,
            visit=visit,
            form=form,
            visit_repeat=visit_repeat,
            form_repeat=form_repeat,
            **common_fields(subject, None, by),
        )
        _mark(capture, reason, by=by)
        return capture

    asked = [subject.pk, visit, visit_repeat, form, form_repeat, reason]
    allow = partial(allow_entry, by, subject, where[1])
    return once(DataCapture, make, allow=allow, by=by, key=key, action="captures.marked_not_done", asked=asked)


@transaction.atomic
def mark_not_done(
    *, capture: DataCapture, reason: str, version: int, drop_values: bool = False, by: User
) -> DataCapture:
    """Say of a draft that it will not be filled in, and why.

    Refused (ValuesInTheWay) while it has values, unless `drop_values`: then they go, and the history keeps them. What
    was submitted stays so (CaptureNotDone). Raises Stale when somebody saved it meanwhile.
    """
    capture, trial_status = held_capture(capture, version=version)
    require(permissions.can_change(by, capture))
    if Status.NOT_DONE not in MOVES[capture.status] or not capture.form:
        raise CaptureNotDone("Only a form that was not submitted can be marked as not done.")
    check_open(capture.trial_id, capture.study_version, status=trial_status)
    if capture.data and not drop_values:
        count = len(capture.data)
        answers = "1 answer" if count == 1 else f"{count:,} answers"
        raise ValuesInTheWay(f"This form has {answers}. Confirm that they go; the history keeps them.")
    capture.data, capture.missing_items, capture.flagged_items = {}, 0, 0
    _mark(capture, reason, by=by)
    return capture


@transaction.atomic
def restore_capture(*, capture: DataCapture, version: int | None = None, by: User) -> DataCapture:
    """Take back that a form is not done: it is an empty draft again."""
    capture, trial_status = held_capture(capture, version=version)
    require(permissions.can_change(by, capture))
    if capture.status != Status.NOT_DONE:
        raise CaptureNotDone("This form is not marked as not done.")
    check_open(capture.trial_id, status=trial_status)
    capture.status = Status.IN_PROGRESS
    capture.not_done_at, capture.not_done_by, capture.not_done_reason = None, None, ""
    save_and_tell(capture, by=by, action="captures.restored")
    return capture


def _mark(capture: DataCapture, reason: str, *, by: User) -> None:
    if is_blank(reason):
        raise Invalid({"reason": ["Say why it is not done."]})
    if len(reason) > LONGEST_REASON or CONTROL.search(reason):
        raise Invalid({"reason": [f"Write at most {LONGEST_REASON} characters of plain text."]})
    capture.status, capture.not_done_reason = Status.NOT_DONE, visible(reason)
    capture.not_done_at, capture.not_done_by = timezone.now(), by
    save_and_tell(capture, by=by, action="captures.marked_not_done", reason=capture.not_done_reason)
