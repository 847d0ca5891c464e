"""Edits of code lists."""

from collections.abc import Mapping
from typing import Any

from trials.definition.editing.parts import (
    Document,
    oid_from,
    part_of,
    place_in,
    rows_of,
    set_members,
    taken_oids,
)


def add(document: Document, members: Mapping[str, Any], *, like: str = "") -> str:
    """Add a code list and return its OID, made from its name, or `like` what is given."""
    oid = oid_from(like or str(members.get("name", "")), taken_oids(document, "code_lists"))
    made: dict[str, Any] = {"oid": oid}
    set_members(made, members)
    rows_of(document, "code_lists").append(made)
    return oid


def change(document: Document, oid: str, members: Mapping[str, Any]) -> None:
    """Give the code list these members."""
    part_of(document, "code_lists", oid).update(members)


def merged(document: Document, oid: str, choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return these choices, each with what the list knows beyond code and label: other languages, sources."""
    known = {choice["code"]: choice for choice in part_of(document, "code_lists", oid)["choices"]}
    return [
        {**known.get(choice["code"], {}), **_with_languages(known.get(choice["code"]), choice)} for choice in choices
    ]


def _with_languages(known: Mapping[str, Any] | None, choice: dict[str, Any]) -> dict[str, Any]:
    label = known.get("label") if known else None
    if isinstance(label, dict) and isinstance(choice["label"], str):
        own = next(iter(label))
        return {**choice, "label": {**label, own: choice["label"]}}
    return choice


def remove(document: Document, oid: str) -> None:
    """Take the code list out; what refers to it is found when the document is read."""
    del rows_of(document, "code_lists")[place_in(document, "code_lists", oid)]


def drop_unused(document: Document, among: set[str]) -> None:
    """Take out those of these code lists that no item takes."""
    used = {item.get("code_list") for item in rows_of(document, "items")}
    gone = among - used
    document["code_lists"] = [row for row in rows_of(document, "code_lists") if row["oid"] not in gone]
