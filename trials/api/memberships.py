"""Memberships: who does what in a trial, from when to when."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.accounts.selectors import staff_for_roles
from edc.accounts.validators import normal_email
from edc.base.api.endpoints import ActionEndpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Input, Key, Moment, Output, ReasonInput, Text
from edc.base.api.paging import Filter
from edc.base.errors import require
from trials import permissions, selectors, services
from trials.models import Membership as MembershipRow
from trials.roles import Role


class MembershipInput(Input):
    """Who gets which role where."""

    email = Text(max_length=254, help_text="The person's account.")
    trial = Key()
    site = Key(allow_null=True, default=None, help_text="Null for a role in the whole trial.")
    role = Choice(Role.choices)
    starts_at = Moment(allow_null=True, default=None, help_text="Null for now.")
    ends_at = Moment(allow_null=True, default=None, help_text="Null for no end.")
    reason = Text(max_length=500)
    example: ClassVar = {
        "email": "monitor@demo.example",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "role": "MONITOR",
        "reason": "Monitors this site from today",
    }


class MembershipOutput(Output):
    """One person's role in a trial."""

    id = serializers.UUIDField()
    user = serializers.UUIDField(source="user_id")
    user_name = serializers.CharField(source="user")
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id", allow_null=True)
    role = serializers.ChoiceField(Role.choices)
    starts_at = Moment()
    ends_at = Moment(allow_null=True)
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = {
        "id": "01998a13-6d7e-7f80-91a2-b3c4d5e6f708",
        "user": "01998a0f-11aa-7b2c-8c3d-4e5f60718293",
        "user_name": "Mona Monitor",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": None,
        "role": "MONITOR",
        "starts_at": "2026-01-05T08:00:00.000000Z",
        "ends_at": None,
        "version": 1,
        "created_at": "2026-01-05T08:00:00.000000Z",
        "updated_at": "2026-01-05T08:00:00.000000Z",
    }


class Memberships(ListEndpoint):
    """List memberships.

    Everybody's where one works with the trial's staff, else one's own; those that ended as well.
    """

    input = MembershipInput
    output = MembershipOutput
    versioned = True
    creates = True
    orderings = ("-starts_at", "starts_at", "-created_at", "created_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
        "user": Filter("user", Key(), "Of this person."),
        "role": Filter("role__in", Choice(Role.choices), "One or more roles, with commas.", many=True),
    }

    def rows(self, request: Request) -> QuerySet[MembershipRow]:  # type: ignore[override]
        return selectors.memberships_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Give somebody a role.

        Refused (409) where duties must stay separate, and where the person has the role already.
        """
        user, taken = user_of(request), self.taken()
        trial = self.among(selectors.trials_visible_to(user), taken.pop("trial"), member="trial")
        require(permissions.can_manage_members(user, trial))
        site = taken.pop("site")
        place = site and self.among(selectors.sites_visible_to(user), site, member="site")
        person = self.among(staff_for_roles(user), normal_email(taken.pop("email")), member="email", by="email")
        granted = services.grant_membership(user=person, trial=trial, site=place, **taken, by=user, key=self.key())
        return self.created(granted)


class Membership(RowEndpoint):
    """Show a membership."""

    output = MembershipOutput

    def row(self, request: Request, pk: UUID) -> MembershipRow:  # type: ignore[override]
        return get_object_or_404(selectors.memberships_visible_to(user_of(request)), pk=pk)


class MembershipEnd(ActionEndpoint):
    """End a membership."""

    input = ReasonInput
    output = MembershipOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """End a membership now.

        Pages, tokens and open sockets lose its rights at once.
        """
        user = user_of(request)
        membership = get_object_or_404(selectors.memberships_visible_to(user), pk=pk)
        version, reason = self.seen_version(), self.taken()["reason"]
        return self.answer(services.end_membership(membership=membership, reason=reason, version=version, by=user))
