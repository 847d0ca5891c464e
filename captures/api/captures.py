"""Captures: create, change, finalise and re-open them."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from captures import selectors, services
from captures.models import DataCapture
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.api.endpoints import ActionEndpoint, Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Flag, Input, Key, Moment, Output, ReasonInput, Text, Whole
from edc.base.api.paging import Filter, ListRequest, Page, Place
from edc.base.errors import Invalid
from patients.models import Subject
from patients.selectors import subjects_visible_to

LONGEST_VALUE = 10_000
MOST_REPEATS = 999
VALUE = {
    "oneOf": [
        {"type": "string"},
        {"type": "integer"},
        {"type": "array", "items": {"type": "string"}},
        {
            "type": "object",
            "properties": {"missing": {"type": "string"}, "reason": {"type": "string"}},
            "required": ["missing"],
            "additionalProperties": False,
            "description": "Why there is no value: a missing-data code of the study version.",
        },
        {
            "type": "object",
            "properties": {"value": {"type": "string"}, "unit": {"type": "string"}},
            "required": ["value", "unit"],
            "additionalProperties": False,
            "description": "A number in another than the item's standard unit.",
        },
        {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "uuid"}, "name": {"type": "string"}},
            "required": ["file", "name"],
            "additionalProperties": False,
            "description": "A file: handed in and fetched at addresses of its own, and here as it is stored.",
        },
        {"type": "null"},
    ]
}


@extend_schema_field({"type": "object", "additionalProperties": VALUE})
class Values(serializers.JSONField):
    """Item OIDs with their values; the service checks each against its item."""

    default_error_messages: ClassVar = {"object": "This must be an object."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("object")
        return data


class CaptureInput(Input):
    """A form filled in (`visit`, `form`, `data`), or a plain value (`data_value`), for a subject.

    The subject is named by `subject`, or by `patient` and `trial`.
    """

    subject = Key(required=False)
    patient = Key(required=False)
    trial = Key(required=False)
    visit = Text(max_length=40, required=False)
    visit_repeat = Whole(min_value=1, max_value=MOST_REPEATS, required=False)
    form = Text(max_length=40, required=False)
    form_repeat = Whole(min_value=1, max_value=MOST_REPEATS, required=False)
    data = Values(  # type: ignore[assignment]
        required=False, help_text="Decimals as text, dates as full or partial ISO 8601, choices as codes."
    )
    data_value = Text(max_length=LONGEST_VALUE, required=False, trim_whitespace=False)
    timestamp = Moment(required=False, help_text="When it was observed; now if left out.")
    submit = Flag(required=False, help_text="Submit the form, rather than keep it as a draft.")
    not_done = Text(
        max_length=500, required=False, help_text="Why the form will not be filled in; without data and submit."
    )
    example: ClassVar = {
        "subject": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7",
        "visit": "SCREENING",
        "form": "VS",
        "data": {"SYSBP": "131", "DIABP": "78", "POS": "SUPINE"},
        "timestamp": "2026-06-02T11:30:00+02:00",
        "submit": True,
    }


class CaptureChange(Input):
    """What changes: of `data`, the items that it names; null or empty text takes a value away."""

    data = Values(required=False)  # type: ignore[assignment]
    data_value = Text(max_length=LONGEST_VALUE, required=False, trim_whitespace=False)
    timestamp = Moment(required=False)
    submit = Flag(default=False)
    reason = Text(max_length=500, allow_blank=True, default="", help_text="Needed once the form was submitted.")
    example: ClassVar = {"data": {"SYSBP": "113", "DIABP": "78", "POS": "SUPINE"}, "reason": "Digits were swapped"}


class CaptureOutput(Output):
    """A form filled in for a subject, or a plain value."""

    id = serializers.UUIDField()
    subject = serializers.UUIDField(source="subject_id")
    subject_number = serializers.CharField(source="subject.number")
    patient = serializers.UUIDField(source="patient_id")
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id")
    study_version = serializers.UUIDField(source="study_version_id", allow_null=True)
    visit = serializers.CharField()
    visit_repeat = serializers.IntegerField()
    form = serializers.CharField()
    form_repeat = serializers.IntegerField()
    data = Values()  # type: ignore[assignment]
    hidden = serializers.ListField(
        child=serializers.CharField(), help_text="Items whose values are not for this person; `data` is without them."
    )
    data_value = serializers.CharField()
    timestamp = Moment()
    status = serializers.ChoiceField(DataCapture.Status.choices)
    missing_items = serializers.IntegerField(help_text="Required items without a value.")
    flagged_items = serializers.IntegerField(help_text="Values outside what is expected.")
    entered_by = serializers.UUIDField(source="entered_by_id")
    submitted_at = Moment(allow_null=True)
    submitted_by = serializers.UUIDField(source="submitted_by_id", allow_null=True)
    finalised_at = Moment(allow_null=True)
    finalised_by = serializers.UUIDField(source="finalised_by_id", allow_null=True)
    not_done_at = Moment(allow_null=True)
    not_done_by = serializers.UUIDField(source="not_done_by_id", allow_null=True)
    not_done_reason = serializers.CharField(help_text="Why it will not be filled in; empty for all other forms.")
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = {
        "id": "01998a18-6e7f-7081-92a3-b4c5d6e7f809",
        "subject": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7",
        "subject_number": "701-1015",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "study_version": "01998a12-4b1d-7a6c-b7d1-9f0e8d7c6b5a",
        "visit": "SCREENING",
        "visit_repeat": 1,
        "form": "VS",
        "form_repeat": 1,
        "data": {"SYSBP": "131", "DIABP": "78", "POS": "SUPINE"},
        "hidden": [],
        "data_value": "",
        "timestamp": "2026-06-02T09:30:00.000000Z",
        "status": "SUBMITTED",
        "missing_items": 0,
        "flagged_items": 0,
        "entered_by": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "submitted_at": "2026-06-02T09:41:12.345678Z",
        "submitted_by": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "finalised_at": None,
        "finalised_by": None,
        "not_done_at": None,
        "not_done_by": None,
        "not_done_reason": "",
        "version": 1,
        "created_at": "2026-06-02T09:41:12.345678Z",
        "updated_at": "2026-06-02T09:41:12.345678Z",
    }


class ShowsValues(Endpoint):
    """Shows captures, without the values that are not for this person."""

    output = CaptureOutput

    def shown_all(self, rows: list[Any]) -> Iterable[Any]:
        return super().shown_all(selectors.as_seen(user_of(self.request), rows))

    def shown(self, row: Any) -> Any:
        return next(iter(self.shown_all([row])))


class TakesValues(ShowsValues):
    """Takes the values of a form: what the service says of an item is said of its member of `data`."""

    def pointer(self, member: str) -> str:
        own = self.input().fields if self.input else {}
        return super().pointer(member) if member in own else f"/data{super().pointer(member)}"


class Captures(TakesValues, ListEndpoint):
    """List the captures of the sites whose data one may see, or one's own, newest first."""

    input = CaptureInput
    output = CaptureOutput
    versioned = True
    creates = True
    orderings = ("-timestamp", "timestamp", "-created_at", "created_at", "-updated_at", "updated_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
        "subject": Filter("subject", Key(), "Of this subject."),
        "patient": Filter("patient", Key(), "Of this patient."),
        "visit": Filter("visit", Text(max_length=40), "At this visit."),
        "form": Filter("form", Text(max_length=40), "Of this form."),
        "status": Filter("status__in", Choice(DataCapture.Status.choices), "One or more, with commas.", many=True),
        "entered_by": Filter("entered_by", Key(), "Entered by this person."),
        "from": Filter("timestamp__gte", Moment(), "Observed then or later."),
        "until": Filter("timestamp__lt", Moment(), "Observed before then."),
        "changed_since": Filter("updated_at__gte", Moment(), "Changed then or later."),
    }

    def rows(self, request: Request) -> QuerySet[DataCapture]:  # type: ignore[override]
        return selectors.captures_visible_to(user_of(request))

    def ready(self, request: Request, asked: ListRequest) -> tuple[str, Page] | None:  # type: ignore[override]
        if asked.filters or asked.ordering != self.orderings[0] or (asked.place and asked.place.back):
            return None
        behind = asked.place.values if asked.place else None
        text, first, last = selectors.newest_captures_as_json(user_of(request), behind=behind, limit=asked.limit)
        page = Page([], next=Place(asked.ordering, last) if last else None)
        if behind and first:
            page.previous = Place(asked.ordering, first, back=True)
        return text, page

    def post(self, request: Request) -> Response:
        """Fill in a form for a subject, or store a plain value.

        Values of the wrong shape and values that cannot be are refused; values outside what is expected are stored
        and counted. Refused (409) when the form was filled in for the visit already.
        """
        user, taken = user_of(request), self.taken()
        subject = self._subject(user, taken)
        if "data_value" in taken:
            _refuse_both(taken)
            made = services.create_plain_capture(
                subject=subject,
                data_value=taken["data_value"],
                timestamp=taken.get("timestamp"),
                by=user,
                key=self.key(),
            )
            return self.created(made)
        if "not_done" in taken:
            _refuse_values(taken)
            reason = taken.pop("not_done")
            made = services.record_not_done(subject=subject, reason=reason, **taken, by=user, key=self.key())
            return self.created(made)
        for name in ("visit", "form", "data"):
            if name not in taken:
                raise Invalid({name: ["A form needs its visit, its form and its data; a plain value is data_value."]})
        values = taken.pop("data")
        made = services.create_capture(subject=subject, values=values, **taken, by=user, key=self.key())
        return self.created(made)

    def _subject(self, user: User, taken: dict[str, Any]) -> Subject:
        """Return the subject that the body names."""
        named = {name: taken.pop(name) for name in ("subject", "patient", "trial") if name in taken}
        if named.keys() not in ({"subject"}, {"patient", "trial"}):
            raise Invalid({"subject": ["Name the subject, or the patient and the trial."]})
        if "subject" in named:
            return self.among(subjects_visible_to(user), named["subject"], member="subject")
        subjects = subjects_visible_to(user).filter(trial=named["trial"])
        return self.among(subjects, named["patient"], member="patient", by="patient")


