"""Data queries: list, raise, answer, ask again, close and take back."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from captures import selectors, services
from captures.models import DataQuery, DataQueryEntry
from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Day, Input, Key, Moment, Output, Text
from edc.base.api.paging import Filter

LONGEST_TEXT = 2_000
EXAMPLE: dict[str, Any] = {
    "id": "01998a19-1b2c-7d3e-8f40-51627384a5b6",
    "capture": "01998a18-6e7f-7081-92a3-b4c5d6e7f809",
    "subject": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7",
    "subject_number": "701-1015",
    "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
    "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
    "visit": "SCREENING",
    "form": "VS",
    "place": "SYSBP",
    "source": "SITE_MONITOR",
    "check": "",
    "state": "ANSWERED",
    "resolution": "CONFIRMED",
    "message": "The source says 113.",
    "value": "131",
    "last_value": None,
    "due_date": "2026-06-16",
    "previous": None,
    "opened_by": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
    "opener_role": "MONITOR",
    "opened_at": "2026-06-09T08:12:00.000000Z",
    "version": 2,
    "created_at": "2026-06-09T08:12:00.000000Z",
    "updated_at": "2026-06-10T07:03:12.345678Z",
}


class AnyValue(serializers.JSONField):
    """A value of a form, as captures hold it."""


class QueryOutput(Output):
    """A question about a value of a form, or (`place` empty) about the whole of it."""

    id = serializers.UUIDField()
    capture = serializers.UUIDField(source="capture_id")
    subject = serializers.UUIDField(source="subject_id")
    subject_number = serializers.CharField(source="subject.number")
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id")
    visit = serializers.CharField(source="capture.visit")
    form = serializers.CharField(source="capture.form")
    place = serializers.CharField(help_text="The item, as `data` of the capture names it.")
    source = serializers.ChoiceField(DataQuery.Source.choices)  # type: ignore[assignment]
    check = serializers.CharField(source="check_oid", help_text="The edit check that asks; empty for ranges.")
    state = serializers.ChoiceField(DataQuery.State.choices)
    resolution = serializers.ChoiceField([("", "None yet"), *DataQuery.Resolution.choices])
    message = serializers.CharField()
    value = AnyValue(help_text="What stood there when it was asked.")
    last_value = AnyValue(help_text="What stood there when it ended.")
    due_date = Day(allow_null=True)
    previous = serializers.UUIDField(source="previous_id", allow_null=True, help_text="The query that came before it.")
    opened_by = serializers.UUIDField(source="opened_by_id", allow_null=True)
    opener_role = serializers.CharField()
    opened_at = Moment(allow_null=True)
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = EXAMPLE


class QueryEntryOutput(Output):
    """What was done about a query."""

    kind = serializers.ChoiceField(DataQueryEntry.Kind.choices)
    text = serializers.CharField()
    resolution = serializers.ChoiceField([("", "None"), *DataQuery.Resolution.choices])
    value = AnyValue(help_text="What stood there then.")
    capture_version = serializers.IntegerField()
    author = serializers.UUIDField(source="author_id")
    author_role = serializers.CharField()
    created_at = Moment()


class QueryThreadOutput(QueryOutput):
    """A query with its thread, the oldest entry first."""

    thread = QueryEntryOutput(many=True, source="entries")
    example: ClassVar = EXAMPLE | {
        "thread": [
            {
                "kind": "ANSWERED",
                "text": "Measured twice, the second value counts.",
                "resolution": "CONFIRMED",
                "value": "131",
                "capture_version": 1,
                "author": "01998a0f-22bb-7c3d-9d4e-5f6071829305",
                "author_role": "COORDINATOR",
                "created_at": "2026-06-10T07:03:12.345678Z",
            }
        ]
    }


class QueryInput(Input):
    """A question about a capture: about the value at `place`, or without it about the whole form."""

    capture = Key()
    place = Text(max_length=200, allow_blank=True, default="")
    message = Text(max_length=LONGEST_TEXT)
    due_date = Day(required=False, allow_null=True)
    previous = Key(required=False, help_text="An ended query of the same place that is asked anew.")
    example: ClassVar = {
        "capture": "01998a18-6e7f-7081-92a3-b4c5d6e7f809",
        "place": "SYSBP",
        "message": "The source says 113.",
        "due_date": "2026-06-16",
    }


class QueryAnswerInput(Input):
    """The site's answer; the value changes only where the form is corrected."""

    text = Text(max_length=LONGEST_TEXT)
    resolution = Choice(DataQuery.Resolution.choices, default=DataQuery.Resolution.CONFIRMED)
    example: ClassVar = {"text": "Measured twice, the second value counts.", "resolution": "CONFIRMED"}


