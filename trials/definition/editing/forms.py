"""Edits of forms and their sections."""

import copy as copies
from collections.abc import Mapping
from typing import Any

from trials.definition.editing.items import drop_unused
from trials.definition.editing.parts import (
    Document,
    Gone,
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
    """Add a form with one empty section behind the others; return its OID, made from its name where none is given."""
    oid = members.get("oid") or oid_from(name_of(members), taken_oids(document, "forms"))
    form: dict[str, Any] = {"oid": oid, "sections": [{"items": []}]}
    set_members(form, {**members, "oid": oid})
    rows_of(document, "forms").append(form)
    return str(oid)


def change(document: Document, oid: str, members: Mapping[str, Any]) -> None:
    """Give the form these members."""
    set_members(part_of(document, "forms", oid), members)


def copy(document: Document, oid: str) -> str:
    """Add a form with the same items behind this one."""
    place = place_in(document, "forms", oid)
    made = copies.deepcopy(rows_of(document, "forms")[place])
    made["oid"] = oid_from(oid, taken_oids(document, "forms"))
    rows_of(document, "forms").insert(place + 1, made)
    return str(made["oid"])


def move(document: Document, oid: str, by: int) -> None:
    """Let the form stand earlier (-1) or later (1) in the list."""
    shift(rows_of(document, "forms"), place_in(document, "forms", oid), by)


def remove(document: Document, oid: str) -> None:
    """Take the form out, with its place at visits, its checks, and the items that no other form has."""
    form = rows_of(document, "forms").pop(place_in(document, "forms", oid))
    for visit in rows_of(document, "visits"):
        visit["forms"] = [form for form in visit.get("forms", []) if oid_at(form) != oid]
    document["checks"] = [check for check in document.get("checks", []) if check["form"] != oid]
    drop_unused(document, {oid_at(placed) for part in form.get("sections", []) for placed in part.get("items", [])})


def section_of(document: Document, form: str, number: int) -> dict[str, Any]:
    """Return a section of the form by its place, to be changed; raise Gone where it is not."""
    sections: list[dict[str, Any]] = part_of(document, "forms", form).setdefault("sections", [])
    if not 0 <= number < len(sections):
        raise Gone("This section is not there any more.")
    return sections[number]


def add_section(document: Document, form: str, members: Mapping[str, Any]) -> int:
    """Add a section at the end of the form and return its place."""
    sections = part_of(document, "forms", form).setdefault("sections", [])
    sections.append({"items": []})
    change_section(document, form, len(sections) - 1, members)
    return len(sections) - 1


def change_section(document: Document, form: str, number: int, members: Mapping[str, Any]) -> None:
    """Give the section these members; one that repeats gets an OID where it has none."""
    section = section_of(document, form, number)
    set_members(section, members)
    if section.get("repeating") and not section.get("oid"):
        section["oid"] = oid_from(name_of(section) or f"{form} rows", taken_oids(document, "sections"))
    if not section.get("repeating"):
        section.pop("most", None)


def move_section(document: Document, form: str, number: int, by: int) -> None:
    """Let the section stand higher (-1) or lower (1) on the form."""
    section_of(document, form, number)
    shift(part_of(document, "forms", form)["sections"], number, by)


def remove_section(document: Document, form: str, number: int) -> None:
    """Take the section out, with the items that no other form has."""
    section = section_of(document, form, number)
    del part_of(document, "forms", form)["sections"][number]
    drop_unused(document, {oid_at(placed) for placed in section.get("items", [])})