def _refuse_values(taken: dict[str, Any]) -> None:
    """Raise Invalid where a form that is not done comes with values, or without its place."""
    for name in taken.keys() & {"data", "submit", "timestamp"}:
        raise Invalid({name: ["A form that is not done has no values."]})
    for name in {"visit", "form"} - taken.keys():
        raise Invalid({name: ["Say which form is not done: its visit and its form."]})


def _refuse_both(taken: dict[str, Any]) -> None:
    """Raise Invalid where a plain value comes with members of a form."""
    for name in taken.keys() - {"data_value", "timestamp", "submit"}:
        raise Invalid({name: ["A plain value has no form."]})


class Capture(TakesValues, RowEndpoint):
    """Show a capture."""

    input = CaptureChange
    output = CaptureOutput

    def row(self, request: Request, pk: UUID) -> DataCapture:  # type: ignore[override]
        return get_object_or_404(selectors.captures_visible_to(user_of(request)), pk=pk)

    def patch(self, request: Request, pk: UUID) -> Response:
        """Change a capture that is not finalised.

        Once it was submitted, a change needs its reason.
        """
        capture = self.row(request, pk=pk)
        version, taken = self.seen_version(), self.taken()
        _refuse_other_kind(capture, taken)
        saved = services.save_capture(
            capture=capture, values=taken.pop("data", None), merge=True, **taken, version=version, by=user_of(request)
        )
        return self.answer(saved)


