"""The functions that an expression becomes: each takes the stored values and returns its own, or None if unknown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trials.expressions.kinds import Kind, Type, number
from trials.expressions.parsing import ExpressionError, Node

# The stored values an expression reads: (visit or None for its own, item) → text, list of codes, or nothing.
Key = tuple[str | None, str]
Lookup = Mapping[Key, Any]
Run = Callable[[Lookup], Any]

ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True)
class Part:
    kind: Kind
    run: Run


def wrong(node: Node, message: str) -> ExpressionError:
    return ExpressionError(message, node.start, node.end)


def code_meant(kind: Kind, written: str) -> str | None:
    """Return the code that is meant: 1 also means the code "01" if there is no "1"."""
    if written in kind.codes:
        return written
    value = number(written)
    return next((code for code in sorted(kind.codes) if value is not None and number(code) == value), None)


def stored_text(key: Key) -> Run:
    def run(values: Lookup) -> str | None:
        value = values.get(key)
        return value if isinstance(value, str) and value else None

    return run


def stored_number(key: Key) -> Run:
    def run(values: Lookup) -> Decimal | None:
        value = values.get(key)
        return number(value) if isinstance(value, str) else None

    return run


def taken(node: Node, kind: Kind, key: Key, code: str) -> Run:
    """Return whether this choice was taken; of a question that nobody answered none was."""
    if kind.type is not Type.CODE:
        raise wrong(node, f"Only choices have codes; this is {kind.type.words}.")
    known = code_meant(kind, code)
    if known is None:
        raise wrong(node, f"There is no choice {code!r}.")

    def run(values: Lookup) -> bool:
        taken = values.get(key) or ()
        return known in taken if isinstance(taken, list) else known == taken

    return run


def compared(left: Run, right: Run, test: Callable[[Any, Any], bool]) -> Run:
    def run(values: Lookup) -> bool | None:
        one = left(values)
        if one is None:
            return None
        other = right(values)
        return None if other is None else test(one, other)

    return run


def decided(runs: list[Run], *, by: bool) -> Run:
    """Return `or` (decided by a yes) or `and` (decided by a no) of three values."""

    def run(values: Lookup) -> bool | None:
        result: bool | None = not by
        for one in runs:
            value = one(values)
            if value is by:
                return by
            if value is None:
                result = None
        return result

    return run
