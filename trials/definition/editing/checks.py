"""Edits of checks and their test cases."""

import copy as copies
from collections.abc import Mapping
from typing import Any

from trials.definition.editing.parts import (
    Document,
    name_of,
    oid_from,
    part_of,
    place_in,
    rows_of,
    set_members,
    shift,
    taken_oids,
)


def add(document: Document, members: Mapping[str, Any]) -> str:
    """Add a check behind the others and return its OID, made from its name where none is given."""
    oid = members.get("oid") or oid_from(name_of(members) or str(members["item"]), taken_oids(document, "checks"))
    made: dict[str, Any] = {}
    set_members(made, {**members, "oid": oid})
    rows_of(document, "checks").append(made)
    return str(oid)


def change(document: Document, oid: str, members: Mapping[str, Any]) -> None:
    """Give the check these members."""
    set_members(part_of(document, "checks", oid), members)


def copy(document: Document, oid: str) -> str:
    """Add a check like this one behind it."""
    place = place_in(document, "checks", oid)
    made = copies.deepcopy(rows_of(document, "checks")[place])
    made["oid"] = oid_from(oid, taken_oids(document, "checks"))
    rows_of(document, "checks").insert(place + 1, made)
    return str(made["oid"])


def move(document: Document, oid: str, by: int) -> None:
    """Let the check stand higher (-1) or lower (1) in the list."""
    shift(rows_of(document, "checks"), place_in(document, "checks", oid), by)


def remove(document: Document, oid: str) -> None:
    """Take the check out."""
    del rows_of(document, "checks")[place_in(document, "checks", oid)]
