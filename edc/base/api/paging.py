"""Lists: filters that are named, orders that are named, and pages that cost the same wherever they begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from edc.base.api.problems import WrongParameter

PAGE, LARGEST_PAGE = 20, 500
OWN_PARAMETERS = ("limit", "cursor", "ordering")
# Columns that order a list alone; all others need the id behind them, so that no two rows share a place.
UNIQUE = {"id", "position", "version"}


@dataclass(frozen=True)
class Filter:
    """A query parameter of a list: which rows it keeps, and what its value must look like."""

    lookup: str
    shape: serializers.Field[Any, Any, Any, Any]
    description: str = ""
    # Several values, separated by commas; the lookup ends in `__in`.
    many: bool = False

    def read(self, name: str, text: str) -> Any:
        """Return the value, or raise WrongParameter."""
        try:
            values = [self.shape.run_validation(part) for part in (text.split(",") if self.many else [text])]
        except serializers.ValidationError as error:
            details: Any = error.detail
            raise WrongParameter(name, str(details[0])) from None
        return values if self.many else values[0]


@dataclass(frozen=True)
class Place:
    """Where in a list a page begins: behind (or, going back, before) the row with these values."""

    ordering: str
    values: list[Any]
    back: bool = False

    def text(self, path: str) -> str:
        """Return the cursor for the list at this path; at no other is it good."""
        return Signer(salt=f"edc.cursor:{path}").sign_object([self.ordering, self.values, self.back])

    @classmethod
    def read(cls, text: str, path: str) -> "Place":
        """Return the place, or raise WrongParameter for a cursor that is of another list, or none at all."""
        try:
            return cls(*Signer(salt=f"edc.cursor:{path}").unsign_object(text))
        except (BadSignature, ValueError):
            raise WrongParameter("cursor", "Take the cursor from the page before.") from None


@dataclass
class ListRequest:
    """What a client asks of a list."""

    limit: int = PAGE
    ordering: str = ""
    place: Place | None = None
    filters: dict[str, Any] = field(default_factory=dict)


@dataclass
class Page:
    """Some rows of a list, and where the pages on both sides begin."""

    rows: list[Any]
    next: Place | None = None
    previous: Place | None = None


def read_request(request: Request, *, filters: Mapping[str, Filter], orderings: Sequence[str]) -> ListRequest:
    """Return what is asked; raise WrongParameter for what the list does not know. The first order is the usual one."""
    given = {name: values[-1] for name, values in request.query_params.lists()}
    asked = ListRequest(ordering=orderings[0])
    if "limit" in given:
        asked.limit = _limit(given["limit"])
    if "ordering" in given:
        asked.ordering = given["ordering"]
        if asked.ordering not in orderings:
            raise WrongParameter("ordering", f"Choose one of {', '.join(orderings)}.")
    if "cursor" in given:
        asked.place = Place.read(given["cursor"], request.path)
        if asked.place.ordering != asked.ordering:
            raise WrongParameter("cursor", "This cursor belongs to another order of the list.")
    asked.filters = {shape.lookup: shape.read(name, given[name]) for name, shape in filters.items() if name in given}
    return asked


def check_parameters(request: Request, known: Sequence[str]) -> None:
    """Raise WrongParameter for a query parameter that is unknown, or given twice."""
    for name, values in request.query_params.lists():
        if name not in known:
            raise WrongParameter(name, "There is no such parameter.", code="unknown")
        if len(values) > 1:
            raise WrongParameter(name, "Give this parameter once.", code="repeated")


def page_of(rows: QuerySet[Any], asked: ListRequest) -> Page:
    """Return the page that is asked for, read with one statement."""
    order = columns_of(asked.ordering)
    back = bool(asked.place and asked.place.back)
    if asked.filters:
        rows = rows.filter(**asked.filters)
    rows = rows.order_by(*([_turned(column) for column in order] if back else order))
    if asked.place:
        rows = rows.filter(_behind(order, asked.place))
    found = list(rows[: asked.limit + 1])
    more, found = len(found) > asked.limit, found[: asked.limit]
    if back:
        found.reverse()
    page = Page(found)
    if found and (more or back):
        page.next = Place(asked.ordering, _values(found[-1], order))
    if found and asked.place and (more or not back):
        page.previous = Place(asked.ordering, _values(found[0], order), back=True)
    return page


def columns_of(ordering: str) -> list[str]:
    """Return the columns that put every row in its place."""
    sign = "-" if ordering.startswith("-") else ""
    return [ordering] if ordering.removeprefix("-") in UNIQUE else [ordering, f"{sign}id"]


def address_of(request: Request, place: Place | None) -> str | None:
    """Return the address of a neighbouring page."""
    if place is None:
        return None
    parameters = request.query_params.dict() | {"cursor": place.text(request.path)}
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")


def links(following: str | None, previous: str | None) -> str:
    """Return the Link header (RFC 8288) of a page."""
    named = {"next": following, "prev": previous}
    return ", ".join(f'<{address}>; rel="{name}"' for name, address in named.items() if address)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LARGEST_PAGE):
        raise WrongParameter("limit", f"Give a whole number from 1 to {LARGEST_PAGE}.")
    return int(text)


def _turned(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def _behind(order: Sequence[str], place: Place) -> Q:
    """Return the condition for the rows behind the place; its first part is what an index can begin at."""
    behind = Q()
    for column, value in reversed(list(zip(order, place.values, strict=True))):
        name = column.removeprefix("-")
        way = "lt" if column.startswith("-") != place.back else "gt"
        beyond = Q(**{f"{name}__{way}": value})
        behind = beyond if not behind else Q(**{f"{name}__{way}e": value}) & (beyond | (Q(**{name: value}) & behind))
    return behind


def _values(row: Model, order: Sequence[str]) -> list[Any]:
    """Return the row's values in these columns, as JSON holds them."""
    values = (getattr(row, column.removeprefix("-")) for column in order)
    return [value.isoformat() if hasattr(value, "isoformat") else _plain(value) for value in values]


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
