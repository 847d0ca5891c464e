"""What the expressions of a form read from the subject's other forms, and what the form comes to with it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from captures.models import DataCapture
from captures.selectors.standing import standing
from captures.validators import Checked, check_values
from patients.models import Subject
from trials.definition import HERE, Definition, Fired, Rules, as_standard, find_place
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
    own = definition.forms_by_oid[form].items
    for reference, oid in wanted.items():
        if reference.visit == visit and reference.item in own:
            found[reference.visit, reference.item] = HERE
            continue
        stored = latest(reference, by_visit.get(oid or "", []), visit_repeat if oid == visit else 0)
        value = as_standard(definition.items.get(reference.item), stored)
        if value is not None:
            found[reference.visit, reference.item] = value
    return found


def _wanted(definition: Definition, form: str, visit: str) -> dict[Reference, str | None]:
    """Return what the form's rules read elsewhere, each with its visit."""
    outside = definition.rules.get(form, Rules()).outside
    return {one: one.visit or definition.visit_with(one.item, beside=visit) for one in outside}


def values_outside_of(captures: Iterable[DataCapture], definition: Definition) -> dict[UUID, Lookup]:
    """Return what `values_outside` does, for each of these captures; one statement for all, or none."""
    known = list(captures)
    visits = {oid for one in known for oid in _wanted(definition, one.form, one.visit).values() if oid}
    if not visits:
        return {}
    subjects = {one.subject_id for one in known}
    rows = DataCapture.objects.filter(subject__in=subjects, visit__in=visits).order_by("visit_repeat", "form_repeat")
    found: dict[UUID, list[tuple[str, int, dict[str, Any]]]] = {}
    for subject, *row in rows.values_list("subject_id", "visit", "visit_repeat", "data"):
        found.setdefault(subject, []).append((row[0], row[1], row[2]))
    return {
        one.pk: values_among(
            found.get(one.subject_id, []), definition, one.form, visit=one.visit, visit_repeat=one.visit_repeat
        )
        for one in known
    }


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
    return check_values(form, values, **rules, stored=capture.data, brought_in=capture.study_import_id is not None)


def checked_many(captures: Sequence[DataCapture]) -> list[tuple[DataCapture, Checked]]:
    """Return what the values of each of these forms come to, as stored; one statement for what all of them read."""
    subjects = {capture.subject_id for capture in captures if _wanted_by(capture)}
    by_subject: dict[UUID, list[tuple[str, int, dict[str, Any]]]] = {subject: [] for subject in subjects}
    if subjects:
        rows = DataCapture.objects.filter(subject__in=subjects).order_by("visit_repeat", "form_repeat")
        for subject, visit, repeat, data in rows.values_list("subject_id", "visit", "visit_repeat", "data"):
            by_subject[subject].append((visit, repeat, data))
    return [(capture, _checked(capture, by_subject.get(capture.subject_id, []))) for capture in captures]


def _wanted_by(capture: DataCapture) -> dict[Reference, str | None]:
    version = capture.study_version
    return _wanted(version.definition, capture.form, capture.visit) if version else {}


def _checked(capture: DataCapture, rows: Iterable[tuple[str, int, dict[str, Any]]]) -> Checked:
    form, version = capture.form_definition, capture.study_version
    if form is None or version is None:
        return Checked()
    definition = version.definition
    outside = values_among(rows, definition, form.oid, visit=capture.visit, visit_repeat=capture.visit_repeat)
    rules = definition.rules.get(form.oid)
    checked = check_values(form, capture.data, rules=rules, outside=outside, stored=capture.data)
    if capture.submitted_at:
        checked.prompts |= standing(form, capture.data, checked)
    return checked


def readers_of(capture: DataCapture, items: Collection[str]) -> QuerySet[DataCapture]:
    """Return the subject's other forms whose rules may read one of these items of the capture."""
    version = capture.study_version
    rules = version.definition.rules if version else {}
    forms = [oid for oid, one in rules.items() if any(reference.item in items for reference in one.outside)]
    others = DataCapture.objects.filter(subject=capture.subject_id, form__in=forms).exclude(pk=capture.pk)
    return others.select_related("study_version", "subject").defer("study_version__document").order_by("pk")


def reads(capture: DataCapture, other: DataCapture, items: Collection[str]) -> bool:
    """Return whether the rules of this form read one of these items of the other form."""
    return any(one.item in items and visit == other.visit for one, visit in _wanted_by(capture).items())


def newly_failed(capture: DataCapture, checked: Checked, *, before: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return by place the hard checks that fail now and did not with the values `before`.

    One that failed before over the same values did not come by this change: what study files and other forms bring in
    may break checks, and must not bar the rest of the form.
    """
    if not checked.hard or capture.study_version is None:
        return checked.hard
    then = checked_values(capture, before)
    rules = capture.study_version.definition.rules.get(capture.form, Rules())
    read = {check.oid: expression.reads for check, expression in rules.checks}
    return checked.hard_besides(one for one in then.fired if _same_values(one, read[one.check.oid], then, checked))


def _same_values(one: Fired, reads: Iterable[Reference], then: Checked, now: Checked) -> bool:
    """Tell whether the check reads the same in its form, or in its row of a table, then and now."""
    row = one.place.removesuffix(one.check.item)
    places = {place for read in reads if read.visit is None for place in (read.item, row + read.item)}
    return all(then.values.get(place) == now.values.get(place) for place in places)


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
