"""The audit trail."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request

from audit import selectors
from audit.models import AuditLog
from edc.accounts.http import user_of
from edc.base.api.endpoints import Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Key, Moment, Output, Text
from edc.base.api.paging import Filter, Place, read_request


class AuditEventOutput(Output):
    """One event of the trail: a changed field, an act, or a read."""

    id = serializers.UUIDField()
    created_at = Moment()
    actor = serializers.UUIDField(source="actor_id", allow_null=True, help_text="Null for the portal itself.")
    actor_name = serializers.CharField(source="who", help_text="What they were called then.")
    actor_role = serializers.CharField(help_text="The role in which they acted, as it was then.")
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="Through which door: page, api, admin, import …"
    )
    request_id = serializers.CharField()
    action = serializers.CharField(help_text="Such as captures.saved.")
    entity_type = serializers.CharField()
    entity_id = serializers.UUIDField(allow_null=True)
    entity_version = serializers.IntegerField(allow_null=True)
    trial = serializers.UUIDField(source="trial_id", allow_null=True)
    site = serializers.UUIDField(source="site_id", allow_null=True)
    patient = serializers.UUIDField(source="patient_id", allow_null=True)
    subject = serializers.UUIDField(source="subject_id", allow_null=True)
    summary = serializers.CharField(source="__str__")
    field = serializers.CharField()
    values_visible = serializers.BooleanField(help_text="Whether one may see the values, or only that it happened.")
    old_value = serializers.CharField(allow_null=True)
    new_value = serializers.CharField(allow_null=True)
    metadata = serializers.DictField(allow_null=True)
    reason = serializers.CharField()
    stream = serializers.UUIDField(help_text="The chain: the row, or for acts without one the person.")
    sequence = serializers.IntegerField()
    previous_hash = serializers.CharField()
    hash = serializers.CharField(help_text="SHA-256 of the previous hash and the event's canonical text.")
    example: ClassVar = {
        "id": "01998a1c-a2b3-74c5-96d7-f8091a2b3c4d",
        "created_at": "2026-06-02T10:02:03.456789Z",
        "actor": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "actor_name": "Cora Coordinator",
        "actor_role": "COORDINATOR",
        "source": "api",
        "request_id": "01998a1c-a2b0-7d11-8e21-0102030405aa",
        "action": "captures.saved",
        "entity_type": "DataCapture",
        "entity_id": "01998a18-6e7f-7081-92a3-b4c5d6e7f809",
        "entity_version": 2,
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "subject": "01998a16-4c5d-7e6f-8091-a2b3c4d5e6f7",
        "summary": "captures.saved DataCapture SYSBP",
        "field": "SYSBP",
        "values_visible": True,
        "old_value": "131",
        "new_value": "113",
        "metadata": {},
        "reason": "Digits were swapped",
        "stream": "01998a18-6e7f-7081-92a3-b4c5d6e7f809",
        "sequence": 5,
        "previous_hash": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
        "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }

    def to_representation(self, instance: AuditLog) -> Any:
        hidden = instance.pk in self.context["hidden"]
        instance.values_visible = not hidden  # type: ignore[attr-defined]
        if hidden:
            instance.old_value, instance.new_value, instance.metadata = None, None, None
        instance.hash, instance.previous_hash = _hex(instance.hash), _hex(instance.previous_hash)
        return super().to_representation(instance)


def _hex(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).hex()


class ShowsEvents(Endpoint):
    """Shows events, without the values that are not for this person."""

    output = AuditEventOutput

    def shown_all(self, rows: list[AuditLog]) -> Iterable[Any]:
        hidden = selectors.hidden_from(user_of(self.request), rows)
        return AuditEventOutput(rows, many=True, context={"hidden": hidden}).data

    def shown(self, row: AuditLog) -> Any:
        return next(iter(self.shown_all([row])))


class AuditEvents(ShowsEvents, ListEndpoint):
    """List the events of the trail that one may read, newest first.

    A filter that few events meet may give a short page, or an empty one, with a `next` from which the search goes on.
    """

    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
        "patient": Filter("patients", Key(), "About this patient."),
        "actor": Filter("people", Key(), "By this person."),
        "actor_role": Filter("role", Text(max_length=30), "In this role."),
        "entity_type": Filter("entity_type", Text(max_length=60), "About this kind of thing."),
        "entity_id": Filter("entity_id", Key(), "About this one."),
        "action": Filter("action", Text(max_length=80), "Exactly this action."),
        "field": Filter("field", Text(max_length=100), "Of this field."),
        "source": Filter("source", Text(max_length=30), "Through this door."),
        "reason": Filter("reason", Text(max_length=200), "With this in the reason."),
        "since": Filter("since", Moment(), "Then or later."),
        "until": Filter("until", Moment(), "Before then."),
    }

    def get(self, request: Request) -> HttpResponse:  # type: ignore[override]
        asked = read_request(request, filters=self.filters, orderings=self.orderings)
        wanted = asked.filters
        for name in {"patients", "people"} & wanted.keys():
            wanted[name] = [wanted[name]]
        before = None
        if asked.place:
            moment, key = asked.place.values
            before = selectors.Place(datetime.fromisoformat(moment), UUID(key))
        found = selectors.page_of_events(user_of(request), selectors.Asked(**wanted), before=before, limit=asked.limit)
        older = found.older
        following = Place(asked.ordering, [older.at.isoformat(), str(older.id)]) if older else None
        return self.page(request, list(self.shown_all(found.events)), following=following, previous=None)


class AuditEvent(ShowsEvents, RowEndpoint):
    """Show an event of the trail."""

    versioned = False

    def row(self, request: Request, pk: UUID) -> AuditLog:  # type: ignore[override]
        return get_object_or_404(selectors.events_visible_to(user_of(request)), pk=pk)