def _refuse_other_kind(capture: DataCapture, taken: dict[str, Any]) -> None:
    """Raise Invalid for values of a form where there is none, and the other way round."""
    wrong = "data_value" if capture.form else "data"
    if wrong in taken:
        raise Invalid({wrong: ["This capture is a form." if capture.form else "This capture is a plain value."]})


class FinaliseInput(Input):
    """Whether required items may stay empty."""

    accept_missing = Flag(
        default=False, help_text="Finalise though required items have no value; the trail names them."
    )
    example: ClassVar = {"accept_missing": False}


class CaptureFinalise(ShowsValues, ActionEndpoint):
    """Finalise a capture."""

    input = FinaliseInput
    output = CaptureOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Close a submitted capture as the investigator.

        Nothing in it changes until it is opened again. Refused (409) while required items have no value, unless
        `accept_missing`.
        """
        user = user_of(request)
        capture = get_object_or_404(selectors.captures_visible_to(user), pk=pk)
        version = self.seen_version()
        finalised = services.finalise_capture(capture=capture, version=version, **self.taken(), by=user)
        return self.answer(finalised)


class CaptureReopen(ShowsValues, ActionEndpoint):
    """Open a finalised capture for correction."""

    input = ReasonInput
    output = CaptureOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Open a finalised capture for correction, with the reason."""
        user = user_of(request)
        capture = get_object_or_404(selectors.captures_visible_to(user), pk=pk)
        version, reason = self.seen_version(), self.taken()["reason"]
        return self.answer(services.reopen_capture(capture=capture, reason=reason, version=version, by=user))
