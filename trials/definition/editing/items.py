"""Edits of items and their places on forms. A place that says more than the item's OID is an object of its own."""

import copy as copies
from collections.abc import Iterator, Mapping
from typing import Any

from trials.definition.editing import code_lists
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

# What a place may say otherwise than its item.
AT_PLACE = ("required", "condition", "calculation")


def places_of(document: Document, oid: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], int]]:
    """Yield form, section and place for each time the item stands on a form."""
    for form in rows_of(document, "forms"):
        for section in form.get("sections", []):
            for place, placed in enumerate(section.get("items", [])):
                if oid_at(placed) == oid:
                    yield form, section, place


def found(document: Document, form: str, oid: str) -> tuple[list[dict[str, Any]], int, int]:
    """Return the form's sections, and in which of them at which place the item stands; raise Gone if nowhere."""
    sections: list[dict[str, Any]] = part_of(document, "forms", form).get("sections", [])
    for number, section in enumerate(sections):
        for place, placed in enumerate(section.get("items", [])):
            if oid_at(placed) == oid:
                return sections, number, place
    raise Gone(f"Item {oid} is not on this form any more.")


def as_placed(document: Document, form: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return the item as it is at its place on this form."""
    for there, section, place in places_of(document, item.get("oid", "")):
        placed = section["items"][place]
        if there["oid"] == form and isinstance(placed, dict):
            return {**item, **placed}
    return item


def add(document: Document, form: str, section: int, members: Mapping[str, Any]) -> str:
    """Add an item at the end of a section and return its OID, made from its name where none is given.

    `choices` among the members become its code list.
    """
    oid = members.get("oid") or oid_from(name_of(members), taken_oids(document, "items"))
    given = {name: value for name, value in members.items() if name != "choices"}
    item: dict[str, Any] = {"oid": oid, "name": name_of({**given, "oid": oid})}
    set_members(item, {**given, "oid": oid})
    rows_of(document, "items").append(item)
    _set_choices(document, item, members.get("choices"))
    put(document, form, section, str(oid))
    return str(oid)


def put(document: Document, form: str, section: int, oid: str) -> None:
    """Put an item that the version has at the end of a section."""
    sections = part_of(document, "forms", form).setdefault("sections", [])
    if not 0 <= section < len(sections):
        raise Gone("This section is not there any more.")
    sections[section].setdefault("items", []).append(oid)


def change(document: Document, form: str, oid: str, members: Mapping[str, Any]) -> None:
    """Give the item these members; what its place on this form says otherwise is changed at the place."""
    item = part_of(document, "items", oid)
    before = str(item.get("code_list"))
    at_item = {name: value for name, value in members.items() if name != "choices"}
    if form:
        sections, number, place = found(document, form, oid)
        placed = sections[number]["items"][place]
        for name in AT_PLACE:
            if isinstance(placed, dict) and name in placed and name in at_item:
                _set_at_place(placed, name, at_item.pop(name))
    set_members(item, at_item)
    _set_choices(document, item, members.get("choices"))
    code_lists.drop_unused(document, {before})


def _set_at_place(placed: dict[str, Any], name: str, value: Any) -> None:
    """Say it at the place; an expression that is taken away there is the item's own again."""
    if name == "required":
        placed[name] = bool(value)
    else:
        set_members(placed, {name: value})


def copy(document: Document, form: str, oid: str) -> str:
    """Add an item like this one, with an OID of its own, behind it."""
    sections, number, place = found(document, form, oid)
    made = copies.deepcopy(part_of(document, "items", oid))
    made["oid"] = oid_from(oid, taken_oids(document, "items"))
    made.pop("source", None)
    rows_of(document, "items").insert(place_in(document, "items", oid) + 1, made)
    placed = sections[number]["items"][place]
    put_here = {**placed, "oid": made["oid"]} if isinstance(placed, dict) else made["oid"]
    sections[number]["items"].insert(place + 1, put_here)
    return str(made["oid"])


def move(document: Document, form: str, oid: str, by: int) -> None:
    """Let the item stand higher (-1) or lower (1), over the edge of its section into the next."""
    sections, number, place = found(document, form, oid)
    rows = sections[number]["items"]
    if 0 <= place + by < len(rows):
        shift(rows, place, by)
    elif 0 <= number + by < len(sections):
        placed = rows.pop(place)
        there = sections[number + by].setdefault("items", [])
        there.insert(0 if by > 0 else len(there), placed)


def remove(document: Document, form: str, oid: str) -> None:
    """Take the item off the form, and out of the version where no other form has it."""
    sections, number, place = found(document, form, oid)
    del sections[number]["items"][place]
    drop_unused(document, {oid})


def drop_unused(document: Document, among: set[str]) -> None:
    """Take out those of these items that stand on no form, with the code lists that were theirs alone."""
    gone = {oid for oid in among if not any(True for _ in places_of(document, oid))}
    lists = {str(item.get("code_list")) for item in rows_of(document, "items") if item["oid"] in gone}
    document["items"] = [item for item in rows_of(document, "items") if item["oid"] not in gone]
    code_lists.drop_unused(document, lists)


def _set_choices(document: Document, item: dict[str, Any], choices: list[dict[str, Any]] | None) -> None:
    """Give the item a code list of its own, or new choices to the one it has alone."""
    if not choices:
        return
    named = item.get("code_list")
    alone = named and sum(one.get("code_list") == named for one in rows_of(document, "items")) == 1
    if alone:
        code_lists.change(document, str(named), {"choices": code_lists.merged(document, str(named), choices)})
    else:
        item["code_list"] = code_lists.add(document, {"name": name_of(item), "choices": choices}, like=item["oid"])
