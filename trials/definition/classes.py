"""The study version (ODM MetaDataVersion) as typed classes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trials.definition.asking import Asking
    from trials.definition.rules import Rules


class ItemType(StrEnum):
    """What an item holds; DESCRIPTIVE holds nothing and is only read."""

    TEXT = "TEXT"
    LONG_TEXT = "LONG_TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    DATE = "DATE"
    TIME = "TIME"
    DATE_TIME = "DATE_TIME"
    CHOICE = "CHOICE"
    MULTIPLE = "MULTIPLE"
    YES_NO = "YES_NO"
    SCALE = "SCALE"
    FILE = "FILE"
    DESCRIPTIVE = "DESCRIPTIVE"


NUMERIC = frozenset({ItemType.INTEGER, ItemType.DECIMAL, ItemType.SCALE})
WITH_CODES = frozenset({ItemType.CHOICE, ItemType.MULTIPLE, ItemType.YES_NO})


class VisitType(StrEnum):
    """Kinds of study event, as ODM 2.0 StudyEventDef/@Type has them."""

    SCHEDULED = "SCHEDULED"
    UNSCHEDULED = "UNSCHEDULED"
    COMMON = "COMMON"


class FilledBy(StrEnum):
    SITE = "SITE"
    PARTICIPANT = "PARTICIPANT"


class Severity(StrEnum):
    """What a value outside a range does: SOFT stores it and prompts, HARD refuses it."""

    SOFT = "SOFT"
    HARD = "HARD"


@dataclass(frozen=True)
class Choice:
    """A choice; `source` is what a file calls it where each choice is a field of its own."""

    code: str
    label: str
    source: str = ""


@dataclass(frozen=True)
class CodeList:
    oid: str
    name: str
    choices: tuple[Choice, ...]

    @cached_property
    def labels(self) -> dict[str, str]:
        return {choice.code: choice.label for choice in self.choices}


# Why there is no value, as ODM and HL7 call it: what a version has that defines no codes of its own.
NULL_FLAVOURS = tuple(
    Choice(code, label)
    for code, label in (
        *(("NI", "No information"), ("NA", "Not applicable"), ("UNK", "Not known"), ("NASK", "Not asked")),
        *(("ASKU", "Asked but not known"), ("NAV", "Not available yet"), ("NP", "Not present")),
        *(("NPE", "Not performed"), ("OTH", "Other"), ("MSK", "Masked")),
    )
)


@dataclass(frozen=True)
class Unit:
    """A unit in which a number may be entered: times `factor` plus `offset` it is in the item's standard unit.

    Without a factor nobody knows how to convert it.
    """

    name: str
    factor: Fraction | None = None
    offset: Fraction = Fraction(0)


@dataclass(frozen=True)
class Range:
    """Limits in the item's own unit; a date item's limits are ISO 8601 dates."""

    minimum: str | None
    maximum: str | None
    severity: Severity
    message: str


@dataclass(frozen=True)
class Scale:
    """From where to where a scale goes, in which steps, and what its ends mean; `visual` has no numbers to see."""

    minimum: str
    maximum: str
    step: str = "1"
    low: str = ""
    high: str = ""
    visual: bool = False


@dataclass(frozen=True)
class Item:
    """A question. `calculation` gives its value, `condition` says when it is asked: see docs/expressions.md.

    `unit` is its standard unit, `units` are the others in which it may be entered, `missing_codes` say why it is not.
    """

    oid: str
    name: str
    type: ItemType
    question: str = ""
    hint: str = ""
    required: bool = False
    unit: str = ""
    code_list: CodeList | None = None
    ranges: tuple[Range, ...] = ()
    partial: bool = False
    max_length: int = 2000
    digits: int | None = None
    identifying: bool = False
    blinded: bool = False
    default: str = ""
    calculation: str = ""
    condition: str = ""
    scale: Scale | None = None
    source: str = ""
    units: tuple[Unit, ...] = ()
    missing_codes: tuple[Choice, ...] = ()
    concept: str = ""

    @property
    def label(self) -> str:
        return self.question or self.name

    def unit_named(self, name: str) -> Unit | None:
        """Return the other unit of this name in which the item may be entered."""
        return next((unit for unit in self.units if unit.name == name), None)


YES_NO = CodeList("YES_NO", "Yes or no", (Choice("Y", "Yes"), Choice("N", "No")))


@dataclass(frozen=True)
class Section:
    """A part of a form (ODM ItemGroupDef); one that repeats has an OID and is a table with at most `most` rows."""

    name: str
    description: str
    items: tuple[Item, ...]
    oid: str = ""
    condition: str = ""
    repeating: bool = False
    most: int = 1
    source: str = ""


@dataclass(frozen=True)
class Case:
    """A test of a check: with these values, by reference as in `[visit][item]`, it is to fire or not."""

    values: tuple[tuple[str, str | tuple[str, ...]], ...]
    fires: bool


@dataclass(frozen=True)
class Check:
    """An edit check: it fires when `fails_when` is true, and shows its message at an item of its form.

    `cases` are the tests that were written with it.
    """

    oid: str
    name: str
    form: str
    item: str
    fails_when: str
    message: str
    severity: Severity
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form; at a visit that puts a condition on it, with that `condition`."""

    oid: str
    name: str
    description: str
    repeating: bool
    filled_by: FilledBy
    sections: tuple[Section, ...]
    source: str = ""
    condition: str = ""

    @cached_property
    def items(self) -> dict[str, Item]:
        """Return the items that the form has once, by OID and in page order."""
        return {item.oid: item for section in self.sections if not section.repeating for item in section.items}

    @cached_property
    def groups(self) -> dict[str, Section]:
        """Return the sections that repeat, by OID."""
        return {section.oid: section for section in self.sections if section.repeating}

    @cached_property
    def every_item(self) -> dict[str, Item]:
        """Return the items of all sections, those that repeat as well."""
        return {item.oid: item for section in self.sections for item in section.items}


