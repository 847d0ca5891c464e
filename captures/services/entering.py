"""Create, save and submit captures."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.services import once
from captures import permissions
from captures.models import DataCapture
from captures.selectors import checked_values, has_come, is_past_the_end, newly_failed
from captures.services.checks import follow_checks, wait_for_subject
from captures.services.writing import (
    CaptureFinalised,
    CaptureNotDone,
    Status,
    check_open,
    held_capture,
    save_and_tell,
)
from captures.validators import CONTROL, Checked
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import is_blank
from patients.models import Subject
from trials.definition import FilledBy, Form, Visit

LONGEST_VALUE = 10_000
# How far the clock of who observed may be ahead of ours.
CLOCKS_DIFFER = timedelta(hours=1)
EARLIEST_YEAR = 1900
MOST_REPEATS = 999


class AnswersLeftOver(Refused):
    """A form was to be submitted with answers that are no longer asked for."""


class VisitNotOpen(Refused):
    """A participant's form before its days, or a planned visit after the subject's time in the trial."""


def create_capture(
    *,
    subject: Subject,
    visit: str,
    form: str,
    visit_repeat: int = 1,
    form_repeat: int = 1,
    values: Mapping[str, Any],
    timestamp: datetime | None = None,
    submit: bool = False,
    drop_hidden: bool = False,
    by: User,
    key: str = "",
) -> DataCapture:
    """Fill in a form for a subject, as a draft or (`submit`) for good.

    Values of the wrong shape and outside a hard range are refused (Invalid, by place); what a soft range or check finds
    is stored and counted. While a hard check fails (Invalid), or answers are there that are no longer asked for
    (AnswersLeftOver, unless `drop_hidden`), nothing is submitted. None at visits that are not open (VisitNotOpen).
    """
    _, form_definition = place_of_form(subject, visit, form, visit_repeat, form_repeat)
    where = {"visit": visit, "visit_repeat": visit_repeat, "form": form, "form_repeat": form_repeat}

    def make() -> DataCapture:
        _check_observed(timestamp)
        check_open(subject.trial_id, subject.study_version)
        wait_for_subject(subject.pk, subject.study_version)
        capture = DataCapture(study_version=subject.study_version, **where, **common_fields(subject, timestamp, by))
        _check_days(capture)
        check_end(capture)
        checked = _fill(capture, values)
        if submit:
            _check_complete(capture, checked, drop_hidden=drop_hidden)
            _submit(capture, by=by)
        _save(capture, checked, before={}, action="captures.submitted" if submit else "captures.created", by=by)
        return capture

    asked = [subject.pk, visit, visit_repeat, form, form_repeat, dict(values), timestamp, submit, drop_hidden]
    allow = partial(allow_entry, by, subject, form_definition)
    return once(DataCapture, make, allow=allow, by=by, key=key, action="captures.created", asked=asked)


def create_plain_capture(
    *, subject: Subject, data_value: str, timestamp: datetime | None = None, by: User, key: str = ""
) -> DataCapture:
    """Store a value without a form, as clients of the data dictionary send it; it counts as submitted."""

    def make() -> DataCapture:
        _check_plain(data_value)
        _check_observed(timestamp)
        check_open(subject.trial_id)
        capture = DataCapture(data_value=data_value, **common_fields(subject, timestamp, by))
        _submit(capture, by=by)
        save_and_tell(capture, by=by, action="captures.submitted")
        return capture

    asked = [subject.pk, data_value, timestamp]
    allow = partial(allow_entry, by, subject, None)
    return once(DataCapture, make, allow=allow, by=by, key=key, action="captures.created", asked=asked)


@transaction.atomic
def save_capture(
    *,
    capture: DataCapture,
    values: Mapping[str, Any] | None = None,
    merge: bool = False,
    data_value: str | None = None,
    timestamp: datetime | None = None,
    reason: str = "",
    version: int,
    submit: bool = False,
    drop_hidden: bool = False,
    by: User,
) -> DataCapture:
    """Replace the values of a capture that is not finalised; once it was submitted, a change needs its reason.

    With `merge`, what is not named stays; an empty value takes one away. What `create_capture` refuses at submission is
    refused from then on, unless it failed by the same values before. Raises Stale when somebody saved it meanwhile.
    """
    wait_for_subject(capture.subject_id, capture.study_version)
    capture, trial_status = held_capture(capture, version=version)
    require(permissions.can_change(by, capture))
    _check_fillable(capture, trial_status)
    before = (capture.data, capture.data_value, capture.timestamp)
    _observe(capture, timestamp)
    checked = _fill(capture, capture.data | dict(values or {}) if merge or values is None else values)
    _fill_plain(capture, data_value)
    submitting = submit and capture.status == Status.IN_PROGRESS
    if submitting or capture.submitted_at:
        _check_complete(capture, checked, before=None if submitting else before[0], drop_hidden=drop_hidden)
    changed = before != (capture.data, capture.data_value, capture.timestamp)
    if changed and capture.submitted_at and is_blank(reason):
        raise Invalid({"reason": ["This form was submitted: say why you change it."]})
    if submitting:
        _submit(capture, by=by)
    if changed or submitting:
        action = "captures.submitted" if submitting else "captures.saved"
        _save(capture, checked, before=before[0], action=action, reason=reason, by=by)
    return capture


def _fill_plain(capture: DataCapture, data_value: str | None) -> None:
    """Put a new value into a capture that has no form."""
    if not capture.form and data_value is not None:
        _check_plain(data_value)
        capture.data_value = data_value


def _save(
    capture: DataCapture, checked: Checked, *, before: Mapping[str, Any], action: str, reason: str = "", by: User
) -> None:
    """Save a capture and do what follows: the queries of its checks, and of the forms that read it."""
    save_and_tell(capture, by=by, action=action, reason=reason)
    follow_checks(capture, checked, before=before, reason=reason, by=by)


def _check_fillable(capture: DataCapture, trial_status: str) -> None:
    if capture.status == Status.FINALISED:
        raise CaptureFinalised("This form is finalised. An investigator can open it again.")
    if capture.status == Status.NOT_DONE:
        raise CaptureNotDone("This form is marked as not done. Take that back before you fill it in.")
    check_open(capture.trial_id, capture.study_version, status=trial_status)


def _observe(capture: DataCapture, timestamp: datetime | None) -> None:
    """Move the capture to when it was observed, if that is said anew."""
    if timestamp is not None and timestamp != capture.timestamp:
        _check_observed(timestamp)
        capture.timestamp = timestamp
        check_end(capture)
    _check_days(capture)


def allow_entry(by: User, subject: Subject, form: Form | None) -> None:
    """Raise Denied for who may not enter the form for the subject."""
    require(permissions.can_enter(by, subject, form))


def place_of_form(subject: Subject, visit: str, form: str, visit_repeat: int, form_repeat: int) -> tuple[Visit, Form]:
    """Return visit and form as the subject's study version defines them."""
    known = subject.study_version.definition.visits_by_oid.get(visit)
    if known is None:
        raise Invalid({"visit": ["The study version has no such visit."]})
    chosen = known.form(form)
    if chosen is None:
        raise Invalid({"form": ["This visit has no such form."]})
    if visit_repeat < 1 or visit_repeat > (MOST_REPEATS if known.repeating else 1):
        raise Invalid({"visit_repeat": ["This visit does not repeat so often."]})
    if form_repeat < 1 or form_repeat > (MOST_REPEATS if chosen.repeating else 1):
        raise Invalid({"form_repeat": ["This form does not repeat so often."]})
    return known, chosen


