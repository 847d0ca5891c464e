"""What an item is to an expression, and how its stored text becomes a value."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from functools import cached_property

from trials.expressions.parsing import Reference

# A moment is ISO 8601 text: it may be partial, and text compares as time does.
Value = Decimal | str | bool | None


class Type(Enum):
    NUMBER = auto()
    TEXT = auto()
    DATE = auto()
    TIME = auto()
    DATE_TIME = auto()
    CODE = auto()
    TRUTH = auto()

    @property
    def words(self) -> str:
        return WORDS[self]


WORDS = {
    Type.NUMBER: "a number",
    Type.TEXT: "a text",
    Type.DATE: "a date",
    Type.TIME: "a time",
    Type.DATE_TIME: "a date with time",
    Type.CODE: "a choice",
    Type.TRUTH: "yes or no",
}


@dataclass(frozen=True)
class Kind:
    """The type of an item; for a choice its codes, and whether several may be taken."""

    type: Type
    codes: frozenset[str] = frozenset()
    multiple: bool = False

    @cached_property
    def is_score(self) -> bool:
        """Tell whether every code is a number, so that the choice can be counted with."""
        return self.type is Type.CODE and bool(self.codes) and all(number(code) is not None for code in self.codes)


# Gives the kind of the item that a reference names, or raises LookupError with a sentence that says what is wrong.
Names = Callable[[Reference], Kind]


def number(text: str) -> Decimal | None:
    """Return the number that this text spells, or None: also for what is stored though it is no number."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
