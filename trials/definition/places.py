"""How a value is called in a capture and its audit trail: `ITEM`, or `GROUP[row].ITEM` in a table."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from trials.definition.classes import Form, Item

ROW_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .\-]{0,39}")
PLACE = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]\.([^\[\]]+)")


@dataclass(frozen=True)
class Place:
    """Where a value of a form stands; `group` and `row` are empty outside tables."""

    item: Item
    group: str = ""
    row: str = ""

    def __str__(self) -> str:
        return place_of(self.item.oid, self.group, self.row)

    @property
    def label(self) -> str:
        """Return what people call it: the item's name, in a table with its row."""
        return f"{self.item.name} ({self.row})" if self.row else self.item.name


def place_of(item: str, group: str = "", row: str = "") -> str:
    return f"{group}[{row}].{item}" if group else item


def item_of(place: str) -> str:
    """Return the item whose value stands at a place, also where the form no longer has it."""
    return place.rpartition("].")[2]


def find_place(form: Form, name: str) -> Place | None:
    """Return the place of this name in the form, or None where the form has none: no such item, or no row key."""
    if name in form.items:
        return Place(form.items[name])
    match = PLACE.fullmatch(name)
    group = form.groups.get(match[1]) if match else None
    if match is None or group is None or not ROW_KEY.fullmatch(match[2]):
        return None
    item = next((one for one in group.items if one.oid == match[3]), None)
    return Place(item, group.oid, match[2]) if item else None


def rows_in(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the rows of each table that these places are in, in the order of their keys, numbers as numbers."""
    found: dict[str, set[str]] = {}
    for name in names:
        if match := PLACE.fullmatch(name):
            found.setdefault(match[1], set()).add(match[2])
    return {group: sorted(rows, key=_order) for group, rows in found.items()}


def _order(row: str) -> tuple[int, int, str]:
    return (0, int(row), "") if row.isdecimal() and row.isascii() else (1, 0, row)
