"""The tests that are written with a check: what it does with their values, and whether that is what was expected."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from trials.definition.classes import Case, Check, Definition, Form
from trials.expressions import Expression, Lookup, Reference

REFERENCE = re.compile(r"(?:\[([^\[\]]+)\])?\[([^\[\]]+)\]")


@dataclass(frozen=True)
class Outcome:
    """What a check did in a case: `fired` is None where it cannot be told from the values."""

    case: Case
    fired: bool | None

    @property
    def passed(self) -> bool:
        return bool(self.fired) is self.case.fires


def outcomes_of(definition: Definition, check: Check) -> list[Outcome]:
    """Return what the check does in each of its cases."""
    rules = definition.rules.get(check.form)
    expression = next((one for known, one in rules.checks if known.oid == check.oid), None) if rules else None
    return outcomes(expression, check.cases) if expression else []


@dataclass(frozen=True)
class Tally:
    """A check with its form, how many cases it has, and how many of them did not go as expected."""

    check: Check
    form: Form
    cases: int
    failed: int


@dataclass(frozen=True)
class Tallies:
    """How the cases of every check went, and of all checks together."""

    checks: tuple[Tally, ...]

    @property
    def cases(self) -> int:
        return sum(tally.cases for tally in self.checks)

    @property
    def failed(self) -> int:
        return sum(tally.failed for tally in self.checks)


def tallies_of(definition: Definition) -> Tallies:
    """Return how the cases of every check went, all of them run now."""
    found = []
    for check in definition.checks:
        ran = outcomes_of(definition, check)
        failed = sum(not one.passed for one in ran)
        found.append(Tally(check, definition.forms_by_oid[check.form], len(ran), failed))
    return Tallies(tuple(found))


def outcomes(expression: Expression, cases: Iterable[Case]) -> list[Outcome]:
    """Return what an expression does in each of these cases."""
    found = []
    for case in cases:
        value = expression.run(lookup_of(case))
        found.append(Outcome(case, value if isinstance(value, bool) else None))
    return found


def lookup_of(case: Case) -> Lookup:
    """Return the values of a case as expressions read them."""
    found: dict[tuple[str | None, str], str | list[str]] = {}
    for name, value in case.values:
        if match := REFERENCE.fullmatch(name):
            found[match[1], match[2]] = list(value) if isinstance(value, tuple) else value
    return found


def read_by(expression: Expression) -> list[str]:
    """Return what an expression reads, as cases call it, in the order in which it does."""
    return list(dict.fromkeys(str(Reference(one.item, one.visit)) for one in sorted(expression.reads, key=str)))
