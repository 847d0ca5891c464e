"""Read a study version's document; errors name the path of the first fault."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from audit.triggers import COLUMNS_OF_CAPTURES
from trials.definition.asking import compile_asking
from trials.definition.classes import (
    NULL_FLAVOURS,
    NUMERIC,
    YES_NO,
    Arm,
    Case,
    Check,
    Choice,
    CodeList,
    Definition,
    FilledBy,
    Form,
    Item,
    ItemType,
    Range,
    Scale,
    Section,
    Severity,
    Unit,
    Visit,
    VisitType,
)
from trials.definition.members import DEFAULT_LANGUAGE, NUMBER, DefinitionError, Languages, Members
from trials.definition.rules import compile_rules

SCHEMA = "edc-study/1"
OID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}")
LONGEST_NAME, LONGEST_TEXT, MOST_DIGITS, MOST_ROWS = 200, 100_000, 12, 1_000
# A hundred years: no study plans further.
FARTHEST_DAY = 36_500
RATIO = re.compile(r"[+-]?[0-9]{1,18}(?:[.][0-9]{1,12}|/[1-9][0-9]{0,17})?")
DAY, CLOCK = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
# What limits the values of an item: in words, and whether a text is one. What is not here has no limits.
LIMITS: dict[ItemType, tuple[str, Callable[[str], object]]] = {
    **dict.fromkeys(NUMERIC, ("a number", NUMBER.fullmatch)),
    ItemType.DATE: ("a date as year-month-day", lambda text: DAY.fullmatch(text) and date.fromisoformat(text)),
    ItemType.TIME: ("a time as hours:minutes", lambda text: CLOCK.fullmatch(text) and str(time.fromisoformat(text))),
    ItemType.DATE_TIME: (
        "a date with time as 2026-03-07T14:30",
        lambda text: "T" in text and datetime.fromisoformat(text),
    ),
}


def read_definition(document: Any, language: str = "") -> Definition:
    """Return the typed study version, or raise DefinitionError with the path of the first fault.

    Its texts are in this language, or where it has none of them in the document's own.
    """
    return _Document(document, language).read()


class _Document:
    """The parts of a document, each read with those that it refers to."""

    def __init__(self, document: Any, language: str) -> None:
        self.languages = Languages(())
        self.top = Members(document, "$", MEMBERS["top"], self.languages)
        own = self.top.text("language", DEFAULT_LANGUAGE, longest=20)
        self.languages.wanted = tuple(dict.fromkeys(filter(None, [language, language.partition("-")[0], own])))
        self.languages.found.add(own)
        self.code_lists: dict[str, CodeList] = {}
        self.missing_codes: dict[str, Choice] = {}
        self.items: dict[str, Item] = {}
        self.forms: dict[str, Form] = {}

    def members(self, value: Any, path: str, kind: str) -> Members:
        return Members(value, path, MEMBERS[kind], self.languages)

    def read(self) -> Definition:
        """Read the document in the order in which its parts refer to each other."""
        if self.top.text("schema") != SCHEMA:
            raise DefinitionError("$.schema", f"must be {SCHEMA}")
        self.code_lists = self._unique("code_lists", self._code_list)
        self.missing_codes = self._missing_codes()
        self.items = self._unique("items", self._item)
        self.forms = self._unique("forms", self._form)
        visits = self._unique("visits", self._visit)
        definition = Definition(
            name=self._name(),
            description=self.top.words("description", ""),
            arms=tuple(self._unique("arms", self._arm).values()),
            visits=tuple(sorted(visits.values(), key=lambda visit: visit.order)),
            forms=tuple(self.forms.values()),
            items=self.items,
            checks=tuple(self._unique("checks", self._check).values()),
            missing_codes=tuple(self.missing_codes.values()),
            language=self.languages.wanted[-1],
            languages=tuple(sorted(self.languages.found)),
        )
        asking = compile_asking(definition)
        return replace(definition, rules=compile_rules(definition), asking=asking if asking.conditions else None)

    def _name(self) -> str:
        name = self.top.words("name")
        if len(name) > LONGEST_NAME:
            raise self.top.refuse("name", f"must have at most {LONGEST_NAME} characters")
        return name

    def _unique(self, name: str, read: Any) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for number, (path, row) in enumerate(self.top.rows(name)):
            made = read(row, path, number)
            if made.oid in seen:
                raise DefinitionError(f"{path}.oid", f"{made.oid!r} is there twice")
            seen[made.oid] = made
        return seen

    @staticmethod
    def _oid(read: Members) -> str:
        oid = read.text("oid")
        if not OID.fullmatch(oid):
            raise read.refuse("oid", "must have at most 40 characters: letters, digits, points, hyphens, underscores")
        return oid

    def _arm(self, value: Any, path: str, _number: int) -> Arm:
        read = self.members(value, path, "arm")
        return Arm(self._oid(read), read.words("name"))

    def _code_list(self, value: Any, path: str, _number: int) -> CodeList:
        read = self.members(value, path, "code_list")
        choices = self._choices(read, "choices")
        if not choices:
            raise read.refuse("choices", "must have a choice")
        return CodeList(self._oid(read), read.text("name", ""), tuple(choices.values()))

    def _choices(self, read: Members, name: str) -> dict[str, Choice]:
        choices: dict[str, Choice] = {}
        for where, row in read.rows(name):
            choice = self.members(row, where, "choice")
            code = choice.text("code", longest=100)
            if code in choices:
                raise read.refuse(name, f"has the code {code!r} twice")
            choices[code] = Choice(code, choice.words("label"), choice.text("source", ""))
        return choices

    def _missing_codes(self) -> dict[str, Choice]:
        """Return the codes that say why there is no value: the version's own, or the null flavours."""
        if "missing_codes" in self.top.value:
            return self._choices(self.top, "missing_codes")
        return {one.code: one for one in NULL_FLAVOURS}

    def _item(self, value: Any, path: str, _number: int) -> Item:
        read = self.members(value, path, "item")
        oid = self._oid(read)
        if oid in COLUMNS_OF_CAPTURES:
            raise read.refuse("oid", f"may not be {oid!r}, which is a field of every form")
        kind: ItemType = read.member("type", ItemType)
        return Item(
            oid=oid,
            name=read.words("name"),
            type=kind,
            question=read.words("question", ""),
            hint=read.words("hint", ""),
            required=read.flag("required"),
            unit=read.text("unit", "", longest=LONGEST_NAME),
            code_list=self._codes_of(read, kind),
            ranges=tuple(self._range(row, where, kind) for where, row in read.rows("ranges")),
            partial=read.flag("partial"),
            max_length=read.whole("max_length", 2000, least=1, most=LONGEST_TEXT),
            digits=read.whole("digits", None, least=0, most=MOST_DIGITS),
            identifying=read.flag("identifying"),
            blinded=read.flag("blinded"),
            default=read.text("default", ""),
            calculation=read.text("calculation", ""),
            condition=read.text("condition", ""),
            scale=self._scale(read, kind),
            source=read.text("source", ""),
            units=self._units(read, kind),
            missing_codes=self._missing_of(read, kind),
            concept=read.text("concept", "", longest=LONGEST_NAME),
        )

    def _units(self, read: Members, kind: ItemType) -> tuple[Unit, ...]:
        """Return the units beside the standard one."""
        units: dict[str, Unit] = {}
        for place, row in read.rows("units"):
            unit = self.members(row, place, "unit")
            name = unit.text("unit", longest=LONGEST_NAME)
            factor, offset = (self._ratio(unit, member) for member in ("factor", "offset"))
            if name in units or name == read.value.get("unit"):
                raise unit.refuse("unit", f"{name!r} is there twice")
            if factor == 0 or (factor is None and offset is not None):
                raise unit.refuse("factor", "must be a number other than 0")
            units[name] = Unit(name, factor, offset or Fraction(0))
        if units and (kind not in {ItemType.INTEGER, ItemType.DECIMAL} or not read.text("unit", "")):
            raise read.refuse("units", "are for numbers that have a standard unit")
        return tuple(units.values())

    @staticmethod
    def _ratio(read: Members, name: str) -> Fraction | None:
        text = read.limit(name, "a number, or a fraction such as 5/9,", RATIO.fullmatch)
        return None if text is None else Fraction(text)

    def _missing_of(self, read: Members, kind: ItemType) -> tuple[Choice, ...]:
        """Return the missing-data codes that the item allows: all of the version's unless it names some."""
        if kind == ItemType.DESCRIPTIVE:
            return ()
        if "missing_codes" not in read.value:
            return tuple(self.missing_codes.values())
        named = dict(read.rows("missing_codes"))
        for place, code in named.items():
            if not isinstance(code, str) or code not in self.missing_codes:
                raise DefinitionError(place, "is no missing-data code of this version")
        return tuple(one for code, one in self.missing_codes.items() if code in named.values())

    def _codes_of(self, read: Members, kind: ItemType) -> CodeList | None:
        if kind not in {ItemType.CHOICE, ItemType.MULTIPLE}:
            return YES_NO if kind == ItemType.YES_NO else None
        named = self.code_lists.get(read.text("code_list"))
        if named is None:
            raise read.refuse("code_list", "names no code list of this version")
        return named

    def _scale(self, read: Members, kind: ItemType) -> Scale | None:
        if kind != ItemType.SCALE:
            if "scale" in read.value:
                raise read.refuse("scale", "is for items of type SCALE")
            return None
        inner = self.members(read.value.get("scale"), f"{read.path}.scale", "scale")
        low, high, step = (
            inner.number(name) or default for name, default in (("min", "0"), ("max", "10"), ("step", "1"))
        )
        if not Decimal(low) < Decimal(high) or Decimal(step) <= 0:
            raise read.refuse("scale", "must go from a smaller to a larger number in steps over 0")
        return Scale(low, high, step, inner.words("low", ""), inner.words("high", ""), inner.flag("visual"))

    def _range(self, value: Any, path: str, kind: ItemType) -> Range:
        read = self.members(value, path, "range")
        if kind not in LIMITS:
            raise DefinitionError(path, f"an item of type {kind} has no range")
        low, high = read.limit("min", *LIMITS[kind]), read.limit("max", *LIMITS[kind])
        if low is None and high is None:
            raise DefinitionError(path, "must have a min or a max")
        if low and high and (Decimal(low) > Decimal(high) if kind in NUMERIC else low > high):
            raise read.refuse("max", "must not be below min")
        return Range(low, high, read.member("severity", Severity, "SOFT"), read.words("message", ""))

    def _form(self, value: Any, path: str, _number: int) -> Form:
        read = self.members(value, path, "form")
        used: set[str] = set()
        return Form(
            oid=self._oid(read),
            name=read.words("name"),
            description=read.words("description", ""),
            repeating=read.flag("repeating"),
            filled_by=read.member("filled_by", FilledBy, "SITE"),
            sections=tuple(self._section(row, where, used) for where, row in read.rows("sections")),
            source=read.text("source", ""),
        )

    def _section(self, value: Any, path: str, used: set[str]) -> Section:
        read = self.members(value, path, "section")
        repeating = read.flag("repeating")
        oid = self._oid(read) if repeating or "oid" in read.value else ""
        if oid and (oid in used or oid in self.items or oid in COLUMNS_OF_CAPTURES):
            raise read.refuse("oid", f"{oid!r} names something else already")
        used.add(oid)
        return Section(
            name=read.words("name", ""),
            description=read.words("description", ""),
            items=tuple(self._placed(row, where, used) for where, row in read.rows("items")),
            oid=oid,
            condition=read.text("condition", ""),
            repeating=repeating,
            most=read.whole("most", 200, least=1, most=MOST_ROWS) if repeating else 1,
            source=read.text("source", ""),
        )

    def _placed(self, value: Any, path: str, used: set[str]) -> Item:
        """Return an item at its place in a form, where it may be required, asked or calculated otherwise."""
        oid, changed = value, {}
        if isinstance(value, dict):
            read = self.members(value, path, "placed_item")
            oid = read.text("oid")
            changed = {name: read.text(name) for name in ("condition", "calculation") if name in read.value}
            if "required" in read.value:
                changed["required"] = read.flag("required")  # type: ignore[assignment]
        if not isinstance(oid, str) or oid not in self.items:
            raise DefinitionError(path, "names no item of this version")
        if oid in used:
            raise DefinitionError(path, f"has item {oid!r} twice in one form")
        used.add(oid)
        return replace(self.items[oid], **changed) if changed else self.items[oid]  # type: ignore[arg-type]

    def _visit(self, value: Any, path: str, number: int) -> Visit:
        read = self.members(value, path, "visit")
        target_day = read.whole("target_day", None, least=-FARTHEST_DAY, most=FARTHEST_DAY)
        if target_day == 0:
            raise read.refuse("target_day", "must not be 0: the day before day 1 is day -1")
        return Visit(
            oid=self._oid(read),
            name=read.words("name"),
            type=read.member("type", VisitType, "SCHEDULED"),
            order=read.whole("order", number + 1, least=-FARTHEST_DAY, most=FARTHEST_DAY),
            forms=tuple(self._forms_of(read)),
            target_day=target_day,
            window_before=read.whole("window_before", 0, least=0, most=FARTHEST_DAY),
            window_after=read.whole("window_after", 0, least=0, most=FARTHEST_DAY),
            repeating=read.flag("repeating"),
            source=read.text("source", ""),
            condition=read.text("condition", ""),
        )

    def _forms_of(self, read: Members) -> Iterator[Form]:
        seen: set[str] = set()
        for place, row in read.rows("forms"):
            oid, condition = row, ""
            if isinstance(row, dict):
                placed = self.members(row, place, "placed_form")
                oid, condition = placed.text("oid"), placed.text("condition", "")
            if not isinstance(oid, str) or oid not in self.forms:
                raise DefinitionError(place, "names no form of this version")
            if oid in seen:
                raise DefinitionError(place, f"has form {oid!r} twice in one visit")
            seen.add(oid)
            yield replace(self.forms[oid], condition=condition) if condition else self.forms[oid]

    def _check(self, value: Any, path: str, _number: int) -> Check:
        read = self.members(value, path, "check")
        form = self.forms.get(read.text("form"))
        if form is None:
            raise read.refuse("form", "names no form of this version")
        if read.text("item") not in form.every_item:
            raise read.refuse("item", "names no item of this form")
        return Check(
            oid=self._oid(read),
            name=read.words("name", ""),
            form=form.oid,
            item=read.text("item"),
            fails_when=read.text("fails_when"),
            message=read.words("message"),
            severity=read.member("severity", Severity, "SOFT"),
            cases=tuple(self._case(row, where) for where, row in read.rows("cases")),
        )

    def _case(self, value: Any, path: str) -> Case:
        read = self.members(value, path, "case")
        values = read.value.get("values", {})
        if not isinstance(values, dict):
            raise read.refuse("values", "must be an object")
        known: dict[str, str | tuple[str, ...]] = {}
        for name, one in values.items():
            if not isinstance(one, str | list) or (isinstance(one, list) and not all(isinstance(c, str) for c in one)):
                raise read.refuse("values", f"has for {name!r} neither a text nor a list of codes")
            known[name] = tuple(one) if isinstance(one, list) else one
        return Case(tuple(known.items()), read.flag("fires"))


