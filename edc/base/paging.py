"""Pages of a list by key: they cost the same however long the list is, and nothing slips between two of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

AFTER, BEFORE = "after", "before"


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the addresses of those around them; empty where there are none."""

    rows: list[Any]
    previous_url: str
    next_url: str


def page_of(request: HttpRequest, rows: QuerySet[Any], *, by: str, size: int) -> Page:
    """Return the page that the address asks for (?after= or ?before=), in the order of a time column.

    `by` is the column, with a minus for the latest first; rows of the same time are told apart by their key.
    """
    column, newest_first = by.removeprefix("-"), by.startswith("-")
    back = BEFORE in request.GET
    place = _place(request.GET.get(BEFORE if back else AFTER, ""))
    descending = newest_first != (back and place is not None)
    if place is not None:
        rows = rows.filter(_beyond(column, place, descending=descending))
    sign = "-" if descending else ""
    found = list(rows.order_by(f"{sign}{column}", f"{sign}pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if place is None or not back:
        has_previous, has_next = place is not None, more
    else:
        has_previous, has_next = more, True
        found.reverse()
    return Page(
        rows=found,
        previous_url=_address(request, BEFORE, found[0], column) if has_previous and found else "",
        next_url=_address(request, AFTER, found[-1], column) if has_next and found else "",
    )


def _beyond(column: str, place: tuple[datetime, UUID], *, descending: bool) -> Q:
    """Return the rows behind a place; the first condition is the one that an index answers."""
    at, key = place
    less = "lt" if descending else "gt"
    return Q(**{f"{column}__{less}e": at}) & (Q(**{f"{column}__{less}": at}) | Q(**{f"pk__{less}": key}))


def _place(text: str) -> tuple[datetime, UUID] | None:
    """Return where a page begins; an address that somebody has changed by hand begins at the start."""
    at, _, key = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, UUID(key)) if moment.tzinfo else None
    except ValueError:
        return None


def _address(request: HttpRequest, name: str, row: Model, column: str) -> str:
    asked = request.GET.copy()
    for known in (AFTER, BEFORE):
        asked.pop(known, None)
    asked[name] = f"{getattr(row, column).isoformat()}~{row.pk}"
    return f"?{asked.urlencode()}"
