"""Captures: mark a form as not done and take it back; remarks beside its fields."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from captures import selectors, services
from captures.api.captures import CaptureOutput, ShowsValues
from captures.models import DataCapture, FieldComment
from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, ListEndpoint
from edc.base.api.fields import Flag, Input, Moment, Output, Text
from edc.base.api.paging import Filter

LONGEST_COMMENT = 2000


class NotDoneInput(Input):
    """Why a form will not be filled in."""

    reason = Text(max_length=500)
    drop_values = Flag(default=False, help_text="Take the values of the draft away; the history keeps them.")
    example: ClassVar = {"reason": "Visit did not take place"}


class CaptureNotDone(ShowsValues, ActionEndpoint):
    """Mark a draft as not done."""

    input = NotDoneInput
    output = CaptureOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Say of a draft that it will not be filled in, and why.

        Refused (409) while it has values, unless `drop_values`, and once it was submitted. A form that nobody has begun
        is marked by creating it with `not_done`.
        """
        user = user_of(request)
        capture = get_object_or_404(selectors.captures_visible_to(user), pk=pk)
        version = self.seen_version()
        return self.answer(services.mark_not_done(capture=capture, version=version, **self.taken(), by=user))


class CaptureRestore(ShowsValues, ActionEndpoint):
    """Take back that a form is not done."""

    output = CaptureOutput

    def post(self, request: Request, pk: UUID) -> Response:
        """Take back that a form is not done: it is an empty draft again."""
        user = user_of(request)
        capture = get_object_or_404(selectors.captures_visible_to(user), pk=pk)
        return self.answer(services.restore_capture(capture=capture, version=self.seen_version(), by=user))


class CommentInput(Input):
    """A remark beside a field."""

    place = Text(max_length=200, help_text="An item, or GROUP[row].ITEM in a table.")
    text = Text(max_length=LONGEST_COMMENT)
    example: ClassVar = {"place": "SYSBP", "text": "Measured after a short rest"}


class CommentOutput(Output):
    """A remark of the site's staff beside a field of a form."""

    id = serializers.UUIDField()
    capture = serializers.UUIDField(source="capture_id")
    place = serializers.CharField()
    text = serializers.CharField()
    author = serializers.UUIDField(source="author_id")
    author_name = serializers.CharField(source="author.shown_as")
    created_at = Moment()
    example: ClassVar = {
        "id": "01998a19-6e7f-7081-92a3-b4c5d6e7f809",
        "capture": "01998a18-6e7f-7081-92a3-b4c5d6e7f809",
        "place": "SYSBP",
        "text": "Measured after a short rest",
        "author": "01998a0f-22bb-7c3d-9d4e-5f6071829304",
        "author_name": "Ines Ortega",
        "created_at": "2026-06-02T09:45:00.000000Z",
    }


class CaptureComments(ListEndpoint):
    """List the remarks beside the fields of a form, newest first."""

    input = CommentInput
    output = CommentOutput
    creates = True
    orderings = ("-created_at", "created_at")
    filters: ClassVar = {"place": Filter("place", Text(max_length=200), "Beside this field.")}

    def rows(self, request: Request, pk: UUID) -> QuerySet[FieldComment, FieldComment]:  # type: ignore[override]
        return selectors.comments_on(self._capture(request, pk))

    def post(self, request: Request, pk: UUID) -> Response:
        """Put a remark beside a field of a form, whatever state the form is in. It stays as it is."""
        capture, taken = self._capture(request, pk), self.taken()
        made: Any = services.comment_on_field(capture=capture, **taken, by=user_of(request), key=self.key())
        return self.answer(made, status=201)

    def _capture(self, request: Request, pk: UUID) -> DataCapture:
        return get_object_or_404(selectors.captures_at_work(user_of(request)), pk=pk)
