"""Sites of trials."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.accounts.validators import validate_time_zone
from edc.base.api.endpoints import ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Input, Key, Moment, Output, Text, Whole
from edc.base.api.paging import Filter
from trials import selectors, services
from trials.models import Site as SiteRow

MOST_SUBJECTS = 1_000_000


class SiteChange(Input):
    """What changes of a site; what is left out stays."""

    name = Text(max_length=200, required=False)
    institution = Text(max_length=200, allow_blank=True, required=False)
    country = serializers.RegexField(r"^([A-Z]{2})?\Z", allow_blank=True, required=False, help_text="ISO 3166, as DE.")
    city = Text(max_length=100, allow_blank=True, required=False)
    time_zone = Text(max_length=64, validators=[validate_time_zone], required=False)
    phone = Text(max_length=40, allow_blank=True, required=False)
    planned_subjects = Whole(min_value=0, max_value=MOST_SUBJECTS, required=False)
    status = Choice(SiteRow.Status.choices, required=False)
    reason = Text(max_length=500)
    example: ClassVar = {"phone": "+49 40 555 0100", "reason": "New number"}


class SiteInput(SiteChange):
    """A new site."""

    trial = Key()
    code = Text(max_length=20)
    name = Text(max_length=200)
    status = None  # type: ignore[assignment]
    reason = None  # type: ignore[assignment]
    example: ClassVar = {
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "code": "701",
        "name": "Memory clinic",
        "country": "DE",
        "city": "Hamburg",
        "time_zone": "Europe/Berlin",
    }


class SiteOutput(Output):
    """A clinic's place in one trial."""

    id = serializers.UUIDField()
    trial = serializers.UUIDField(source="trial_id")
    code = serializers.CharField()
    name = serializers.CharField()
    institution = serializers.CharField()
    country = serializers.CharField()
    city = serializers.CharField()
    time_zone = serializers.CharField()
    phone = serializers.CharField()
    planned_subjects = serializers.IntegerField()
    status = serializers.ChoiceField(SiteRow.Status.choices)
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = {
        "id": "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "code": "701",
        "name": "Memory clinic",
        "institution": "University hospital",
        "country": "DE",
        "city": "Hamburg",
        "time_zone": "Europe/Berlin",
        "phone": "+49 40 555 0100",
        "planned_subjects": 20,
        "status": "ACTIVE",
        "version": 1,
        "created_at": "2026-01-05T08:00:00.000000Z",
        "updated_at": "2026-01-05T08:00:00.000000Z",
    }


class Sites(ListEndpoint):
    """List the sites that one works at or takes part through."""

    input = SiteInput
    output = SiteOutput
    versioned = True
    creates = True
    orderings = ("code", "-code", "-created_at", "created_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "Sites of this trial."),
        "status": Filter("status__in", Choice(SiteRow.Status.choices), "One or more states, with commas.", many=True),
        "code": Filter("code", Text(max_length=20), "Exactly this code."),
    }

    def rows(self, request: Request) -> QuerySet[SiteRow]:  # type: ignore[override]
        return selectors.sites_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Open a site in a trial.

        Refused (409) when the trial has a site with this code.
        """
        user, taken = user_of(request), self.taken()
        trial = self.among(selectors.trials_visible_to(user), taken.pop("trial"), member="trial")
        return self.created(services.create_site(trial=trial, **taken, by=user, key=self.key()))


class Site(RowEndpoint):
    """Show a site."""

    input = SiteChange
    output = SiteOutput

    def row(self, request: Request, pk: UUID) -> SiteRow:  # type: ignore[override]
        return get_object_or_404(selectors.sites_visible_to(user_of(request)), pk=pk)

    def patch(self, request: Request, pk: UUID) -> Response:
        """Change a site's address, phone, plan or status.

        Its code and its trial stay.
        """
        site = self.row(request, pk=pk)
        version, changes = self.seen_version(), self.taken()
        reason = changes.pop("reason")
        changed = services.change_site(site=site, changes=changes, reason=reason, version=version, by=user_of(request))
        return self.answer(changed)
