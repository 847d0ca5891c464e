"""Where a file's records belong in a document, and what a file calls each place of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trials.formats.names import items_of

IMPLIED_VISIT = "ALL"


@dataclass(frozen=True)
class Place:
    """An item in a form: its table where it is in one, and the choice where each choice is a value of its own."""

    form: str
    item: str
    table: str = ""
    code: str | None = None


class Places:
    """Finds the visits, forms and items that a file's names mean; None for those that the document has not."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.visits = {source_of(visit): visit["oid"] for visit in document["visits"]}
        self.forms = {source_of(form): form["oid"] for form in document["forms"]}
        self._exact: dict[tuple[str, str, str], Place] = {}
        self._loose: dict[tuple[str, str], Place] = {}
        items = {item["oid"]: item for item in document["items"]}
        lists = {row["oid"]: row for row in document["code_lists"]}
        for form in document["forms"]:
            for section in form["sections"]:
                for source, place in _places(form, section, items, lists):
                    self._exact.setdefault((source_of(form), source_of(section), source), place)
                    self._loose.setdefault((source_of(form), source), place)

    def visit(self, source: str) -> str | None:
        """Return the OID of a visit; "" is the one of files whose forms are in no visit."""
        return self.visits.get(source or IMPLIED_VISIT)

    def form(self, source: str) -> str | None:
        return self.forms.get(source)

    def item(self, form: str, group: str, item: str) -> Place | None:
        """Return the place of an item; some files do not name the group, or name another one."""
        return self._exact.get((form, group, item)) or self._loose.get((form, item))


def source_of(member: dict[str, Any]) -> str:
    """Return what the file calls a part of the document."""
    return str(member.get("source") or member.get("oid", ""))


def _places(
    form: dict[str, Any], section: dict[str, Any], items: dict[str, Any], lists: dict[str, Any]
) -> Iterator[tuple[str, Place]]:
    table = section["oid"] if section.get("repeating") else ""
    for oid in items_of({"sections": [section]}):
        item = items[oid]
        boxes = lists[item["code_list"]]["choices"] if item["type"] == "MULTIPLE" else []
        if any("source" in choice for choice in boxes):
            for choice in boxes:
                yield source_of(choice | {"oid": choice["code"]}), Place(form["oid"], oid, table, choice["code"])
        else:
            yield source_of(item), Place(form["oid"], oid, table)
