"""What a file's values and removals make of one capture: its data, and what the file calls them."""

import copy
from collections.abc import Mapping
from typing import Any

from captures.validators import Checked, check_values
from trials.definition import NUMERIC, Form, Item, ItemType, amount_of, find_place, place_of, rows_in
from trials.definition.places import ROW_KEY
from trials.formats import Key, Place, Places, StoredValue

NOTHING = {"missing": "NI"}
TICKED = {"1", "true", "yes", "checked"}
# In these a missing-data code can be nothing else.
EXACT = NUMERIC | {ItemType.DATE, ItemType.TIME, ItemType.DATE_TIME, ItemType.CHOICE, ItemType.YES_NO}


class Filling:
    """Takes a form's values in the order of the file.

    `keys` are the capture's `source_keys`, `units` what the file calls units by OID; `lost` are values for which the
    form has no place. `earlier` are those that stood only until the same file wrote or removed them again: the first of
    each place, the second ones, and so on.
    """

    def __init__(
        self,
        form: Form,
        source: str,
        places: Places,
        *,
        units: Mapping[str, str],
        data: dict[str, Any],
        keys: dict[str, Any],
    ) -> None:
        self.form, self.source, self.places, self.units = form, source, places, units
        self.data, self.keys = copy.deepcopy(data), copy.deepcopy(keys)
        self.earlier: list[list[StoredValue]] = []
        self.lost: list[StoredValue] = []
        self._last: dict[tuple[str, str | None], tuple[int, StoredValue]] = {}
        self._boxes: dict[str, dict[str, str | None]] = self._known_boxes()
        told = self.keys.get("rows", {})
        self._rows: dict[tuple[str, str | None], str] = {}
        for group, rows in rows_in(self.data).items():
            self._rows |= {(group, told.get(f"{group}[{row}]", row)): row for row in rows}

    def take(self, step: StoredValue | Key) -> None:
        """Store a value, or take away what stands at a key."""
        if isinstance(step, StoredValue):
            self._put(step)
        else:
            self._remove(step)

    def name_at(self, group: str | None, group_repeat: str | None, item: str | None) -> str:
        """Return the place that the file's names mean in this capture, or "" for none."""
        place = self.places.item(self.source, group or "", item) if item else None
        if place is None:
            return ""
        row = self._rows.get((place.table, group_repeat), "") if place.table else ""
        return place_of(place.item, place.table, row) if row or not place.table else ""

    def finish(self, rules: dict[str, Any]) -> Checked:
        """Bring the values into the spelling that is stored, and return what they come to by these rules."""
        checked = check_values(self.form, self.data, stored=self.data, **rules)
        for name, raw in self.data.items():
            place = find_place(self.form, name)
            value = checked.values.get(name)
            if value is None or value == raw or place is None or place.item.calculation:
                continue
            self.data[name] = value
            self._note("written", name, [value, amount_of(raw) if isinstance(raw, dict) else raw])
        self._note_boxes()
        self.keys = {name: told for name, told in self.keys.items() if told not in ({}, [])}
        return checked

    def gather_boxes(self) -> None:
        """Make the choices that were ticked in boxes of their own the codes of one value."""
        for name, given in self._boxes.items():
            place = find_place(self.form, name)
            labels = place.item.code_list.labels if place and place.item.code_list else {}
            codes = [code for code in labels if (given.get(code) or "").lower() in TICKED]
            self.data.pop(name, None)
            if codes:
                self.data[name] = codes

    def _put(self, record: StoredValue) -> None:
        place = self.places.item(self.source, record.group or "", record.item)
        item = self.form.every_item.get(place.item) if place else None
        if place is None or item is None:
            self.lost.append(record)
            return
        name = self._name(place, record)
        times, before = self._last.get((name, place.code), (-1, None))
        if before is not None:
            self._supersede(times, before)
        self._last[name, place.code] = times + 1, record
        if place.code is not None:
            self._boxes.setdefault(name, {})[place.code] = record.value
            return
        value = self._read(item, record, name)
        self.data.pop(name, None)
        if value is not None:
            self.data[name] = value
        self._note_beside(record, name)

    def _supersede(self, times: int, record: StoredValue) -> None:
        while len(self.earlier) <= times:
            self.earlier.append([])
        self.earlier[times].append(record)

    def _name(self, place: Place, record: StoredValue) -> str:
        """Return the place of a value, in a row of its own where the file names a new one."""
        if not place.table:
            if record.group_repeat is not None and self.keys.setdefault("group", record.group_repeat) != (
                record.group_repeat
            ):
                self._note("groups", record.group or "", record.group_repeat)
            return place.item
        source = record.group_repeat
        row = self._rows.get((place.table, source))
        if row is None:
            taken = {row for (table, _), row in self._rows.items() if table == place.table}
            fits = source is not None and ROW_KEY.fullmatch(source) and source not in taken
            row = source if fits and source else next_number(taken)
            self._rows[place.table, source] = row
            if row != source:
                self._note("rows", f"{place.table}[{row}]", source)
        return place_of(place.item, place.table, row)

    def _read(self, item: Item, record: StoredValue, name: str) -> Any:
        """Return what is stored for a value, or None for one that was cleared."""
        raw, codes = record.value, {one.code for one in item.missing_codes}
        self._forget(name)
        if raw is None:
            if NOTHING["missing"] in codes:
                return dict(NOTHING)
            self._list("null", name)
            return None
        if raw == "":
            self._list("cleared", name)
            return None
        value: Any = raw
        labels = item.code_list.labels if item.code_list else {}
        if item.type == ItemType.MULTIPLE:
            parts = [part.strip() for part in raw.split(",")]
            if all(part in labels for part in parts):
                value = [code for code in labels if code in parts]
        elif raw in codes and item.type in EXACT and raw not in labels:
            value = {"missing": raw}
        elif (unit := self._unit(record)) != item.unit and item.unit_named(unit) is not None:
            value = {"value": raw, "unit": unit}
        if (isinstance(value, list) and ",".join(value) != raw) or (isinstance(value, dict) and "missing" in value):
            self._note("written", name, [value, raw])
        return value

    def _unit(self, record: StoredValue) -> str:
        """Return the unit that the file names, as the study version calls it."""
        return self.units.get(record.unit or "", record.unit or "")

    def _note_beside(self, record: StoredValue, name: str) -> None:
        if record.unit:
            self._note("units", name, record.unit)
        named = [one for one in (record.audit, record.signature) if one]
        if named:
            self._note("records", name, named)

    def _remove(self, at: Key) -> None:
        """Take away one value, or all of a group in this row."""
        blank = {*self.keys.get("null", ()), *self.keys.get("cleared", ())}
        for name in [*self.data, *(self._boxes.keys() - self.data.keys()), *(blank - self.data.keys())]:
            if self._is_at(at, name):
                self.data.pop(name, None)
                self._boxes.pop(name, None)
                self._forget(name)
                for key in [key for key in self._last if key[0] == name]:
                    self._supersede(*self._last.pop(key))

    def _is_at(self, at: Key, name: str) -> bool:
        """Tell whether a value stands where the file's key says."""
        if at.item is not None:
            return name == self.name_at(at.group or at.form, at.group_repeat, at.item)
        place = find_place(self.form, name)
        if place is None:
            return False
        section = next(one for one in self.form.sections if any(item.oid == place.item.oid for item in one.items))
        same_group = (section.source or section.oid) == at.group
        return same_group and (not place.group or self._rows.get((place.group, at.group_repeat)) == place.row)

    def _known_boxes(self) -> dict[str, dict[str, str | None]]:
        """Return what the file said of each box, from what an earlier import noted."""
        known: dict[str, dict[str, str | None]] = copy.deepcopy(self.keys.get("boxes", {}))
        for name in self.keys.get("whole", []):
            place = find_place(self.form, name)
            labels = place.item.code_list.labels if place and place.item.code_list else {}
            known[name] = {code: "1" if code in self.data.get(name, ()) else "0" for code in labels}
        return known

    def _note_boxes(self) -> None:
        """Note of each field of boxes whether all of them were given as 1 or 0; if not, what was given."""
        self.keys["whole"], self.keys["boxes"] = [], {}
        for name, given in self._boxes.items():
            place = find_place(self.form, name)
            labels = place.item.code_list.labels if place and place.item.code_list else {}
            if given.keys() == labels.keys() and set(given.values()) <= {"0", "1"}:
                self.keys["whole"].append(name)
            else:
                self.keys["boxes"][name] = given

    def _note(self, kind: str, name: str, what: Any) -> None:
        self.keys.setdefault(kind, {})[name] = what

    def _list(self, kind: str, name: str) -> None:
        self.keys.setdefault(kind, []).append(name)

    def _forget(self, name: str) -> None:
        for kind in ("written", "units", "records"):
            self.keys.get(kind, {}).pop(name, None)
        for kind in ("null", "cleared"):
            if name in self.keys.get(kind, ()):
                self.keys[kind].remove(name)


def next_number(taken: set[str]) -> str:
    """Return the number after the highest of these keys."""
    return str(1 + max((int(key) for key in taken if key.isdecimal() and key.isascii()), default=0))
