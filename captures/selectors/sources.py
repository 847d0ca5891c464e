"""A capture's values as the study file had them that brought them in: in its names, its spelling and its order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from captures.models import DataCapture, SourceRecord
from captures.validators import places_in
from trials.definition import Item, Place, Section, amount_of, missing_code

NULL = "NI"


@dataclass(frozen=True)
class SourceValue:
    """A value under the names of the file. `value` is None for one that is said to be missing, "" for one cleared."""

    group: str
    group_repeat: str | None
    item: str
    value: str | None
    unit: str = ""
    place: str = ""


def repeats_in_file(capture: DataCapture) -> tuple[str | None, str | None]:
    """Return the file's repeat keys of the visit and of the form."""
    keys = capture.source_keys
    return keys.get("visit", str(capture.visit_repeat)), keys.get("form", str(capture.form_repeat))


def values_in_file(capture: DataCapture) -> Iterator[SourceValue]:
    """Yield the capture's values under the names that the study file gave them.

    What was changed here since has today's value; what is as it was brought in has the spelling of the file.
    """
    form, keys = capture.form_definition, capture.source_keys
    if form is None:
        return
    boxed = {*keys.get("boxes", {}), *keys.get("whole", [])}
    blank = {*keys.get("null", []), *keys.get("cleared", [])}
    sections = {item.oid: section for section in form.sections for item in section.items}
    for place in places_in(form, {*capture.data, *boxed, *blank}):
        name, section = str(place), sections[place.item.oid]
        value = capture.data.get(name)
        here = _group(place, section, keys)
        if name in boxed or (isinstance(value, list) and _has_boxes(place.item)):
            for source, box in _boxes(place.item, value, keys.get("boxes", {}).get(name)):
                yield SourceValue(*here, source, box, place=name)
        elif name in capture.data or name in blank:
            text = _spelled(value, keys.get("written", {}).get(name), is_cleared=name in keys.get("cleared", []))
            unit = keys.get("units", {}).get(name, "")
            yield SourceValue(*here, place.item.source or place.item.oid, text, unit, name)


def earlier_in_file(capture: DataCapture) -> Iterator[list[SourceValue]]:
    """Yield the values that stood in the file only until it wrote them again: each time's, in their order."""
    records = SourceRecord.objects.filter(capture=capture, kind=SourceRecord.Kind.EARLIER)
    for details in records.order_by("id").values_list("details", flat=True):
        yield [SourceValue(*value) for value in details["values"]]


def _group(place: Place, section: Section, keys: dict[str, Any]) -> tuple[str, str | None]:
    source = section.source or section.oid
    if place.group:
        return source, keys.get("rows", {}).get(f"{place.group}[{place.row}]", place.row)
    return source, keys.get("groups", {}).get(source, keys.get("group"))


def _has_boxes(item: Item) -> bool:
    return bool(item.code_list and any(choice.source for choice in item.code_list.choices))


def _boxes(item: Item, value: Any, given: dict[str, str | None] | None) -> Iterator[tuple[str, str | None]]:
    """Yield each box with 1 or 0, or with what the file had in it while that says the same."""
    taken = value if isinstance(value, list) else []
    for choice in item.code_list.choices if item.code_list else ():
        if given is not None and choice.code not in given and choice.code not in taken:
            continue
        box: str | None = "1" if choice.code in taken else "0"
        was = given.get(choice.code, box) if given is not None else box
        same = (was or "").lower() in {"1", "true", "yes", "checked"}
        yield choice.source or choice.code, was if same == (box == "1") else box


def _spelled(value: Any, written: list[Any] | None, *, is_cleared: bool) -> str | None:
    if written and written[0] == value:
        return str(written[1])
    if value is None:
        return "" if is_cleared else None
    code = missing_code(value)
    if code is not None:
        return None if code == NULL else code
    return ",".join(value) if isinstance(value, list) else amount_of(value)
