"""What the expressions of a form read from the subject's other forms, and what the form comes to with it."""

from collections.abc import Iterable, Mapping
from typing import Any

from captures.models import DataCapture
from captures.validators import Checked, check_values
from patients.models import Subject
from trials.definition import Definition, Rules, as_standard, find_place
from trials.expressions import Lookup, Reference


def values_outside(subject: Subject, definition: Definition, form: str, *, visit: str, visit_repeat: int = 1) -> Lookup:
    """Return the values that the form's rules read elsewhere; one statement, or none where they read nothing.

    A bare `[item]` means the same visit, or the only visit that has it. Of repeats the same one counts, else the last.
    """
    wanted = _wanted(definition, form, visit)
    visits = {oid for oid in wanted.values() if oid}
    if not visits:
        return {}
    rows = DataCapture.objects.filter(subject=subject, visit__in=visits).order_by("visit_repeat", "form_repeat")
    found = rows.values_list("visit", "visit_repeat", "data")
    return values_among(found, definition, form, visit=visit, visit_repeat=visit_repeat)


def values_among(
    rows: Iterable[tuple[str, int, dict[str, Any]]],
    definition: Definition,
    form: str,
    *,
    visit: str,
    visit_repeat: int = 1,
) -> Lookup:
    """Return what `values_outside` does, of captures at hand: visit, repeat and data of each, by their repeats."""
    wanted = _wanted(definition, form, visit)
    if not wanted:
        return {}
    by_visit: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for where, repeat, data in rows:
        by_visit.setdefault(where, []).append((repeat, data))
    found: dict[tuple[str | None, str], Any] = {}
    for reference, oid in wanted.items():
        stored = latest(reference, by_visit.get(oid or "", []), visit_repeat if oid == visit else 0)
        value = as_standard(definition.items.get(reference.item), stored)
        if value is not None:
            found[reference.visit, reference.item] = value
    return found


def _wanted(definition: Definition, form: str, visit: str) -> dict[Reference, str | None]:
    """Return what the form's rules read elsewhere, each with its visit."""
    outside = definition.rules.get(form, Rules()).outside
    return {one: one.visit or definition.visit_with(one.item, beside=visit) for one in outside}


def rules_at(
    subject: Subject, definition: Definition, form: str, *, visit: str, visit_repeat: int = 1
) -> dict[str, Any]:
    """Return the `rules` of the form and the `outside` values that they read, for who checks its input."""
    outside = values_outside(subject, definition, form, visit=visit, visit_repeat=visit_repeat)
    return {"rules": definition.rules.get(form), "outside": outside}


def checked_values(capture: DataCapture, values: Mapping[str, Any]) -> Checked:
    """Return what these values come to in the capture's form, by the rules of its study version.

    What the capture holds already is not refused.
    """
    form, version = capture.form_definition, capture.study_version
    if form is None or version is None:
        return Checked()
    rules = rules_at(
        capture.subject, version.definition, form.oid, visit=capture.visit, visit_repeat=capture.visit_repeat
    )
    return check_values(form, values, **rules, stored=capture.data)


def missing_of(capture: DataCapture) -> list[str]:
    """Return the names of the required items that have no value, as people read them."""
    form = capture.form_definition
    if form is None:
        return []
    places = [find_place(form, name) for name in checked_values(capture, capture.data).missing]
    return [place.label for place in places if place]


def latest(reference: Reference, rows: list[tuple[int, dict[str, Any]]], repeat: int) -> Any:
    """Return the value among the repeats of a visit: that of the same repeat, else of the last one that has it."""
    values = [(number, data[reference.item]) for number, data in rows if reference.item in data]
    same = [value for number, value in values if number == repeat]
    return same[-1] if same else values[-1][1] if values else None
