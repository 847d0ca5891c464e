"""JSON out, fast; JSON in, strict: what two readers could read differently, or the database cannot hold, is refused."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import orjson
from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

JSON = "application/json"
DEEPEST = 32
# Beyond this no other JSON reader is sure to keep every digit.
LARGEST_NUMBER = 2**53


class BodyTooLarge(APIException):
    """The body has more bytes than an endpoint takes."""

    status_code = 413
    default_code = "body-too-large"


class OrjsonRenderer(BaseRenderer):
    """Plain values as JSON."""

    media_type = JSON
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str)


class OnlyJSON(BaseContentNegotiation):
    """The API speaks JSON whatever the client would rather have, and reads nothing else."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or JSON


class StrictJSONParser(BaseParser):
    """Reads a body of bounded size and depth; refuses duplicate members, NaN and text that is not valid Unicode."""

    media_type = JSON

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body = stream.read(largest + 1)
        if len(body) > largest:
            raise BodyTooLarge(f"A body has at most {largest:,} bytes.")
        try:
            return read_json(body)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"This is not valid JSON: {_said(error)}") from None


def read_json(body: bytes) -> Any:
    """Return what the text says; raise ValueError where it is not JSON that everybody reads alike."""
    value = json.loads(
        body.decode(),
        object_pairs_hook=_members,
        parse_constant=_constant,
        parse_float=_float,
        parse_int=_integer,
    )
    _check_texts(value)
    return value


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply."
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8."
    return f"{error}."


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object names a member twice")
    return members


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _float(digits: str) -> float:
    number = float(digits)
    if abs(number) > LARGEST_NUMBER:
        raise ValueError("a number is too large")
    return number


def _integer(digits: str) -> int:
    # Looked at before it is converted: a number of a million digits takes seconds.
    if len(digits) > len(str(LARGEST_NUMBER)) + 1 or abs(int(digits)) > LARGEST_NUMBER:
        raise ValueError("a number is too large")
    return int(digits)


def _check_texts(value: Any) -> None:
    """Look at every text and at the depth, without recursion."""
    waiting = [(value, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise ValueError("it is nested too deeply")
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, list):
            waiting += [(member, depth + 1) for member in value]
        elif isinstance(value, dict):
            for name, member in value.items():
                _check_text(name)
                waiting.append((member, depth + 1))


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("a text has a NUL character")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("a text has half of a surrogate pair")
