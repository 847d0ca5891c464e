"""Files as values of forms: hand one in, fetch one."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from captures import selectors, services
from captures.api.captures import CaptureOutput, ShowsValues
from captures.permissions import can_change
from edc.accounts.http import user_of
from edc.base.api.endpoints import ActionEndpoint, Endpoint
from edc.base.api.fields import Input, Text
from edc.base.errors import require
from edc.base.http import download


class FileInput(Input):
    """A file for a field that takes one, as `multipart/form-data`."""

    place = Text(max_length=200, help_text="An item, or GROUP[row].ITEM in a table.")
    content = serializers.FileField(max_length=200, help_text="PDF, PNG, JPEG or plain text, by its content.")
    reason = Text(max_length=500, allow_blank=True, default="", help_text="Needed once the form was submitted.")


class CaptureFiles(ShowsValues, ActionEndpoint):
    """Hand in a file for a field of a form."""

    input = FileInput
    output = CaptureOutput
    parser_classes = (MultiPartParser,)

    def post(self, request: Request, pk: UUID) -> Response:
        """Store a file as the value of a field that takes one, in the place of another.

        Its value is then `{"file": …, "name": …}`; null takes it away again. What a file is shows its content, not its
        name; other kinds, too large files and what the virus scanner finds are refused.
        """
        user = user_of(request)
        capture = get_object_or_404(selectors.captures_visible_to(user), pk=pk)
        require(can_change(user, capture))
        version, taken = self.seen_version(), self.taken()
        content: Any = taken.pop("content")
        saved = services.attach_file(
            capture=capture, content=content, name=content.name, **taken, version=version, by=user
        )
        return self.answer(saved)


class CaptureFile(Endpoint):
    """A file of a form."""

    gives_file = True

    def get(self, request: Request, pk: UUID) -> HttpResponseBase:
        """Fetch a file of a form that you may see, also of an earlier version of it; each time is on record."""
        user = user_of(request)
        file = selectors.file_seen_by(user, pk)
        if file is None:
            raise Http404
        return download(services.fetch_file(file=file, by=user), name=file.name, media_type=file.media_type)
