"""What a study version touches of what was entered, and moving it there and back."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from captures import permissions, selectors, services
from captures.models import CaptureMove as CaptureMoveRow
from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Input, Key, Moment, Output, ReasonInput, Text
from edc.base.api.paging import Filter
from edc.base.api.problems import WrongParameter
from edc.base.errors import require
from trials.selectors import sites_visible_to, study_versions_visible_to

SITE, OLD, NEW = (
    "01998a11-0c52-7d0e-8f1a-33b0a4b1c2d3",
    "01998a12-3a0c-7f5b-a6c0-8e9d7c6b5a49",
    "01998a12-4b1d-7a6c-b7d1-9f0e8d7c6b5a",
)


class FormImpactOutput(Output):
    """A form that was entered in the older version."""

    form = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(allow_null=True, help_text="The gravest: REMOVED, MEANING, RULES, ADDED, TEXT, null.")
    items = serializers.DictField(child=serializers.CharField(), help_text="What becomes of each item that differs.")
    by_status = serializers.DictField(child=serializers.IntegerField(), help_text="Captures by status.")
    stays = serializers.IntegerField(help_text="Captures whose visit does not have the form any more.")


class ImpactOutput(Output):
    """What a version touches of what a site entered in an older one."""

    forms = FormImpactOutput(many=True)
    example: ClassVar = {
        "forms": [
            {
                "form": "VS",
                "name": "Vital signs",
                "kind": "MEANING",
                "items": {"WEIGHT": "MEANING"},
                "by_status": {"SUBMITTED": 12, "FINALISED": 30},
                "stays": 0,
            }
        ]
    }


class StudyVersionImpact(Endpoint):
    """What a study version touches of what was entered in an older one."""

    output = ImpactOutput
    parameters = ("site", "from")

    def get(self, request: Request, pk: UUID) -> Response:
        """Show, form by form, what the version touches of what a `site` entered in version `from` (ids)."""
        user = user_of(request)
        versions = study_versions_visible_to(user)
        new = get_object_or_404(versions, pk=pk)
        sites = sites_visible_to(user).filter(trial=new.trial_id)
        site = next((row for row in sites if str(row.pk) == request.query_params.get("site")), None)
        if site is None:
            raise WrongParameter("site", "Name a site of the trial.")
        require(permissions.can_move_captures(user, site))
        others = versions.filter(trial=new.trial_id).exclude(pk=new.pk)
        old = next((row for row in others if str(row.pk) == request.query_params.get("from")), None)
        if old is None:
            raise WrongParameter("from", "Name another version of the trial.")
        return Response(self.shown({"forms": [_shown(one) for one in selectors.impact_at(site, old, new)]}))


def _shown(one: selectors.FormImpact) -> dict[str, object]:
    items = {
        f"{part.group}.{part.oid}" if part.group else part.oid: part.kind
        for part in one.differences
        if part.thing == "Item"
    }
    return {**vars(one), "items": items}


class CaptureMoveInput(Input):
    """Which captures of a site go from which version to which."""

    site = Key()
    from_version = Key()
    to_version = Key(help_text="The version in force at the site.")
    finalised = Choice(CaptureMoveRow.Finalised.choices, default=CaptureMoveRow.Finalised.LEAVE)
    reason = Text(max_length=500)
    example: ClassVar = {"site": SITE, "from_version": OLD, "to_version": NEW, "reason": "Amendment 2"}


class CaptureMoveOutput(Output):
    """Captures of a site that went from one study version to another together."""

    id = serializers.UUIDField()
    trial = serializers.UUIDField(source="trial_id")
    site = serializers.UUIDField(source="site_id")
    from_version = serializers.UUIDField(source="from_version_id")
    to_version = serializers.UUIDField(source="to_version_id")
    finalised = serializers.CharField(help_text="LEAVE or REOPEN: what became of finalised ones that it touches.")
    state = serializers.CharField(help_text="DONE or UNDONE.")
    reason = serializers.CharField()
    moved = serializers.IntegerField()
    reopened = serializers.IntegerField()
    left_behind = serializers.IntegerField()
    values_set_aside = serializers.IntegerField()
    moved_by = serializers.UUIDField(source="moved_by_id")
    undone_at = Moment(allow_null=True)
    undone_by = serializers.UUIDField(source="undone_by_id", allow_null=True)
    version = serializers.IntegerField()
    created_at = Moment()
    example: ClassVar = {
        "id": "01998a40-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "site": SITE,
        "from_version": OLD,
        "to_version": NEW,
        "finalised": "LEAVE",
        "state": "DONE",
        "reason": "Amendment 2",
        "moved": 412,
        "reopened": 0,
        "left_behind": 30,
        "values_set_aside": 55,
        "moved_by": "01998a0f-11aa-7b2c-8c3d-4e5f60718293",
        "undone_at": None,
        "undone_by": None,
        "version": 1,
        "created_at": "2026-11-20T09:00:00.000000Z",
    }


class CaptureMoves(ListEndpoint):
    """List the moves of captures between study versions."""

    input = CaptureMoveInput
    output = CaptureMoveOutput
    versioned = True
    creates = True
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "In this trial."),
        "site": Filter("site", Key(), "At this site."),
    }

    def rows(self, request: Request) -> QuerySet[CaptureMoveRow]:  # type: ignore[override]
        return selectors.moves_visible_to(user_of(request))

    def post(self, request: Request) -> Response:
        """Move the captures that a site has in one version to the version in force there, in one step.

        Values without a place there are set aside, and come back when it is undone. Refused (409) where none can go.
        """
        user, taken = user_of(request), self.taken()
        site = self.among(sites_visible_to(user), taken.pop("site"), member="site")
        versions = study_versions_visible_to(user).filter(trial=site.trial_id)
        old, new = (self.among(versions, taken.pop(name), member=name) for name in ("from_version", "to_version"))
        made = services.move_captures(site=site, from_version=old, to_version=new, **taken, by=user, key=self.key())
        return self.created(made)


class CaptureMove(RowEndpoint):
    """Show a move of captures."""

    output = CaptureMoveOutput

    def row(self, request: Request, pk: UUID) -> CaptureMoveRow:  # type: ignore[override]
        return get_object_or_404(selectors.moves_visible_to(user_of(request)), pk=pk)


class CaptureMoveUndo(ActionEndpoint):
    """Undo a move of captures."""

    input = ReasonInput
    output = CaptureMoveOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Bring the captures of a move back to the version they came from, with every value that was set aside.

        Refused (409) once some of them were moved on.
        """
        user = user_of(request)
        move = get_object_or_404(selectors.moves_visible_to(user), pk=pk)
        version, reason = self.seen_version(), self.taken()["reason"]
        return self.answer(services.undo_move(move=move, reason=reason, version=version, by=user))