# What each kind of object may have; docs/study-version.schema.json says what each means.
MEMBERS: dict[str, frozenset[str]] = {
    "top": frozenset(
        {
            *("schema", "name", "description", "language", "arms", "visits", "forms", "items", "code_lists", "checks"),
            "missing_codes",
        }
    ),
    "arm": frozenset({"oid", "name"}),
    "code_list": frozenset({"oid", "name", "choices"}),
    "choice": frozenset({"code", "label", "source"}),
    "item": frozenset(
        {
            *("oid", "name", "type", "question", "hint", "required", "unit", "code_list", "ranges", "partial"),
            *("max_length", "digits", "identifying", "blinded", "default", "calculation", "condition", "scale"),
            *("source", "units", "missing_codes", "concept"),
        }
    ),
    "unit": frozenset({"unit", "factor", "offset"}),
    "scale": frozenset({"min", "max", "step", "low", "high", "visual"}),
    "range": frozenset({"min", "max", "severity", "message"}),
    "form": frozenset({"oid", "name", "description", "repeating", "filled_by", "sections", "source"}),
    "section": frozenset({"oid", "name", "description", "items", "condition", "repeating", "most", "source"}),
    "placed_item": frozenset({"oid", "required", "condition", "calculation"}),
    "placed_form": frozenset({"oid", "condition"}),
    "visit": frozenset(
        {
            *("oid", "name", "type", "order", "forms", "target_day"),
            *("window_before", "window_after", "repeating", "source", "condition"),
        }
    ),
    "check": frozenset({"oid", "name", "form", "item", "fails_when", "message", "severity", "cases"}),
    "case": frozenset({"values", "fires"}),
}
