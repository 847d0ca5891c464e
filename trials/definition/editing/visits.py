"""Edits of visits, and of which form is planned at which."""

from collections.abc import Iterable, Mapping
from typing import Any

from trials.definition.editing.parts import (
    Document,
    name_of,
    oid_at,
    oid_from,
    part_of,
    place_in,
    rows_of,
    set_members,
    shift,
    taken_oids,
)


def add(document: Document, members: Mapping[str, Any]) -> str:
    """Add a visit after the last one and return its OID, made from its name where none is given."""
    _number(document)
    rows = rows_of(document, "visits")
    oid = members.get("oid") or oid_from(name_of(members), taken_oids(document, "visits"))
    visit: dict[str, Any] = {"oid": oid, "forms": []}
    set_members(visit, {**members, "oid": oid, "order": len(rows) + 1})
    rows.append(visit)
    return str(oid)


def change(document: Document, oid: str, members: Mapping[str, Any]) -> None:
    """Give the visit these members."""
    set_members(part_of(document, "visits", oid), members)


def copy(document: Document, oid: str) -> str:
    """Add a visit with the same forms behind this one."""
    _number(document)
    place = place_in(document, "visits", oid)
    rows = rows_of(document, "visits")
    made = {
        **rows[place],
        "forms": list(rows[place].get("forms", [])),
        "oid": oid_from(oid, taken_oids(document, "visits")),
    }
    rows.insert(place + 1, made)
    _renumber(rows)
    return str(made["oid"])


def move(document: Document, oid: str, by: int) -> None:
    """Let the visit come earlier (-1) or later (1)."""
    _number(document)
    rows = rows_of(document, "visits")
    shift(rows, place_in(document, "visits", oid), by)
    _renumber(rows)


def remove(document: Document, oid: str) -> None:
    """Take the visit out; what refers to it is found when the document is read."""
    del rows_of(document, "visits")[place_in(document, "visits", oid)]


def plan(document: Document, cells: Iterable[tuple[str, str]]) -> None:
    """Plan exactly these pairs of visit and form; the forms of a visit keep their order, new ones follow."""
    wanted = set(cells)
    order = [form["oid"] for form in rows_of(document, "forms")]
    for visit in rows_of(document, "visits"):
        kept = [form for form in visit.get("forms", []) if (visit["oid"], oid_at(form)) in wanted]
        there = {oid_at(form) for form in kept}
        visit["forms"] = [*kept, *(oid for oid in order if (visit["oid"], oid) in wanted and oid not in there)]


def _number(document: Document) -> None:
    """Bring the visits into the order in which they are shown, and number them so."""
    rows = rows_of(document, "visits")
    orders = {row["oid"]: row.get("order", number) for number, row in enumerate(rows, 1)}
    rows.sort(key=lambda row: orders[row["oid"]])
    _renumber(rows)


def _renumber(rows: list[dict[str, Any]]) -> None:
    for number, row in enumerate(rows, 1):
        row["order"] = number
