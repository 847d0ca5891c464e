"""Trials and their life."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Day, Flag, Input, Moment, Output, Text, Whole
from edc.base.api.paging import Filter, ListRequest, Page, Place
from trials import selectors, services
from trials.models import ClinicalTrial

LONGEST_DESCRIPTION = 20_000
MOST_SUBJECTS = 1_000_000


EXAMPLE = {
    "title": "Xanomeline in Alzheimer's disease",
    "description": "Safety and efficacy of the transdermal system.",
    "start_date": "2026-01-12",
    "end_date": "2027-12-31",
    "planned_subjects": 300,
}


class TrialChange(Input):
    """What a trial in draft says."""

    title = Text(max_length=300)
    description = Text(max_length=LONGEST_DESCRIPTION, allow_blank=True, default="")
    start_date = Day(allow_null=True, default=None)
    end_date = Day(allow_null=True, default=None)
    planned_subjects = Whole(min_value=0, max_value=MOST_SUBJECTS, default=0)
    reason = Text(max_length=500)
    example: ClassVar = {**EXAMPLE, "reason": "The protocol was amended"}


class TrialInput(TrialChange):
    """A new trial."""

    protocol_number = Text(max_length=40)
    reason = None  # type: ignore[assignment]
    example: ClassVar = {"protocol_number": "CDISCPILOT01", **EXAMPLE}


class TrialOutput(Output):
    """A trial."""

    id = serializers.UUIDField()
    protocol_number = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(ClinicalTrial.Status.choices)
    start_date = serializers.DateField(allow_null=True)
    end_date = serializers.DateField(allow_null=True)
    planned_subjects = serializers.IntegerField()
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = {
        "id": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "protocol_number": "CDISCPILOT01",
        "title": "Xanomeline in Alzheimer's disease",
        "description": "Safety and efficacy of the transdermal system.",
        "status": "ACTIVE",
        "start_date": "2026-01-12",
        "end_date": "2027-12-31",
        "planned_subjects": 300,
        "version": 5,
        "created_at": "2026-01-05T08:00:00.000000Z",
        "updated_at": "2026-01-12T07:30:00.000000Z",
    }


class Trials(ListEndpoint):
    """List the trials that one works or takes part in."""

    input = TrialInput
    output = TrialOutput
    versioned = True
    creates = True
    orderings = ("protocol_number", "-protocol_number", "-created_at", "created_at", "-updated_at", "updated_at")
    filters: ClassVar = {
        "status": Filter(
            "status__in", Choice(ClinicalTrial.Status.choices), "One or more states, with commas.", many=True
        ),
        "protocol_number": Filter("protocol_number", Text(max_length=40), "Exactly this protocol number."),
    }

    def rows(self, request: Request) -> QuerySet[ClinicalTrial]:  # type: ignore[override]
        return selectors.trials_visible_to(user_of(request))

    def ready(self, request: Request, asked: ListRequest) -> tuple[str, Page] | None:  # type: ignore[override]
        statuses: list[str] = asked.filters.get("status__in", list(ClinicalTrial.Status))
        if asked.place or asked.ordering != self.orderings[0] or asked.filters.keys() - {"status__in"}:
            return None
        text, last = selectors.trials_as_json(user_of(request), statuses=statuses, limit=asked.limit)
        return text, Page([], next=Place(asked.ordering, last) if last else None)

    def post(self, request: Request) -> Response:
        """Write a new trial.

        It begins in draft; its writer becomes its data manager.
        """
        trial = services.create_trial(**self.taken(), by=user_of(request), key=self.key())
        return self.created(trial)


class Trial(RowEndpoint):
    """Show a trial."""

    input = TrialChange
    output = TrialOutput

    def row(self, request: Request, pk: UUID) -> ClinicalTrial:  # type: ignore[override]
        return get_object_or_404(selectors.trials_visible_to(user_of(request)), pk=pk)

    def put(self, request: Request, pk: UUID) -> Response:
        """Rewrite a trial in draft.

        Refused (409) once it is in review: send it back to draft first.
        """
        trial = self.row(request, pk=pk)
        changes: dict[str, Any] = self.taken()
        return self.answer(
            services.change_trial(trial=trial, **changes, version=self.seen_version(), by=user_of(request))
        )


class MoveInput(Input):
    """The next state, and why."""

    to = Choice(ClinicalTrial.Status.choices)
    reason = Text(max_length=500)
    example: ClassVar = {"to": "ACTIVE", "reason": "All approvals are in"}


class TrialMove(ActionEndpoint):
    """Move a trial to another state of its life."""

    input = MoveInput
    output = TrialOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Move a trial to another state of its life.

        Refused (409) where its life has no such step, or a step before it is missing.
        Approval is a decision of its own.
        """
        user = user_of(request)
        trial = get_object_or_404(selectors.trials_visible_to(user), pk=pk)
        version = self.seen_version()
        return self.answer(services.move_trial(trial=trial, **self.taken(), version=version, by=user))


class ApprovalInput(Input):
    """A decision on a trial in review."""

    approved = Flag(default=True)
    reason = Text(max_length=500)
    example: ClassVar = {"approved": True, "reason": "The protocol is sound"}


class TrialApproval(ActionEndpoint):
    """Decide on a trial in review."""

    input = ApprovalInput
    output = TrialOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Decide, as an investigator of the trial, on a trial in review.

        Approve it, or send it back to draft. Whoever wrote it cannot.
        """
        user = user_of(request)
        trial = get_object_or_404(selectors.trials_visible_to(user), pk=pk)
        version = self.seen_version()
        return self.answer(services.approve_trial(trial=trial, **self.taken(), version=version, by=user))
