"""How endpoints are described: summary and text from their docstrings, the rest from what they declare."""

import inspect
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from edc.base.api.endpoints import Endpoint, ListEndpoint
from edc.base.api.paging import LARGEST_PAGE, PAGE
from edc.base.api.problems import MEDIA_TYPE, Problem

PROBLEMS = {
    400: "The body, a parameter or a header is wrong; `errors` says where.",
    401: "Nobody is signed in, or the token has ended.",
    403: "What you may see but not do.",
    404: "There is nothing at this address, or nothing that you may see.",
    409: "A rule of the trial stands against it.",
    412: "Somebody changed it since you read it: read it again.",
    413: "The body is too large.",
    415: "The body is not `application/json`, or what else the address takes.",
    422: "This Idempotency-Key was used before, for something else.",
    428: "The change names no version: send If-Match.",
    429: "Too many failed tries: wait.",
}
WRITES = {"POST", "PUT", "PATCH"}
TAG_HEADER = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, description="The version that is shown.", response=[200, 201, 304]
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description='The ETag of the version that you change, such as `"3"`.',
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag that you know: the answer is 304 when nothing changed.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Your own name for this act, of at most 200 characters. For 24 hours the same key with the same body "
    "is done once, and answers with what was made.",
)


class Schema(AutoSchema):
    """Describes an `Endpoint`; other views are described as drf-spectacular does."""

    view: Any

    def get_description(self) -> str:  # type: ignore[override]
        return self._said().partition("\n")[2].strip()

    def get_summary(self) -> str:
        return self._said().partition("\n")[0].rstrip(".")

    def get_operation_id(self) -> str:
        words = [word.replace("-", "_") for word in self._tokenize_path()]
        verbs = {"GET": ["get"], "PUT": ["replace"], "PATCH": ["change"], "DELETE": ["end"]}
        if isinstance(self.view, ListEndpoint):
            verbs |= {"GET": ["list"], "POST": ["create"]}
        return "_".join([*words, *verbs.get(self.method, [])])

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return type(serializer).__name__.removesuffix("Output")

    def get_override_parameters(self) -> list[Any]:
        view = self.view
        if not isinstance(view, Endpoint):
            return []
        lists = isinstance(view, ListEndpoint) and self.method == "GET"
        parameters = [TAG_HEADER] if view.versioned and not lists else []
        if view.versioned and self.method == "GET" and not lists:
            parameters.append(IF_NONE_MATCH)
        if self._names_version():
            parameters.append(IF_MATCH)
        if view.creates and self.method == "POST":
            parameters.append(IDEMPOTENCY_KEY)
        if isinstance(view, ListEndpoint) and lists:
            parameters += _list_parameters(view)
        return parameters

    def get_request_serializer(self) -> Any:
        return getattr(self.view, "input", None) if self.method in WRITES else None

    def get_response_serializers(self) -> Any:
        view = self.view
        if not isinstance(view, Endpoint):
            return super().get_response_serializers()
        responses: dict[Any, Any] = {}
        if self.method == "DELETE":
            responses[204] = OpenApiResponse(description="Done.")
        elif view.gives_file:
            responses[200, "application/octet-stream"] = OpenApiResponse(OpenApiTypes.BINARY, "The file.")
        elif isinstance(view, ListEndpoint) and self.method == "GET":
            responses[200] = OpenApiResponse(
                _page(view.output), "One page of the list.", examples=self._shown_examples()
            )
        else:
            status = (201 if view.creates else view.post_status) if self.method == "POST" else 200
            responses[status] = OpenApiResponse(
                view.output, "Done." if self.method in WRITES else "As it is now.", examples=self._shown_examples()
            )
        if view.versioned and self.method == "GET" and not isinstance(view, ListEndpoint):
            responses[304] = OpenApiResponse(description="As you know it.")
        for status in self._problems():
            responses[status, MEDIA_TYPE] = OpenApiResponse(Problem, PROBLEMS[status])
        return responses

    def get_examples(self) -> list[OpenApiExample]:
        example = getattr(self.view, "input", None) and self.view.input.example
        return [OpenApiExample("Example", value=example, request_only=True)] if example else []

    def _shown_examples(self) -> list[OpenApiExample]:
        output = self.view.output
        example = output.example if output else None
        if not example:
            return []
        if isinstance(self.view, ListEndpoint) and self.method == "GET":
            example = {"next": None, "previous": None, "results": [example]}
        return [OpenApiExample("Example", value=example, response_only=True)]

    def _names_version(self) -> bool:
        return bool(self.view.versioned and self.method in WRITES and not self.view.creates)

    def _problems(self) -> list[int]:
        view = self.view
        found = {400, 401, 403}
        if "{" in self.path:
            found.add(404)
        if self.method in WRITES:
            found |= {409, 413, 415}
            found |= {422} if view.creates else set()
            found |= {412, 428} if self._names_version() else set()
        return sorted(found | set(view.more_problems))

    def _said(self) -> str:
        """Return the docstring of the method, or else of the view."""
        own = vars(type(self.view)).get(self.method.lower())
        return inspect.getdoc(own) or inspect.getdoc(type(self.view)) or ""


def _list_parameters(view: ListEndpoint) -> list[OpenApiParameter]:
    limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}
    parameters = [
        OpenApiParameter("limit", limit, description="How many rows a page has."),
        OpenApiParameter("cursor", str, description="Where the page begins: take it from `next` or `previous`."),
        OpenApiParameter(
            "ordering", str, enum=list(view.orderings), default=view.orderings[0], description="A minus turns it round."
        ),
    ]
    for name, known in view.filters.items():
        shape = _simple(known.shape)
        if known.many:
            shape = {"type": "array", "items": shape, "minItems": 1}
        explode = False if known.many else None
        parameters.append(OpenApiParameter(name, shape, description=known.description, explode=explode))
    return parameters


def _simple(shape: Any) -> Any:
    """Return the JSON Schema of a filter's value."""
    formats = {serializers.UUIDField: "uuid", serializers.DateTimeField: "date-time", serializers.DateField: "date"}
    for kind, name in formats.items():
        if isinstance(shape, kind):
            return {"type": "string", "format": name}
    if isinstance(shape, serializers.ChoiceField):
        return {"type": "string", "enum": list(shape.choices)}
    if isinstance(shape, serializers.BooleanField):
        return {"type": "string", "enum": ["true", "false"]}
    return {"type": "string", "minLength": 1, "maxLength": getattr(shape, "max_length", None) or 200}


@cache
def _page(output: Any) -> Any:
    return inline_serializer(
        f"{output.__name__.removesuffix('Output')}Page",
        {
            "next": serializers.URLField(allow_null=True, help_text="The address of the next page."),
            "previous": serializers.URLField(allow_null=True, help_text="The address of the page before."),
            "results": output(many=True),
        },
    )
