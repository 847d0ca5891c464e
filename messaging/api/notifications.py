"""The live feed as a list: ids and kinds of what happened, never values or names."""

from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, ListEndpoint
from edc.base.api.fields import Input, Key, Moment, Output, Text, Whole
from edc.base.api.paging import Filter
from messaging import selectors, services
from messaging.models import Notification

LAST_POSITION = 2**53


class NotificationOutput(Output):
    """Something that happened, which one may fetch."""

    id = serializers.UUIDField()
    position = serializers.IntegerField(help_text="Its place in the live feed: also the cursor of /ws/live/.")
    kind = serializers.CharField(help_text="Such as captures.finalised.")
    entity_type = serializers.CharField()
    entity_id = serializers.UUIDField()
    actor = serializers.UUIDField(source="actor_id", allow_null=True)
    trial = serializers.UUIDField(source="trial_id", allow_null=True)
    site = serializers.UUIDField(source="site_id", allow_null=True)
    patient = serializers.UUIDField(source="patient_id", allow_null=True)
    created_at = Moment()
    example: ClassVar = {
        "id": "01998a1b-91a2-73b4-85d6-e7f8091a2b3c",
        "position": 4711,
        "kind": "captures.finalised",
        "entity_type": "DataCapture",
        "entity_id": "01998a18-6e7f-7081-92a3-b4c5d6e7f809",
        "actor": "01998a0f-44dd-7e5f-8f60-718293041526",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "patient": "01998a14-2f3e-7c4d-8b5a-697887a6b5c4",
        "created_at": "2026-06-02T10:15:00.000000Z",
    }


class Notifications(ListEndpoint):
    """List what happened that one may hear of, newest first, without what one did oneself."""

    output = NotificationOutput
    orderings = ("-position", "position")
    filters: ClassVar = {
        "kind": Filter("kind", Text(max_length=60), "Of this kind."),
        "entity_type": Filter("entity_type", Text(max_length=40), "About this kind of thing."),
        "entity_id": Filter("entity_id", Key(), "About this one."),
        "trial": Filter("trial_id", Key(), "In this trial."),
        "site": Filter("site_id", Key(), "At this site."),
        "since": Filter("created_at__gte", Moment(), "Then or later."),
    }

    def rows(self, request: Request) -> QuerySet[Notification, Notification]:  # type: ignore[override]
        return selectors.notifications_visible_to(user_of(request))


class SeenInput(Input):
    """How far one has looked."""

    position = Whole(min_value=0, max_value=LAST_POSITION)
    example: ClassVar = {"position": 4711}


class SeenOutput(Output):
    """How far one has looked."""

    position = serializers.IntegerField()
    example: ClassVar = {"position": 4711}


class NotificationsSeen(ActionEndpoint):
    """Mark notifications as seen."""

    input = SeenInput
    output = SeenOutput
    versioned = False

    def post(self, request: Request) -> Response:
        """Note that one has looked at one's notifications up to a position."""
        user = user_of(request)
        services.mark_seen(position=self.taken()["position"], by=user)
        return self.answer({"position": selectors.seen_position(user)})
