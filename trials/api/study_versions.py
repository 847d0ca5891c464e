"""Study versions: the documents that say which visits, forms and items a trial has."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Input, Key, Moment, Output, Text
from edc.base.api.paging import Filter
from trials import selectors, services
from trials.models import StudyVersion as StudyVersionRow

DOCUMENT = {
    "schema": "edc-study/1",
    "name": "Pilot",
    "arms": [],
    "code_lists": [],
    "items": [],
    "forms": [],
    "visits": [],
}


@extend_schema_field({"type": "object", "additionalProperties": True})
class Document(serializers.JSONField):
    """A study version document; the service checks what is in it."""

    default_error_messages: ClassVar = {"object": "This must be an object."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("object")
        return data


class StudyVersionChange(Input):
    """The document of a version in draft."""

    document = Document()
    example: ClassVar = {"document": DOCUMENT}


class StudyVersionInput(StudyVersionChange):
    """A new version of a trial's study."""

    trial = Key()
    example: ClassVar = {"trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42", "document": DOCUMENT}


class StudyVersionSummaryOutput(Output):
    """One version of a trial's study, without its document."""

    id = serializers.UUIDField()
    trial = serializers.UUIDField(source="trial_id")
    number = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(StudyVersionRow.Status.choices)
    digest = serializers.CharField(help_text="SHA-256 of the document.")
    written_by = serializers.UUIDField(source="written_by_id")
    published_at = Moment(allow_null=True)
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    example: ClassVar = {
        "id": "01998a12-4b1d-7a6c-b7d1-9f0e8d7c6b5a",
        "trial": "01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42",
        "number": 1,
        "name": "Pilot",
        "status": "PUBLISHED",
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "written_by": "01998a0f-11aa-7b2c-8c3d-4e5f60718293",
        "published_at": "2026-01-10T12:00:00.000000Z",
        "version": 4,
        "created_at": "2026-01-06T08:00:00.000000Z",
        "updated_at": "2026-01-10T12:00:00.000000Z",
    }


class StudyVersionOutput(StudyVersionSummaryOutput):
    """One version of a trial's study."""

    document = Document()
    example: ClassVar = StudyVersionSummaryOutput.example | {"document": DOCUMENT}


class StudyVersions(ListEndpoint):
    """List study versions, without their documents.

    Those who build or approve the study see every version, everybody else those that were in use.
    """

    input = StudyVersionInput
    output = StudyVersionSummaryOutput
    versioned = True
    creates = True
    orderings = ("-number", "number", "-created_at", "created_at")
    filters: ClassVar = {
        "trial": Filter("trial", Key(), "Versions of this trial."),
        "status": Filter(
            "status__in", Choice(StudyVersionRow.Status.choices), "One or more states, with commas.", many=True
        ),
    }

    def rows(self, request: Request) -> QuerySet[StudyVersionRow]:  # type: ignore[override]
        return selectors.study_versions_visible_to(user_of(request)).defer("document")

    def post(self, request: Request) -> Response:
        """Write the next version of a trial's study, in draft.

        A document that is not sound is refused with the path of its first fault.
        """
        user, taken = user_of(request), self.taken()
        trial = self.among(selectors.trials_visible_to(user), taken["trial"], member="trial")
        made = services.create_study_version(trial=trial, document=taken["document"], by=user, key=self.key())
        return self.created(made)


class StudyVersion(RowEndpoint):
    """Show a study version with its document."""

    input = StudyVersionChange
    output = StudyVersionOutput

    def row(self, request: Request, pk: UUID) -> StudyVersionRow:  # type: ignore[override]
        return get_object_or_404(selectors.study_versions_visible_to(user_of(request)), pk=pk)

    def put(self, request: Request, pk: UUID) -> Response:
        """Replace the document of a draft.

        Refused (409) once the version is in review.
        """
        study_version = self.row(request, pk=pk)
        version, document = self.seen_version(), self.taken()["document"]
        changed = services.change_study_version(
            study_version=study_version, document=document, version=version, by=user_of(request)
        )
        return self.answer(changed)


class StudyMoveInput(Input):
    """The next state, and why."""

    to = Choice(StudyVersionRow.Status.choices)
    reason = Text(max_length=500)
    example: ClassVar = {"to": "IN_REVIEW", "reason": "Ready to be read"}


class StudyVersionMove(ActionEndpoint):
    """Move a study version through its life."""

    input = StudyMoveInput
    output = StudyVersionOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Move a study version through its life.

        An investigator who did not build it approves it; publishing supersedes the version in force.
        """
        user = user_of(request)
        study_version = get_object_or_404(selectors.study_versions_visible_to(user), pk=pk)
        version = self.seen_version()
        moved = services.move_study_version(study_version=study_version, **self.taken(), version=version, by=user)
        return self.answer(moved)
