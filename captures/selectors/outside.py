"""What the expressions of a form read from the subject's other forms."""

from typing import Any

from captures.models import DataCapture
from patients.models import Subject
from trials.definition import Definition, Rules
from trials.expressions import Lookup, Reference


def values_outside(subject: Subject, definition: Definition, form: str, *, visit: str, visit_repeat: int = 1) -> Lookup:
    """Return the values that the form's rules read elsewhere; one statement, or none where they read nothing.

    A bare `[item]` means the same visit, or the only visit that has it. Of repeats the same one counts, else the last.
    """
    rules = definition.rules.get(form, Rules())
    wanted = {one: one.visit or definition.visit_with(one.item, beside=visit) for one in rules.outside}
    visits = {oid for oid in wanted.values() if oid}
    if not visits:
        return {}
    rows = DataCapture.objects.filter(subject=subject, visit__in=visits).order_by("visit_repeat", "form_repeat")
    by_visit: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for where, repeat, data in rows.values_list("visit", "visit_repeat", "data"):
        by_visit.setdefault(where, []).append((repeat, data))
    found: dict[tuple[str | None, str], Any] = {}
    for reference, oid in wanted.items():
        value = _latest(reference, by_visit.get(oid or "", []), visit_repeat if oid == visit else 0)
        if value is not None:
            found[reference.visit, reference.item] = value
    return found


def _latest(reference: Reference, rows: list[tuple[int, dict[str, Any]]], repeat: int) -> Any:
    values = [(number, data[reference.item]) for number, data in rows if reference.item in data]
    same = [value for number, value in values if number == repeat]
    return same[-1] if same else values[-1][1] if values else None
