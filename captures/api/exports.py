"""Exports of studies: ask for one, see how far it is, fetch its file."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from captures import services
from captures.exports import WRITERS
from captures.models import StudyExport
from captures.selectors.exports import exports_owned_by
from edc.accounts.http import user_of
from edc.base.api.endpoints import Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Flag, Input, Key, Moment, Output
from trials.selectors import trials_worked_in


class ExportInput(Input):
    """What is taken out of a trial, and in which format."""

    trial = Key()
    format = Choice(list(WRITERS))
    as_of = Moment(required=False, allow_null=True, help_text="The data as they were then.")
    identified = Flag(default=False, help_text="With items that tell who somebody is, of sites where you may know it.")
    example: ClassVar = {"trial": "01998a0f-22bb-7c3d-9d4e-5f6071829304", "format": "odm"}


class ExportOutput(Output):
    """An export: what it is to hold, how far it is, and what its file came to."""

    id = serializers.UUIDField()
    trial = serializers.UUIDField(source="trial_id")
    format = serializers.CharField()
    as_of = Moment(allow_null=True)
    identified = serializers.BooleanField()
    status = serializers.ChoiceField(StudyExport.Status.choices)
    subjects = serializers.IntegerField()
    subjects_done = serializers.IntegerField()
    rows = serializers.IntegerField()
    values = serializers.IntegerField()
    versions = serializers.ListField(child=serializers.CharField())
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    is_there = serializers.BooleanField(help_text="Whether the file can be fetched now.")
    error = serializers.CharField()
    created_at = Moment()
    finished_at = Moment(allow_null=True)
    example: ClassVar = {
        "id": "01998a11-0b6e-7d40-8a53-1f0e2d3c4b5a",
        "trial": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "format": "odm",
        "as_of": None,
        "identified": False,
        "status": "DONE",
        "subjects": 306,
        "subjects_done": 306,
        "rows": 4120,
        "values": 31877,
        "versions": ["Pilot study (version 1)"],
        "size": 4182044,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "is_there": True,
        "error": "",
        "created_at": "2026-06-02T09:30:00.000000Z",
        "finished_at": "2026-06-02T09:30:41.000000Z",
    }


class Exports(ListEndpoint):
    """List your exports, newest first, and ask for another."""

    input = ExportInput
    output = ExportOutput
    creates = True
    versioned = False

    def rows(self, request: Request, **_kwargs: Any) -> QuerySet[Any]:
        return exports_owned_by(user_of(request))

    def post(self, request: Request) -> Response:
        """Let a study be written in the background. Refused (409) for who has several under way."""
        user, taken = user_of(request), self.taken()
        trial = self.among(trials_worked_in(user), taken.pop("trial"), member="trial")
        to = taken.pop("format")
        return self.created(services.ask_for_export(trial=trial, to=to, by=user, key=self.key(), **taken))


class Export(RowEndpoint):
    """One of your exports."""

    output = ExportOutput
    versioned = False

    def row(self, request: Request, pk: UUID) -> StudyExport:  # type: ignore[override]
        return get_object_or_404(exports_owned_by(user_of(request)), pk=pk)


class ExportFile(Endpoint):
    """The file of one of your exports."""

    gives_file = True

    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Fetch the file, while you may take data out. Refused (409) once it was removed."""
        user = user_of(request)
        export = get_object_or_404(exports_owned_by(user), pk=pk)
        file = services.open_export(export=export, by=user)
        writer = WRITERS[export.format]
        return FileResponse(
            file, as_attachment=True, filename=f"{export.pk}.{writer.suffix}", content_type=writer.media_type
        )
