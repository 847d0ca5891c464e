"""What a check would find in the data that a trial has: counted, within a time that it may take, and nothing stored."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from captures.models import DataCapture
from captures.selectors.captures import captures_at_work
from captures.selectors.outside import latest
from captures.selectors.sight import Sight, without
from edc.accounts.models import User
from patients.models import Subject
from trials.definition import Check, Definition, Rules, as_standard, settle
from trials.expressions import Lookup
from trials.models import ClinicalTrial, StudyVersion

AT_ONCE = 200
MOST_SUBJECTS = 20
# What is read of a capture to know what of it somebody may see; its values first.
OF_SIGHT = ("data", "study_version", "form", "site", "patient")
# Subject, and number of the visit, to the values of its forms.
Visits = dict[tuple[UUID, str], list[tuple[int, dict[str, Any]]]]


@dataclass
class DryRun:
    """How many captures were looked at of how many, in how many the check fires, and the first subjects of those."""

    total: int = 0
    looked_at: int = 0
    fired: int = 0
    subjects: list[Subject] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return self.looked_at == self.total


def dry_run(user: User, trial: ClinicalTrial, study: Definition, check: Check, *, seconds: float) -> DryRun:
    """Return what the check would find among the captures of its form that this person sees, looking for so long."""
    rules = study.rules[check.form]
    alone = replace(rules, checks=tuple(pair for pair in rules.checks if pair[0].oid == check.oid))
    form, found, until = study.forms_by_oid[check.form], DryRun(), time.monotonic() + seconds
    captures = captures_at_work(user).filter(trial=trial, form=check.form)
    found.total = captures.count()
    firing: dict[UUID, None] = {}
    seen = _Seen(user, trial)
    for rows in _batches(seen, captures):
        elsewhere = _elsewhere(seen, study, rules, {subject for _, subject, *_ in rows})
        for _, subject, visit, repeat, data in rows:
            outside = _outside(study, rules, elsewhere, subject, (visit, repeat))
            fired = settle(form, alone, data, outside).fired
            found.fired += bool(fired)
            if fired and len(firing) < MOST_SUBJECTS:
                firing[subject] = None
        found.looked_at += len(rows)
        if time.monotonic() > until:
            break
    found.subjects = list(Subject.objects.filter(pk__in=firing).order_by("number"))
    return found


class _Seen:
    """The values that this person may see: who writes checks must not learn the others by trying some."""

    def __init__(self, user: User, trial: ClinicalTrial) -> None:
        self.sight = Sight(user)
        self.versions = {row.pk: row for row in StudyVersion.objects.filter(trial=trial).defer("document")}

    def __call__(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """Return the values of a capture, read as `OF_SIGHT`."""
        data, version, form, site, patient = row[-len(OF_SIGHT) :]
        return without(data, self.sight.hidden(self.versions.get(version), form=form, site=site, patient=patient))


def _batches(seen: _Seen, captures: QuerySet[DataCapture]) -> Iterator[list[Any]]:
    """Yield the captures, some at once, by their keys."""
    rows = captures.order_by("pk")
    after: UUID | None = None
    while True:
        page = rows.filter(pk__gt=after) if after else rows
        found = list(page.values_list("pk", "subject_id", "visit", "visit_repeat", *OF_SIGHT)[:AT_ONCE])
        if found:
            yield [(*row[: -len(OF_SIGHT)], seen(row)) for row in found]
        if len(found) < AT_ONCE:
            return
        after = found[-1][0]


def _elsewhere(seen: _Seen, study: Definition, rules: Rules, subjects: set[UUID]) -> Visits:
    """Return the values of the visits that the rules read, in one statement; none where they read nothing elsewhere."""
    visits = {one.visit for one in rules.outside if one.visit}
    bare = {one.item for one in rules.outside if not one.visit}
    visits |= {visit.oid for visit in study.visits if any(bare & form.items.keys() for form in visit.forms)}
    found: Visits = {}
    if not visits:
        return found
    rows = DataCapture.objects.filter(subject__in=subjects, visit__in=visits).order_by("visit_repeat", "form_repeat")
    for subject, visit, repeat, *row in rows.values_list("subject", "visit", "visit_repeat", *OF_SIGHT):
        found.setdefault((subject, visit), []).append((repeat, seen(tuple(row))))
    return found


def _outside(study: Definition, rules: Rules, elsewhere: Visits, subject: UUID, at: tuple[str, int]) -> Lookup:
    found: dict[tuple[str | None, str], Any] = {}
    for one in rules.outside:
        visit = one.visit or study.visit_with(one.item, beside=at[0]) or ""
        stored = latest(one, elsewhere.get((subject, visit), []), at[1] if visit == at[0] else 0)
        value = as_standard(study.items.get(one.item), stored)
        if value is not None:
            found[one.visit, one.item] = value
    return found
