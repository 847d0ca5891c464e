"""The study version (ODM MetaDataVersion) as typed classes."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class ItemType(StrEnum):
    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    DATE = "DATE"
    TIME = "TIME"
    CHOICE = "CHOICE"
    MULTIPLE = "MULTIPLE"
    YES_NO = "YES_NO"


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
    code: str
    label: str


@dataclass(frozen=True)
class CodeList:
    oid: str
    name: str
    choices: tuple[Choice, ...]

    @cached_property
    def labels(self) -> dict[str, str]:
        return {choice.code: choice.label for choice in self.choices}


@dataclass(frozen=True)
class Range:
    """Limits in the item's own unit; a date item's limits are ISO 8601 dates."""

    minimum: str | None
    maximum: str | None
    severity: Severity
    message: str


@dataclass(frozen=True)
class Item:
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

    @property
    def label(self) -> str:
        return self.question or self.name


YES_NO = CodeList("YES_NO", "Yes or no", (Choice("Y", "Yes"), Choice("N", "No")))


@dataclass(frozen=True)
class Section:
    name: str
    description: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Form:
    oid: str
    name: str
    description: str
    repeating: bool
    filled_by: FilledBy
    sections: tuple[Section, ...]

    @cached_property
    def items(self) -> dict[str, Item]:
        """Return every item of the form by its OID, in page order."""
        return {item.oid: item for section in self.sections for item in section.items}


@dataclass(frozen=True)
class Visit:
    """A planned encounter; days count from the first treatment day, which is day 1."""

    oid: str
    name: str
    type: VisitType
    order: int
    forms: tuple[Form, ...]
    target_day: int | None = None
    window_before: int = 0
    window_after: int = 0
    repeating: bool = False

    def form(self, oid: str) -> Form | None:
        return next((form for form in self.forms if form.oid == oid), None)


@dataclass(frozen=True)
class Arm:
    oid: str
    name: str


@dataclass(frozen=True)
class Definition:
    """One study version. Immutable: hold it as long as you like."""

    name: str
    description: str
    arms: tuple[Arm, ...]
    visits: tuple[Visit, ...]
    forms: tuple[Form, ...]
    items: dict[str, Item] = field(repr=False)

    @cached_property
    def visits_by_oid(self) -> dict[str, Visit]:
        return {visit.oid: visit for visit in self.visits}

    @cached_property
    def forms_by_oid(self) -> dict[str, Form]:
        return {form.oid: form for form in self.forms}
