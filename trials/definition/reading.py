"""Read a study version's document; errors name the path of the first fault."""

import re
from collections.abc import Callable, Iterator
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from audit.triggers import COLUMNS_OF_CAPTURES
from trials.definition.classes import (
    YES_NO,
    Arm,
    Choice,
    CodeList,
    Definition,
    FilledBy,
    Form,
    Item,
    ItemType,
    Range,
    Section,
    Severity,
    Visit,
    VisitType,
)

SCHEMA = "edc-study/1"
# What stands in addresses and in columns of the database.
OID = re.compile(r"(?![.]+\Z)[^\s/\\?#%]{1,40}")
NUMBER = re.compile(r"[+-]?([0-9]{1,18}([.][0-9]{1,12})?|[.][0-9]{1,12})")
DAY, CLOCK = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONGEST_NAME, LONGEST_TEXT, MOST_DIGITS = 200, 100_000, 12
# A hundred years: no study plans further.
FARTHEST_DAY = 36_500


class DefinitionError(ValueError):
    """The document breaks its own rules; `path` is where, as in `forms[2].sections[0].items[1]`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class _Reader:
    """One object of the document; each getter refuses a missing or wrong member and names its path."""

    def __init__(self, value: Any, path: str, known: set[str]) -> None:
        if not isinstance(value, dict):
            raise DefinitionError(path, "must be an object")
        if unknown := sorted(set(value) - known):
            raise DefinitionError(f"{path}.{unknown[0]}", "is not known here")
        self.value, self.path = value, path

    def text(self, name: str, default: str | None = None) -> str:
        value = self.value.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise DefinitionError(
                f"{self.path}.{name}", "must be a text" + ("" if default is not None else " and given")
            )
        if UNFIT.search(value):
            raise DefinitionError(f"{self.path}.{name}", "has characters that cannot be stored")
        return value

    def oid(self) -> str:
        oid = self.text("oid")
        if not OID.fullmatch(oid):
            raise DefinitionError(f"{self.path}.oid", "must have at most 40 characters, without spaces and / \\ ? # %")
        return oid

    def flag(self, name: str) -> bool:
        value = self.value.get(name, False)
        if not isinstance(value, bool):
            raise DefinitionError(f"{self.path}.{name}", "must be true or false")
        return value

    def whole(self, name: str, default: int | None, *, least: int, most: int) -> Any:
        value = self.value.get(name, default)
        if value is None and default is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise DefinitionError(f"{self.path}.{name}", f"must be a whole number from {least} to {most}")
        return value

    def rows(self, name: str) -> Iterator[tuple[str, Any]]:
        rows = self.value.get(name, [])
        if not isinstance(rows, list):
            raise DefinitionError(f"{self.path}.{name}", "must be a list")
        for number, row in enumerate(rows):
            yield f"{self.path}.{name}[{number}]", row

    def member(self, name: str, kinds: type[StrEnum], default: str | None = None) -> Any:
        value = self.text(name, default)
        if value not in {kind.value for kind in kinds}:
            allowed = ", ".join(kind.value for kind in kinds)
            raise DefinitionError(f"{self.path}.{name}", f"must be one of {allowed}")
        return kinds(value)

    def limit(self, name: str, kind: ItemType) -> str | None:
        """Return a limit that values of this kind can be compared with."""
        if name not in self.value:
            return None
        text, (words, is_one) = self.text(name), LIMITS[kind]
        try:
            known = is_one(text)
        except ValueError:
            known = False
        if not known:
            raise DefinitionError(f"{self.path}.{name}", f"must be {words} in a text")
        return text


# What limits the values of an item: in words, and whether a text is one. What is not here has no limits.
LIMITS: dict[ItemType, tuple[str, Callable[[str], object]]] = {
    ItemType.INTEGER: ("a number", NUMBER.fullmatch),
    ItemType.DECIMAL: ("a number", NUMBER.fullmatch),
    ItemType.DATE: ("a date as year-month-day", lambda text: DAY.fullmatch(text) and date.fromisoformat(text)),
    ItemType.TIME: (
        "a time as hours:minutes",
        lambda text: time.fromisoformat(text) if CLOCK.fullmatch(text) else None,
    ),
}


def _unique(rows: Any, path: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for row in rows:
        if row.oid in seen:
            raise DefinitionError(path, f"has {row.oid!r} twice")
        seen[row.oid] = row
    return seen


def _code_list(value: Any, path: str) -> CodeList:
    read = _Reader(value, path, {"oid", "name", "choices"})
    choices = []
    for where, row in read.rows("choices"):
        choice = _Reader(row, where, {"code", "label"})
        choices.append(Choice(choice.text("code"), choice.text("label")))
    if len({choice.code for choice in choices}) != len(choices):
        raise DefinitionError(f"{path}.choices", "has a code twice")
    return CodeList(read.oid(), read.text("name", ""), tuple(choices))


def _range(value: Any, path: str, kind: ItemType) -> Range:
    read = _Reader(value, path, {"min", "max", "severity", "message"})
    if kind not in LIMITS:
        raise DefinitionError(path, f"an item of type {kind} has no range")
    least, most = read.limit("min", kind), read.limit("max", kind)
    if least is None and most is None:
        raise DefinitionError(path, "must have a min or a max")
    if least and most and _is_above(least, most, kind):
        raise DefinitionError(f"{path}.max", "must not be below min")
    return Range(least, most, read.member("severity", Severity, "SOFT"), read.text("message", ""))


def _is_above(least: str, most: str, kind: ItemType) -> bool:
    return Decimal(least) > Decimal(most) if kind in {ItemType.INTEGER, ItemType.DECIMAL} else least > most


ITEM_MEMBERS = {
    *("oid", "name", "type", "question", "hint", "required", "unit", "code_list"),
    *("ranges", "partial", "max_length", "digits", "identifying"),
}


def _item(value: Any, path: str, code_lists: dict[str, CodeList]) -> Item:
    read = _Reader(value, path, ITEM_MEMBERS)
    oid = read.oid()
    if oid in COLUMNS_OF_CAPTURES:
        raise DefinitionError(f"{path}.oid", f"may not be {oid!r}, which is a field of every form")
    kind: ItemType = read.member("type", ItemType)
    code_list = YES_NO if kind == ItemType.YES_NO else None
    if kind in {ItemType.CHOICE, ItemType.MULTIPLE}:
        code_list = code_lists.get(read.text("code_list"))
        if code_list is None:
            raise DefinitionError(f"{path}.code_list", "names no code list of this version")
    return Item(
        oid=oid,
        name=read.text("name"),
        type=kind,
        question=read.text("question", ""),
        hint=read.text("hint", ""),
        required=read.flag("required"),
        unit=read.text("unit", ""),
        code_list=code_list,
        ranges=tuple(_range(row, where, kind) for where, row in read.rows("ranges")),
        partial=read.flag("partial"),
        max_length=read.whole("max_length", 2000, least=1, most=LONGEST_TEXT),
        digits=read.whole("digits", None, least=0, most=MOST_DIGITS),
        identifying=read.flag("identifying"),
    )


def _form(value: Any, path: str, items: dict[str, Item]) -> Form:
    read = _Reader(value, path, {"oid", "name", "description", "repeating", "filled_by", "sections"})
    sections, used = [], set[str]()
    for where, row in read.rows("sections"):
        section = _Reader(row, where, {"name", "description", "items"})
        chosen = []
        for place, oid in section.rows("items"):
            if not isinstance(oid, str) or oid not in items:
                raise DefinitionError(place, "names no item of this version")
            if oid in used:
                raise DefinitionError(place, f"has item {oid!r} twice in one form")
            used.add(oid)
            chosen.append(items[oid])
        sections.append(Section(section.text("name", ""), section.text("description", ""), tuple(chosen)))
    return Form(
        oid=read.oid(),
        name=read.text("name"),
        description=read.text("description", ""),
        repeating=read.flag("repeating"),
        filled_by=read.member("filled_by", FilledBy, "SITE"),
        sections=tuple(sections),
    )


VISIT_MEMBERS = {
    *("oid", "name", "type", "order", "forms", "target_day"),
    *("window_before", "window_after", "repeating"),
}


def _visit(value: Any, path: str, number: int, forms: dict[str, Form]) -> Visit:
    read = _Reader(value, path, VISIT_MEMBERS)
    chosen = []
    for place, oid in read.rows("forms"):
        if not isinstance(oid, str) or oid not in forms:
            raise DefinitionError(place, "names no form of this version")
        if forms[oid] in chosen:
            raise DefinitionError(place, f"has form {oid!r} twice in one visit")
        chosen.append(forms[oid])
    target_day = read.whole("target_day", None, least=-FARTHEST_DAY, most=FARTHEST_DAY)
    if target_day == 0:
        raise DefinitionError(f"{path}.target_day", "must not be 0: the day before day 1 is day -1")
    return Visit(
        oid=read.oid(),
        name=read.text("name"),
        type=read.member("type", VisitType, "SCHEDULED"),
        order=read.whole("order", number, least=-FARTHEST_DAY, most=FARTHEST_DAY),
        forms=tuple(chosen),
        target_day=target_day,
        window_before=read.whole("window_before", 0, least=0, most=FARTHEST_DAY),
        window_after=read.whole("window_after", 0, least=0, most=FARTHEST_DAY),
        repeating=read.flag("repeating"),
    )


def read_definition(document: Any) -> Definition:
    """Return the typed study version, or raise DefinitionError with the path of the first fault."""
    known = {"schema", "name", "description", "arms", "visits", "forms", "items", "code_lists"}
    read = _Reader(document, "$", known)
    if read.text("schema") != SCHEMA:
        raise DefinitionError("$.schema", f"must be {SCHEMA}")
    lists = _unique((_code_list(row, path) for path, row in read.rows("code_lists")), "$.code_lists")
    items = _unique((_item(row, path, lists) for path, row in read.rows("items")), "$.items")
    forms = _unique((_form(row, path, items) for path, row in read.rows("forms")), "$.forms")
    visits = (_visit(row, path, n, forms) for n, (path, row) in enumerate(read.rows("visits"), 1))
    arms = (_Reader(row, path, {"oid", "name"}) for path, row in read.rows("arms"))
    if len(name := read.text("name")) > LONGEST_NAME:
        raise DefinitionError("$.name", f"must have at most {LONGEST_NAME} characters")
    return Definition(
        name=name,
        description=read.text("description", ""),
        arms=tuple(_unique((Arm(arm.oid(), arm.text("name")) for arm in arms), "$.arms").values()),
        visits=tuple(sorted(_unique(visits, "$.visits").values(), key=lambda visit: visit.order)),
        forms=tuple(forms.values()),
        items=items,
    )
