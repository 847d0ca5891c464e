"""The kinds of endpoints: a list, a row, an act on a row."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

import orjson
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from edc.base.api.bodies import JSON, OnlyJSON
from edc.base.api.fields import Input, Output
from edc.base.api.paging import (
    OWN_PARAMETERS,
    Filter,
    ListRequest,
    Page,
    Place,
    address_of,
    check_parameters,
    links,
    page_of,
    read_request,
)
from edc.base.api.problems import VersionNeeded, WrongParameter, escaped

Row = TypeVar("Row", bound=Model)

# Strong ones alone: a change compares them strongly (RFC 9110, 13.1.1), and all of ours are strong.
TAG = re.compile(r'"([1-9][0-9]{0,8})(?:-[a-z]+)?"')
LONGEST_KEY = 200


class Endpoint(APIView):
    """One address. `input` is what its POST, PUT or PATCH takes, `output` what it answers with."""

    input: ClassVar[type[Input] | None] = None
    output: ClassVar[type[Output] | None] = None
    # Query parameters that it knows.
    parameters: ClassVar[tuple[str, ...]] = ()
    # Whether its rows have a version: a GET shows it as ETag, a change names it as If-Match.
    versioned: ClassVar[bool] = False
    # Whether its POST makes a row that can be asked for again: it takes an Idempotency-Key.
    creates: ClassVar[bool] = False
    # The status of its POST where that makes something else.
    post_status: ClassVar[int] = 200
    # Whether it answers with a file.
    gives_file: ClassVar[bool] = False
    # Statuses of problems that only this endpoint has.
    more_problems: ClassVar[tuple[int, ...]] = ()

    content_negotiation_class = OnlyJSON
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_parameters(request, self.parameters)

    def taken(self) -> dict[str, Any]:
        """Return the body's members, checked by `input`; raises with a pointer to each fault."""
        if self.input is None:
            raise TypeError(f"{type(self).__name__} takes no input")
        form = self.input(data=self.request.data)
        form.is_valid(raise_exception=True)
        taken: dict[str, Any] = form.validated_data
        return taken

    def among(self, rows: QuerySet[Row, Row], key: Any, *, member: str, by: str = "pk") -> Row:
        """Return the row that a member of the body names, if it is among those that the person may see."""
        row = rows.filter(**{by: key}).first()
        if row is None:
            raise serializers.ValidationError({member: [serializers.ErrorDetail("There is no such one.", "unknown")]})
        return row

    def key(self) -> str:
        """Return the Idempotency-Key: the same key with the same body is done once."""
        key: str = self.request.headers.get("Idempotency-Key", "").strip()
        if len(key) > LONGEST_KEY or not key.isascii() or not (key.isprintable() or not key):
            detail = f"At most {LONGEST_KEY} printable ASCII characters."
            raise WrongParameter("Idempotency-Key", detail, place="header")
        return key

    def seen_version(self) -> int:
        """Return the version that the client says it changes; raises VersionNeeded without one.

        `*` is true of every row there is (RFC 9110), and says of none which version somebody has read: it does not do.
        """
        given = self.request.headers.get("If-Match", "").strip()
        if given == "*":
            raise VersionNeeded("`*` names no version. " + VersionNeeded.default_detail)
        if not given:
            raise VersionNeeded
        if given.count('"') > 2:
            raise WrongParameter("If-Match", "Name the one version that you change.", place="header")
        match = TAG.fullmatch(given)
        # No row has version 0, so what is no version of ours matches none.
        return int(match[1]) if match else 0

    def pointer(self, member: str) -> str:
        """Return where in the body a service's word for a field is."""
        return f"/{escaped(member)}" if member else ""

    def shown(self, row: Any) -> Any:
        """Return the row as the answer shows it."""
        if self.output is None:
            raise TypeError(f"{type(self).__name__} shows nothing")
        return self.output(row, context={"request": self.request}).data

    def shown_all(self, rows: list[Any]) -> Iterable[Any]:
        """Return the rows of a page as the answer shows them."""
        if self.output is None:
            raise TypeError(f"{type(self).__name__} shows nothing")
        return self.output(rows, many=True, context={"request": self.request}).data

    def tag(self, row: Any) -> str:
        """Return the ETag of the row as this person sees it."""
        return f'"{row.version}"'

    def answer(self, row: Any, *, status: int = 200) -> Response:
        """Show the row, with its ETag."""
        headers = {"ETag": self.tag(row)} if self.versioned else {}
        return Response(self.shown(row), status=status, headers=headers)

    def created(self, row: Any, *, within: str = "") -> Response:
        """Show the new row and say where it lives."""
        response = self.answer(row, status=201)
        response["Location"] = f"{within or self.request.path.rstrip('/')}/{row.pk}/"
        return response


class RowEndpoint(Endpoint):
    """One row. Subclasses say with `row` which."""

    versioned: ClassVar[bool] = True

    def row(self, request: Request, **kwargs: Any) -> Any:
        """Return the row at this address, or raise Http404 where the person may not see it."""
        raise NotImplementedError

    def get(self, request: Request, **kwargs: Any) -> Response:
        row = self.row(request, **kwargs)
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
        if self.versioned and self.tag(row) in known:
            return Response(status=304, headers={"ETag": self.tag(row)})
        return self.answer(row)


class ActionEndpoint(Endpoint):
    """An act on a row."""

    versioned: ClassVar[bool] = True


class ListEndpoint(Endpoint):
    """A list. Subclasses say with `rows` of what."""

    filters: ClassVar[Mapping[str, Filter]] = {}
    # Names of columns, with - for descending; the first is the usual order.
    orderings: ClassVar[tuple[str, ...]] = ("-created_at",)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.parameters = (*OWN_PARAMETERS, *self.filters) if request.method in {"GET", "HEAD"} else ()  # type: ignore[misc]
        super().initial(request, *args, **kwargs)

    def rows(self, request: Request, **kwargs: Any) -> QuerySet[Any, Any]:
        """Return the rows that this person may see."""
        raise NotImplementedError

    def ready(self, request: Request, asked: ListRequest, **kwargs: Any) -> tuple[str, Page] | None:
        """Return the page as text that the database has built already, where the list has such a way."""
        return None

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        asked = read_request(request, filters=self.filters, orderings=self.orderings)
        made = self.ready(request, asked, **kwargs)
        if made:
            text, page = made
            return self.page(request, orjson.Fragment(text), following=page.next, previous=page.previous)
        page = page_of(self.rows(request, **kwargs), asked)
        return self.page(request, list(self.shown_all(page.rows)), following=page.next, previous=page.previous)

    def page(self, request: Request, results: Any, *, following: Place | None, previous: Place | None) -> HttpResponse:
        """Answer with one page and the addresses of its neighbours."""
        ahead, behind = address_of(request, following), address_of(request, previous)
        body = orjson.dumps({"next": ahead, "previous": behind, "results": results}, default=str)
        response = HttpResponse(body, content_type=JSON)
        if ahead or behind:
            response["Link"] = links(ahead, behind)
        return response
