"""What becomes of captures in another study version: which of their values have a place there, and what is found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from captures.models import DataCapture
from captures.selectors.outside import values_outside_of
from captures.validators import check_values
from trials.definition import Definition, Form, Kind, differences, find_place, kinds_of_items

# Kinds of change after which an investigator looks again at a form that has such values.
ASKS = frozenset({Kind.REMOVED, Kind.MEANING})
Kinds = Mapping[str, Mapping[tuple[str, str], Kind]]


@dataclass(frozen=True)
class Fate:
    """A capture in the other version: its values there, those set aside, what is missing and flagged.

    `asks` where a value means something else there or has no place, or where more is missing or flagged than before.
    """

    capture: DataCapture
    data: dict[str, Any]
    set_aside: dict[str, Any]
    missing: int
    flagged: int
    asks: bool


def kinds_between(old: Definition, new: Definition) -> Kinds:
    """Return, by form, how each item that differs does."""
    found = differences(old, new)
    return {oid: kinds_of_items(found, oid) for oid in {*old.forms_by_oid, *new.forms_by_oid}}


def place_for(capture: DataCapture, definition: Definition) -> Form | None:
    """Return the capture's form at its visit in this version, or None where it has no place there."""
    visit = definition.visits_by_oid.get(capture.visit)
    form = visit.form(capture.form) if visit else None
    if visit is None or form is None:
        return None
    fits = (visit.repeating or capture.visit_repeat == 1) and (form.repeating or capture.form_repeat == 1)
    return form if fits else None


def fates_of(
    captures: Iterable[DataCapture], definition: Definition, kinds: Kinds
) -> tuple[list[Fate], list[DataCapture]]:
    """Return what becomes of these captures in a version, and those that have no place there; one statement at most."""
    placed: list[tuple[DataCapture, Form]] = []
    homeless: list[DataCapture] = []
    for capture in captures:
        form = place_for(capture, definition)
        if form is None:
            homeless.append(capture)
        else:
            placed.append((capture, form))
    outside = values_outside_of([capture for capture, _ in placed], definition)
    return [_fate(*one, definition, kinds, outside) for one in placed], homeless


def _fate(capture: DataCapture, form: Form, definition: Definition, kinds: Kinds, outside: Mapping[UUID, Any]) -> Fate:
    every = capture.data | (capture.set_aside or {})
    data = {name: value for name, value in every.items() if find_place(form, name)}
    rules = definition.rules.get(form.oid)
    checked = check_values(form, data, rules=rules, outside=outside.get(capture.pk), stored=data)
    missing, flagged = len(checked.missing), len(checked.prompts)
    if capture.status == DataCapture.Status.NOT_DONE:
        missing, flagged = capture.missing_items, capture.flagged_items
    set_aside = {name: value for name, value in every.items() if name not in data}
    more = missing > capture.missing_items or flagged > capture.flagged_items
    places = (find_place(form, name) for name in data)
    changed = any(kinds.get(form.oid, {}).get((one.group, one.item.oid)) in ASKS for one in places if one)
    newly_aside = set_aside.keys() - (capture.set_aside or {}).keys()
    return Fate(capture, data, set_aside, missing, flagged, asks=more or changed or bool(newly_aside))
