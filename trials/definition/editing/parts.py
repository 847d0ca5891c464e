"""What all edits need: to find a part, to name a new one, to move one, and to say where a fault is."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.triggers import COLUMNS_OF_CAPTURES
from edc.base.errors import Refused
from trials.definition.members import DEFAULT_LANGUAGE

Document = dict[str, Any]
STEP = re.compile(r"\.([a-z_]+)(?:\[(\d+)\])?")
# What the lists of a document hold, in the words of its pages.
THINGS = {
    "visits": "visit",
    "forms": "form",
    "sections": "section",
    "items": "item",
    "code_lists": "code list",
    "checks": "check",
    "arms": "arm",
}


class Gone(Refused):
    """Somebody removed the part that was to be changed."""


def rows_of(document: Document, kind: str) -> list[dict[str, Any]]:
    """Return the list of this kind, made where the document has none."""
    rows: list[dict[str, Any]] = document.setdefault(kind, [])
    return rows


def place_in(document: Document, kind: str, oid: str) -> int:
    """Return where in its list this part is; raise Gone where it is not."""
    for place, row in enumerate(rows_of(document, kind)):
        if row["oid"] == oid:
            return place
    raise Gone(f"There is no {THINGS[kind]} {oid} in this version any more.")


def part_of(document: Document, kind: str, oid: str) -> dict[str, Any]:
    """Return this part, to be changed in place; raise Gone where it is not."""
    return rows_of(document, kind)[place_in(document, kind, oid)]


def shift(rows: list[Any], place: int, by: int) -> None:
    """Move a row up (-1) or down (1) in its list; at the end it stays."""
    to = place + by
    if 0 <= to < len(rows):
        rows[place], rows[to] = rows[to], rows[place]


def set_members(part: dict[str, Any], members: Mapping[str, Any]) -> None:
    """Give the part these members; None, an empty text or list takes one away."""
    for name, value in members.items():
        if value is None or value in ("", [], {}):
            part.pop(name, None)
        else:
            part[name] = value


def oid_from(text: str, taken: set[str]) -> str:
    """Return a free OID in capitals that still says what the text says."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").upper()
    while len(words) > 24 and "_" in words:
        words = words.rpartition("_")[0]
    wanted, number = words[:24] or "X", 2
    oid = wanted
    while oid in taken:
        oid, number = f"{wanted}_{number}", number + 1
    return oid


def oid_at(placed: Any) -> str:
    """Return which part stands at this place: its OID, or an object that says more about the place."""
    return str(placed["oid"] if isinstance(placed, dict) else placed)


def taken_oids(document: Document, kind: str) -> set[str]:
    """Return the OIDs that a new part of this kind may not have; items and sections share their names."""
    if kind not in {"items", "sections"}:
        return {row["oid"] for row in rows_of(document, kind)}
    sections = {
        part["oid"] for form in rows_of(document, "forms") for part in form.get("sections", []) if "oid" in part
    }
    return sections | {row["oid"] for row in rows_of(document, "items")} | COLUMNS_OF_CAPTURES


def name_of(part: Mapping[str, Any], language: str = "") -> str:
    """Return what people call the part: its name in this language, in any, or its OID."""
    text = part.get("name") or part.get("question") or part.get("oid", "")
    if isinstance(text, Mapping):
        text = text.get(language) or next(iter(text.values()))
    return str(text)


def languages_in(document: Document) -> list[str]:
    """Return the languages of the document's texts, its own first."""
    own = str(document.get("language") or DEFAULT_LANGUAGE)
    found: dict[str, None] = {own: None}
    _gather(document, found)
    return list(found)


def _gather(value: Any, found: dict[str, None]) -> None:
    if isinstance(value, list):
        for each in value:
            _gather(each, found)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in TEXTS and isinstance(each, dict):
                found.update(dict.fromkeys(each))
            else:
                _gather(each, found)


# Members that hold texts for people.
TEXTS = frozenset({"name", "description", "question", "hint", "label", "message", "low", "high"})


@dataclass(frozen=True)
class WhereIs:
    """The innermost part that a path leads to, and the member in it."""

    kind: str
    oid: str
    member: str
    words: str


def where_is(document: Document, path: str) -> WhereIs:
    """Return what a path such as `$.forms[2].sections[0].items[1].condition` is about, also in words."""
    value: Any = document
    kind = oid = member = ""
    words: list[str] = []
    for name, number in STEP.findall(path):
        value = value.get(name) if isinstance(value, dict) else None
        member = member or name
        if number and isinstance(value, list) and int(number) < len(value):
            value = value[int(number)]
        if number and name in THINGS:
            kind, member = name, ""
            oid = value if isinstance(value, str) else value.get("oid", "") if isinstance(value, dict) else ""
            words.append(f"{THINGS[name]} {_called(document, name, oid, value, int(number))}")
    if member:
        words.append(member.replace("_", " "))
    return WhereIs(kind, oid, member, ", ".join(words))


def _called(document: Document, kind: str, oid: str, value: Any, number: int) -> str:
    if isinstance(value, str) or (isinstance(value, dict) and not value.get("name")):
        value = (
            next((row for row in rows_of(document, kind) if row.get("oid") == oid), {}) if kind != "sections" else {}
        )
    return f"“{name_of(value)}”" if value and name_of(value) else f"“{oid}”" if oid else str(number + 1)
