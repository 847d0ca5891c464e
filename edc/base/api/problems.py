"""Errors as problems (RFC 9457): what happened in words, a code for programs, a pointer to each fault."""

import logging
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from edc.base.errors import Invalid, refusal_of

logger = logging.getLogger("django.request")

CHALLENGE = 'Bearer realm="api"'
MEDIA_TYPE = "application/problem+json"


class Fault(serializers.Serializer[Any]):
    """One thing that is wrong with a request."""

    pointer = serializers.CharField(required=False, help_text="JSON Pointer to the member of the body.")
    parameter = serializers.CharField(required=False, help_text="The query parameter.")
    header = serializers.CharField(required=False, help_text="The header.")
    code = serializers.CharField(help_text="For programs: required, invalid, unknown, max_length …")
    detail = serializers.CharField(help_text="For people.")


class Problem(serializers.Serializer[Any]):
    """Why a request was not answered (RFC 9457)."""

    type = serializers.CharField(help_text="Names the kind of problem: `urn:edc:problem:capture-finalised`.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened, in words for the person who asked.")
    instance = serializers.CharField(help_text="The address that was asked.")
    errors = Fault(many=True, required=False)  # type: ignore[assignment]


class WrongParameter(exceptions.APIException):
    """A query parameter or header that is unknown, or has a value it cannot have."""

    status_code = 400
    default_code = "wrong-parameter"

    def __init__(self, name: str, detail: str, *, code: str = "invalid", place: str = "parameter") -> None:
        super().__init__(f"{name}: {detail}")
        self.faults = [{place: name, "code": code, "detail": detail}]


class VersionNeeded(exceptions.APIException):
    """A change without the version it is made to."""

    status_code = 428
    default_code = "version-needed"
    default_detail = "Send the ETag of the version that you change as If-Match."


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Answer every failure as a problem; what is our fault is logged and says nothing of its cause."""
    view, request = context["view"], context["request"]
    if isinstance(error, Http404 | PermissionDenied):
        error = _as_api_exception(error)
    if refused := refusal_of(error):
        faults = list(_faults_of(refused, view)) if isinstance(refused, Invalid) else []
        detail = "Some of the input cannot be taken." if faults else str(refused)
        response = answer(request, refused.status, code_of(refused), detail, faults)
        if refused.status == HTTPStatus.UNAUTHORIZED:
            response["WWW-Authenticate"] = CHALLENGE
        return response
    if isinstance(error, exceptions.ValidationError):
        faults = list(_flat(error.get_full_details(), ""))
        return answer(request, 400, "invalid", "Some of the input cannot be taken.", faults)
    if isinstance(error, exceptions.APIException):
        faults = getattr(error, "faults", [])
        response = answer(request, error.status_code, _kebab(error.default_code), str(error.detail), faults)
        if header := getattr(error, "auth_header", None):
            response["WWW-Authenticate"] = header
        return response
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError):
        return answer(request, 400, "bad-request", "The request cannot be read.")
    logger.error("Unanswered: %s %s", request.method, request.path, exc_info=error)
    return answer(request, 500, "fault", "Something went wrong on our side. The request id helps us to find it.")


def answer(request: Any, status: int, code: str, detail: str, faults: list[dict[str, str]] | None = None) -> Response:
    """Return the problem as the answer of an endpoint."""
    return Response(content(request, status, code, detail, faults), status=status, content_type=MEDIA_TYPE)


def content(
    request: Any, status: int, code: str, detail: str, faults: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Return the members of a problem."""
    problem = {
        "type": f"urn:edc:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
    }
    return problem | {"errors": faults} if faults else problem


def plain_answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """Return the problem where no endpoint was reached."""
    return JsonResponse(content(request, status, code, detail), status=status, content_type=MEDIA_TYPE)


def code_of(error: Exception) -> str:
    """Return the code of a refusal: the name of its class, in kebab-case."""
    return _kebab(type(error).__name__)


def _as_api_exception(error: Exception) -> exceptions.APIException:
    if isinstance(error, Http404):
        return exceptions.NotFound("There is nothing here, or nothing that you may see.")
    return exceptions.PermissionDenied()


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).replace("_", "-").lower()


def _faults_of(error: Invalid, view: Any) -> Iterator[dict[str, str]]:
    for field, messages in error.errors.items():
        for message in messages:
            yield {"pointer": view.pointer(field), "code": "invalid", "detail": message}


def _flat(details: Any, pointer: str) -> Iterator[dict[str, str]]:
    """Walk through the nested errors of serializers."""
    if isinstance(details, list):
        for number, detail in enumerate(details):
            leaf = isinstance(detail, dict) and detail.keys() == {"message", "code"}
            yield from _flat(detail, pointer if leaf else f"{pointer}/{number}")
    elif isinstance(details, dict) and details.keys() == {"message", "code"} and isinstance(details["code"], str):
        yield {"pointer": pointer, "code": details["code"], "detail": str(details["message"])}
    else:
        for name, detail in details.items():
            member = "" if name == "non_field_errors" else "/" + escaped(str(name))
            yield from _flat(detail, pointer + member)


def escaped(name: str) -> str:
    """Return a member's name as it is written in a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