@dataclass(frozen=True)
class Visit:
    """A planned encounter; days count from the first treatment day, which is day 1. `condition` says for whom."""

    oid: str
    name: str
    type: VisitType
    order: int
    forms: tuple[Form, ...]
    target_day: int | None = None
    window_before: int = 0
    window_after: int = 0
    repeating: bool = False
    source: str = ""
    condition: str = ""

    def form(self, oid: str) -> Form | None:
        return next((form for form in self.forms if form.oid == oid), None)


@dataclass(frozen=True)
class Arm:
    oid: str
    name: str


@dataclass(frozen=True)
class Definition:
    """One study version, its texts in one language. Immutable: hold it as long as you like."""

    name: str
    description: str
    arms: tuple[Arm, ...]
    visits: tuple[Visit, ...]
    forms: tuple[Form, ...]
    items: dict[str, Item] = field(repr=False)
    checks: tuple[Check, ...] = ()
    missing_codes: tuple[Choice, ...] = NULL_FLAVOURS
    language: str = ""
    languages: tuple[str, ...] = ()
    rules: Mapping[str, "Rules"] = field(default_factory=dict, repr=False, compare=False)
    asking: "Asking | None" = field(default=None, repr=False, compare=False)

    @cached_property
    def visits_by_oid(self) -> dict[str, Visit]:
        return {visit.oid: visit for visit in self.visits}

    @cached_property
    def forms_by_oid(self) -> dict[str, Form]:
        return {form.oid: form for form in self.forms}

    @cached_property
    def identifying(self) -> frozenset[str]:
        """Return the items that tell who somebody is."""
        return frozenset(oid for oid, item in self.items.items() if item.identifying)

    @cached_property
    def blinded(self) -> frozenset[str]:
        """Return the items that would tell the treatment."""
        return frozenset(oid for oid, item in self.items.items() if item.blinded)

    def visit_with(self, item: str, *, beside: str) -> str | None:
        """Return the visit whose value `[item]` means in a form of the visit `beside`: this one, or the only other."""
        having = [visit.oid for visit in self.visits if any(item in form.items for form in visit.forms)]
        if beside in having:
            return beside
        return having[0] if len(having) == 1 else None