class QueryTextInput(Input):
    """What to say."""

    text = Text(max_length=LONGEST_TEXT)
    example: ClassVar = {"text": "Which of the two measurements is this?"}


class QueryCloseInput(Input):
    """A remark, and the resolution where it is another than that of the answer."""

    text = Text(max_length=LONGEST_TEXT, allow_blank=True, default="")
    resolution = Choice(DataQuery.Resolution.choices, required=False)
    example: ClassVar = {"text": "", "resolution": "CONFIRMED"}


class ShowsQueries(Endpoint):
    """Shows data queries, without the values that are not for this person."""

    output = QueryOutput

    def shown_all(self, rows: list[Any]) -> Iterable[Any]:
        return super().shown_all(selectors.queries_as_seen(user_of(self.request), rows))

    def shown(self, row: Any) -> Any:
        return next(iter(self.shown_all([row])))


class Queries(ShowsQueries, ListEndpoint):
    """List the data queries of the sites whose data one may see, newest first."""

    input = QueryInput
    output = QueryOutput
    versioned = True
    creates = True
    orderings = ("-created_at", "created_at", "-updated_at", "updated_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
        "subject": Filter("subject", Key(), "Of this subject."),
        "capture": Filter("capture", Key(), "About this capture."),
        "form": Filter("capture__form", Text(max_length=40), "About this form."),
        "state": Filter("state__in", Choice(DataQuery.State.choices), "One or more, with commas.", many=True),
        "source": Filter("source__in", Choice(DataQuery.Source.choices), "One or more, with commas.", many=True),
        "opened_before": Filter("opened_at__lt", Moment(), "Asked before then."),
        "changed_since": Filter("updated_at__gte", Moment(), "Changed then or later."),
    }

    def rows(self, request: Request) -> QuerySet[DataQuery]:  # type: ignore[override]
        return selectors.queries_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Ask the site about a capture, also a finalised one."""
        user, taken = user_of(request), self.taken()
        capture = self.among(selectors.captures_at_work(user), taken.pop("capture"), member="capture")
        if "previous" in taken:
            taken["previous"] = self.among(self.rows(request), taken["previous"], member="previous")
        made = services.raise_query(capture=capture, **taken, by=user, key=self.key())
        return self.created(made)


class Query(ShowsQueries, RowEndpoint):
    """Show a data query with its thread."""

    output = QueryThreadOutput

    def row(self, request: Request, pk: UUID) -> DataQuery:  # type: ignore[override]
        return get_object_or_404(selectors.with_threads(selectors.queries_visible_to(user_of(request))), pk=pk)


class QueryAct(ShowsQueries, ActionEndpoint):
    """An act on a data query."""

    output = QueryOutput

    def asked(self, request: Request, pk: UUID) -> dict[str, Any]:
        """Return what every act takes: the query, the version that was read, and who acts."""
        user = user_of(request)
        row = get_object_or_404(selectors.queries_visible_to(user), pk=pk)
        return {"query": row, "version": self.seen_version(), "by": user}


class QueryAnswer(QueryAct):
    """Answer a data query."""

    input = QueryAnswerInput

    def post(self, request: Request, pk: UUID) -> Response:
        """Answer an open query for the site."""
        return self.answer(services.answer_query(**self.asked(request, pk), **self.taken()))


class QueryRequery(QueryAct):
    """Ask again."""

    input = QueryTextInput

    def post(self, request: Request, pk: UUID) -> Response:
        """Ask again where the answer does not do."""
        return self.answer(services.requery(**self.asked(request, pk), **self.taken()))


class QueryClose(QueryAct):
    """Close a data query."""

    input = QueryCloseInput

    def post(self, request: Request, pk: UUID) -> Response:
        """Close an answered query; without a resolution that of the answer stands."""
        return self.answer(services.close_query(**self.asked(request, pk), **self.taken()))


class QueryCancel(QueryAct):
    """Take a data query back."""

    input = QueryTextInput

    def post(self, request: Request, pk: UUID) -> Response:
        """Take back a query that nobody has answered, with the reason."""
        return self.answer(services.cancel_query(**self.asked(request, pk), **self.taken()))
