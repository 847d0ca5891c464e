"""Create, save, submit, finalise and re-open captures; take the subjects grid out of the portal."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import services as audit
from audit.services import locked, once
from captures import permissions
from captures.models import DataCapture
from captures.selectors.grid import columns_of, rows_of
from captures.selectors.schedule import OPEN_TRIALS
from captures.validators import CONTROL, Checked, check_values
from edc.accounts.models import User
from edc.base import live
from edc.base.actor import Origin, origin
from edc.base.errors import Invalid, Refused, require
from edc.base.spreadsheets import MARK, lines_of
from patients.models import Subject
from trials.definition import Form, Visit
from trials.models import ClinicalTrial, Site
from trials.roles import Right
from trials.selectors import site_ids_with
from trials.services import held_trial_status

Status = DataCapture.Status
MOVES: dict[str, frozenset[str]] = {
    Status.IN_PROGRESS: frozenset({Status.SUBMITTED}),
    Status.SUBMITTED: frozenset({Status.FINALISED}),
    Status.FINALISED: frozenset({Status.SUBMITTED}),
}
LONGEST_VALUE = 10_000
# How far the clock of who observed may be ahead of ours.
CLOCKS_DIFFER = timedelta(hours=1)
EARLIEST_YEAR = 1900
MOST_REPEATS = 999


class TrialNotOpen(Refused): ...


class CaptureExists(Refused): ...


class CaptureFinalised(Refused): ...


class CaptureNotSubmitted(Refused): ...


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
    by: User,
    key: str = "",
) -> DataCapture:
    """Fill in a form for a subject, as a draft or (`submit`) for good.

    Values of the wrong shape and values outside a hard range are refused (Invalid, by item); values outside a soft
    range are stored and counted. One capture per subject, visit, form and repeat.
    """
    visit_definition, form_definition = _place(subject, visit, form, visit_repeat, form_repeat)

    def make() -> DataCapture:
        _check_observed(timestamp)
        _check_open(subject.trial_id)
        capture = DataCapture(
            study_version_id=subject.study_version_id,
            visit=visit_definition.oid,
            visit_repeat=visit_repeat,
            form=form_definition.oid,
            form_repeat=form_repeat,
            **_common(subject, timestamp, by),
        )
        _fill(capture, _checked(form_definition, values))
        if submit:
            _submit(capture, by=by)
        _save(capture, by=by, action="captures.submitted" if submit else "captures.created")
        return capture

    asked = [subject.pk, visit, visit_repeat, form, form_repeat, dict(values), timestamp, submit]
    allow = partial(_allow_entry, by, subject, form_definition)
    return once(DataCapture, make, allow=allow, by=by, key=key, action="captures.created", asked=asked)


def create_plain_capture(
    *, subject: Subject, data_value: str, timestamp: datetime | None = None, by: User, key: str = ""
) -> DataCapture:
    """Store a value without a form, as clients of the data dictionary send it; it counts as submitted."""

    def make() -> DataCapture:
        _check_plain(data_value)
        _check_observed(timestamp)
        _check_open(subject.trial_id)
        capture = DataCapture(data_value=data_value, **_common(subject, timestamp, by))
        _submit(capture, by=by)
        _save(capture, by=by, action="captures.submitted")
        return capture

    asked = [subject.pk, data_value, timestamp]
    allow = partial(_allow_entry, by, subject, None)
    return once(DataCapture, make, allow=allow, by=by, key=key, action="captures.created", asked=asked)


@transaction.atomic
def save_capture(
    *,
    capture: DataCapture,
    values: Mapping[str, Any] | None = None,
    data_value: str | None = None,
    timestamp: datetime | None = None,
    reason: str = "",
    version: int,
    submit: bool = False,
    by: User,
) -> DataCapture:
    """Replace the values of a capture that is not finalised; once it was submitted, a change needs its reason.

    Raises Stale when somebody saved it after `version` was read.
    """
    capture = locked(capture, version=version)
    require(permissions.can_change(by, capture))
    if capture.status == Status.FINALISED:
        raise CaptureFinalised("This form is finalised. An investigator can open it again.")
    _check_open(capture.trial_id)
    before = (capture.data, capture.data_value, capture.timestamp)
    if timestamp is not None and timestamp != capture.timestamp:
        _check_observed(timestamp)
        capture.timestamp = timestamp
    form = capture.form_definition
    if form is not None and values is not None:
        _fill(capture, _checked(form, values))
    elif form is None and data_value is not None:
        _check_plain(data_value)
        capture.data_value = data_value
    changed = before != (capture.data, capture.data_value, capture.timestamp)
    if changed and capture.submitted_at and not reason.strip():
        raise Invalid({"reason": ["This form was submitted: say why you change it."]})
    submitting = submit and capture.status == Status.IN_PROGRESS
    if submitting:
        _submit(capture, by=by)
    if changed or submitting:
        _save(capture, by=by, action="captures.submitted" if submitting else "captures.saved", reason=reason)
    return capture


@transaction.atomic
def finalise_capture(*, capture: DataCapture, version: int | None = None, by: User) -> DataCapture:
    """Close a submitted capture as the investigator; nothing in it changes until it is opened again."""
    capture = locked(capture, version=version)
    require(permissions.can_finalise(by, capture))
    if capture.status == Status.FINALISED:
        raise CaptureFinalised("This form is finalised already.")
    if Status.FINALISED not in MOVES[capture.status]:
        raise CaptureNotSubmitted("Submit this form before it is finalised.")
    _check_open(capture.trial_id)
    capture.status, capture.finalised_at, capture.finalised_by = Status.FINALISED, timezone.now(), by
    _save(capture, by=by, action="captures.finalised")
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
    _check_open(capture.trial_id)
    capture.status, capture.finalised_at, capture.finalised_by = Status.SUBMITTED, None, None
    _save(capture, by=by, action="captures.reopened", reason=reason)
    return capture


def _allow_entry(by: User, subject: Subject, form: Form | None) -> None:
    require(permissions.can_enter(by, subject, form))


def _place(subject: Subject, visit: str, form: str, visit_repeat: int, form_repeat: int) -> tuple[Visit, Form]:
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


def _common(subject: Subject, timestamp: datetime | None, by: User) -> dict[str, Any]:
    return {
        "subject": subject,
        "patient_id": subject.patient_id,
        "trial_id": subject.trial_id,
        "site_id": subject.site_id,
        "timestamp": timestamp or timezone.now(),
        "entered_by": by,
    }


def _checked(form: Form, values: Mapping[str, Any]) -> Checked:
    checked = check_values(form, values)
    if checked.errors:
        raise Invalid(checked.errors)
    return checked


def _check_plain(data_value: str) -> None:
    if not data_value.strip():
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


def _check_open(trial_id: Any) -> None:
    if held_trial_status(trial_id) not in OPEN_TRIALS:
        raise TrialNotOpen("The trial is not open for data entry.")


def _fill(capture: DataCapture, checked: Checked) -> None:
    capture.data = checked.values
    capture.missing_items, capture.flagged_items = len(checked.missing), len(checked.prompts)


def _submit(capture: DataCapture, *, by: User) -> None:
    capture.status, capture.submitted_at, capture.submitted_by = Status.SUBMITTED, timezone.now(), by


def _save(capture: DataCapture, *, by: User, action: str, reason: str = "") -> None:
    try:
        audit.save(capture, by=by, action=action, reason=reason)
    except IntegrityError as error:
        if "one_capture_per_form_and_visit" in str(error):
            raise CaptureExists("This form was filled in for the visit already. Open it to change it.") from None
        raise
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


def export_grid(
    *, trial: ClinicalTrial, site: Site | None, subjects: QuerySet[Subject], filters: Mapping[str, str], by: User
) -> Iterator[bytes]:
    """Return the grid of these subjects of the trial, or of its one site, as a CSV file, piece by piece.

    It holds the sites where this person may export. An event with the filters, the number of rows and the file's
    SHA-256 is recorded when the last piece was taken, and also when the download stopped early.
    """
    require(permissions.can_export(by, trial), "Your role does not allow taking data out of the portal.")
    own = subjects.filter(site__in=site_ids_with(by, Right.EXPORT_DATA))
    scope = {"trial_id": trial.pk, "site_id": site.pk if site else None}
    return _recorded(_pages(trial, own, by), scope=scope, filters=filters, by=by, source=origin.get())


def _recorded(
    pages: Iterator[tuple[int, bytes]], *, scope: dict[str, Any], filters: Mapping[str, str], by: User, source: Origin
) -> Iterator[bytes]:
    digest, count, action = hashlib.sha256(), 0, "captures.export_stopped"
    try:
        for rows, piece in pages:
            digest.update(piece)
            count += rows
            yield piece
        action = "captures.exported"
    finally:
        metadata = {"format": "csv", "filters": dict(filters), "rows": count, "sha256": digest.hexdigest()}
        token = origin.set(source)
        try:
            audit.record(by=by, action=action, entity_type="Subject", metadata=metadata, **scope)
        finally:
            origin.reset(token)


def _pages(trial: ClinicalTrial, subjects: QuerySet[Subject], by: User) -> Iterator[tuple[int, bytes]]:
    """Yield the number of rows and the text of each page; a right that ends, ends the download."""
    now, columns = timezone.now(), columns_of(subjects)
    yield 0, MARK + lines_of([["Subject", "Site", "Status", *(visit.name for visit in columns)]])
    after = ""
    while rows := rows_of(subjects, columns, after=after, now=now):
        require(permissions.can_export(by, trial), "Your right to take data out has ended.")
        lines = [[row.subject.number, row.subject.site.code, row.subject.get_disposition_display()] for row in rows]
        for line, row in zip(lines, rows, strict=True):
            line += [cell.words for cell in row.cells]
        yield len(rows), lines_of(lines)
        after = rows[-1].subject.number