def _check_days(capture: DataCapture) -> None:
    """Refuse a participant's form before the days of its visit."""
    visit, form, subject = capture.visit_definition, capture.form_definition, capture.subject
    if visit is None or form is None or form.filled_by != FilledBy.PARTICIPANT:
        return
    if not has_come(visit, subject, subject.site.day_of(timezone.now())):
        raise VisitNotOpen("It is too early for this form: its days have not come yet.")


def check_end(capture: DataCapture) -> None:
    """Refuse a planned visit after the day on which the subject failed screening, left or died."""
    visit, subject = capture.visit_definition, capture.subject
    if visit is not None and is_past_the_end(visit, subject, subject.site.day_of(capture.timestamp)):
        state, day = subject.get_disposition_display().lower(), subject.disposition_date
        words = f"{subject.number} is {state} since {day:%d %b %Y}. No visit is expected after that day."
        raise VisitNotOpen(words)


def common_fields(subject: Subject, timestamp: datetime | None, by: User) -> dict[str, Any]:
    """Return whose capture it is, where, when and by whom."""
    return {
        "subject": subject,
        "patient_id": subject.patient_id,
        "trial_id": subject.trial_id,
        "site_id": subject.site_id,
        "timestamp": timestamp or timezone.now(),
        "entered_by": by,
    }


def _check_plain(data_value: str) -> None:
    if is_blank(data_value):
        raise Invalid({"data_value": ["Give a value."]})
    if len(data_value) > LONGEST_VALUE or CONTROL.search(data_value):
        raise Invalid({"data_value": [f"Give at most {LONGEST_VALUE:,} characters of plain text."]})


def _check_observed(timestamp: datetime | None) -> None:
    if timestamp is None:
        return
    if timestamp > timezone.now() + CLOCKS_DIFFER:
        raise Invalid({"timestamp": ["This is in the future."]})
    if timestamp.year < EARLIEST_YEAR:
        raise Invalid({"timestamp": ["Check the year."]})


def _fill(capture: DataCapture, values: Mapping[str, Any]) -> Checked:
    """Put these values into the capture, with what its form calculates from them; return what they come to."""
    checked = checked_values(capture, values)
    if checked.errors:
        raise Invalid(checked.errors)
    capture.data = checked.values
    capture.missing_items, capture.flagged_items = len(checked.missing), len(checked.prompts)
    return checked


def _submit(capture: DataCapture, *, by: User) -> None:
    capture.status, capture.submitted_at, capture.submitted_by = Status.SUBMITTED, timezone.now(), by


def _check_complete(
    capture: DataCapture, checked: Checked, *, before: Mapping[str, Any] | None = None, drop_hidden: bool
) -> None:
    """Refuse to let a form stand with failed hard checks, or with answers that are no longer asked for.

    With the values `before` that it was submitted with, what failed by them already is let be.
    """
    failed = checked.hard if before is None else newly_failed(capture, checked, before=before)
    if failed:
        raise Invalid(failed)
    if checked.left_over and not drop_hidden:
        raise AnswersLeftOver(
            "Some answers are no longer asked for: " + ", ".join(checked.left_over) + ". Confirm that they shall go."
        )
    capture.data = {place: value for place, value in capture.data.items() if place not in checked.left_over}
