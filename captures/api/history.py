"""Every version of a capture, and what changed from one to the next."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request

from captures import selectors
from captures.api.captures import Values
from captures.models import DataCapture
from edc.accounts.http import user_of
from edc.base.api.endpoints import ListEndpoint
from edc.base.api.fields import Moment, Output


class ChangeOutput(Output):
    """One field before and after."""

    field = serializers.CharField(help_text="An item of the form, or a member of the capture.")
    old_value = serializers.CharField(allow_null=True)
    new_value = serializers.CharField(allow_null=True)


class CaptureVersionOutput(Output):
    """One version of a capture: what it said, who made it, when, why, and what changed."""

    version = serializers.IntegerField()
    status = serializers.ChoiceField(DataCapture.Status.choices)
    data = Values()  # type: ignore[assignment]
    hidden = serializers.ListField(
        child=serializers.CharField(), help_text="Items whose values are not for this person."
    )
    data_value = serializers.CharField()
    timestamp = Moment()
    action = serializers.CharField(help_text="Such as captures.saved.")
    actor = serializers.UUIDField(allow_null=True)
    actor_name = serializers.CharField()
    actor_role = serializers.CharField(help_text="The role in which they acted.")
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="Through which door: page, api, import …"
    )
    reason = serializers.CharField()
    changed_at = Moment()
    changes = ChangeOutput(many=True)
    example: ClassVar = {
        "version": 2,
        "status": "SUBMITTED",
        "data": {"SYSBP": "113", "DIABP": "78", "POS": "SUPINE"},
        "hidden": [],
        "data_value": "",
        "timestamp": "2026-06-02T09:30:00.000000Z",
        "action": "captures.saved",
        "actor": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "actor_name": "Cora Coordinator",
        "actor_role": "COORDINATOR",
        "source": "api",
        "reason": "Digits were swapped",
        "changed_at": "2026-06-02T10:02:03.456789Z",
        "changes": [{"field": "SYSBP", "old_value": "131", "new_value": "113"}],
    }


class CaptureHistory(ListEndpoint):
    """List every version of a capture, newest first, field by field."""

    output = CaptureVersionOutput
    orderings = ("-version", "version")

    def rows(self, request: Request, pk: UUID) -> QuerySet[Any]:  # type: ignore[override]
        capture = get_object_or_404(selectors.captures_visible_to(user_of(request)), pk=pk)
        return selectors.version_rows_of(capture)

    def shown_all(self, rows: list[Any]) -> Iterable[Any]:
        return super().shown_all(selectors.with_events(user_of(self.request), rows))
