"""The subjects grid: a page of subjects across the visits of their study, in a fixed number of statements."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.utils import timezone

from captures.models import DataCapture
from captures.selectors.asking import Asked, asked_of
from captures.selectors.captures import subjects_at_work
from captures.selectors.schedule import (
    NOT_EXPECTED,
    NOTHING_DUE,
    is_expected,
    offset,
    state_of_visit,
    state_without_capture,
)
from edc.accounts.models import User
from edc.base.statuses import look
from patients.models import Invitation, Subject
from patients.selectors import versions_of, with_versions
from trials.definition import Visit
from trials.models import ClinicalTrial, Site, StudyVersion

SUBJECTS_ON_A_PAGE = 50
Status = DataCapture.Status

NO_QUERY = Q(open_queries=0, answered_queries=0)
# How many captures of a visit are in each state (`schedule.state_of_capture`), as one statement counts them.
COUNTED = {
    "OPEN_QUERY": Q(open_queries__gt=0),
    "ANSWERED_QUERY": Q(open_queries=0, answered_queries__gt=0),
    "FINALISED": NO_QUERY & Q(status=Status.FINALISED),
    "NOT_DONE": NO_QUERY & Q(status=Status.NOT_DONE),
    "IN_PROGRESS": NO_QUERY & Q(status=Status.IN_PROGRESS),
    "MISSING": NO_QUERY & Q(status=Status.SUBMITTED, missing_items__gt=0),
    "FLAGGED": NO_QUERY & Q(status=Status.SUBMITTED, missing_items=0, flagged_items__gt=0),
    "SUBMITTED": NO_QUERY & Q(status=Status.SUBMITTED, missing_items=0, flagged_items=0),
}
# Subjects are found by what one of their captures is; a value can be missing and another flagged.
HAS = {
    "OPEN_QUERY": Q(open_queries__gt=0),
    "ANSWERED_QUERY": Q(answered_queries__gt=0),
    "IN_PROGRESS": Q(status=Status.IN_PROGRESS),
    "SUBMITTED": Q(status=Status.SUBMITTED),
    "MISSING": Q(status=Status.SUBMITTED, missing_items__gt=0),
    "FLAGGED": Q(status=Status.SUBMITTED, flagged_items__gt=0),
    "FINALISED": Q(status=Status.FINALISED),
    "NOT_DONE": Q(status=Status.NOT_DONE),
}

WITHOUT_CAPTURE = """
with places as materialized (
  select id, time_zone, edc_version_in_force(id, now()) as in_force from trials_site where trial_id = %s
)
select s.id from patients_subject s
join places on places.id = s.site_id
join unnest(%s::uuid[], %s::text[], %s::text[], %s::int[], %s::int[]) as e (study_version, visit, form, first, last)
  on e.study_version = coalesce(places.in_force, s.enrolled_version_id)
where s.trial_id = %s and s.removed_at is null and s.disposition <> all (%s)
  and (%s::timestamptz at time zone places.time_zone)::date between s.day_one + e.first and s.day_one + e.last
  and not exists (
    select from captures_datacapture c
    where c.subject_id = s.id and c.visit = e.visit and c.form = e.form and c.removed_at is null)
"""
FOR_EVER = 200_000


@dataclass(frozen=True)
class Cell:
    """A visit of a subject."""

    visit: Visit
    state: str
    count: int

    @property
    def words(self) -> str:
        """Return the state as people read it; nothing where nothing is expected."""
        word = look(self.state).word if self.state else ""
        return f"{word}, {self.count} forms" if word and self.count > 1 else word


@dataclass(frozen=True)
class Row:
    """A subject with its visits, and how many of its data queries are open and answered."""

    subject: Subject
    cells: list[Cell]
    open_queries: int = 0
    answered_queries: int = 0


@dataclass(frozen=True)
class Grid:
    """A page of the grid. `newer` and `older` are the subject numbers between which it lies, where there is more."""

    columns: list[Visit]
    rows: list[Row]
    total: int
    before: str
    after: str


def grid_subjects(
    user: User, trial: ClinicalTrial, *, site: Site | None, text: str, disposition: str, state: str, now: datetime
) -> QuerySet[Subject]:
    """Return the subjects of a trial that pass the filters, by number; what is due goes by the day at each site."""
    subjects = subjects_at_work(user).filter(trial=trial)
    if site is not None:
        subjects = subjects.filter(site=site)
    if text:
        subjects = subjects.filter(number__icontains=text)
    if disposition:
        subjects = subjects.filter(disposition=disposition)
    if state in HAS:
        subjects = subjects.filter(Exists(DataCapture.objects.filter(HAS[state], subject=OuterRef("pk"))))
    elif state in {"DUE", "OVERDUE"}:
        waiting = Q(pk__in=_without_capture(trial, state, now))
        subjects = subjects.filter(waiting | Q(pk__in=_where_asked(subjects, trial, state, now)))
    elif state == "INVITED":
        subjects = subjects.filter(Exists(open_invitations().filter(patient=OuterRef("patient"))))
    return subjects.order_by("number")


def open_invitations() -> QuerySet[Invitation]:
    """Return the invitations that a participant can still use."""
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())


def _where_asked(subjects: QuerySet[Subject], trial: ClinicalTrial, state: str, now: datetime) -> list[UUID]:
    """Return the subjects with such a form among those that not everybody is asked for; nothing is read without any."""
    if not any(version.definition.asking for version in _in_use(trial)):
        return []
    found = with_versions(subjects.filter(pk__in=_without_capture(trial, state, now, conditional=True)))
    counted, asked = _counted(found), asked_of(found)
    return [
        subject.pk
        for subject in found
        if any(
            state == one
            for visit in subject.study_version.definition.visits
            for one in _empty(subject, visit, counted, asked, subject.site.day_of(now))
        )
    ]


def _in_use(trial: ClinicalTrial) -> QuerySet[StudyVersion]:
    return StudyVersion.objects.filter(trial=trial, published_at__isnull=False).defer("document")


def _without_capture(trial: ClinicalTrial, state: str, now: datetime, *, conditional: bool = False) -> RawSQL:
    """Return a subquery of the subjects with a form that is due, or overdue, and that nobody has begun.

    It is about the forms that everybody is asked for, or about the others.
    """
    expected = [
        (version.pk, visit.oid, form.oid, offset(visit.target_day or 1), visit.window_before, visit.window_after)
        for version in _in_use(trial)
        for visit in version.definition.visits
        if visit.target_day is not None
        for form in visit.forms
        if is_expected(visit, form) and bool(visit.condition or form.condition) is conditional
    ]
    first = [target - early if state == "DUE" else target + late + 1 for *_, target, early, late in expected]
    last = [target + late if state == "DUE" else FOR_EVER for *_, target, _, late in expected]
    keys = [[row[place] for row in expected] for place in range(3)]
    return RawSQL(WITHOUT_CAPTURE, [trial.pk, *keys, first, last, trial.pk, sorted(NOTHING_DUE), now])  # noqa: S611 -- a constant


def grid_of(subjects: QuerySet[Subject], *, after: str, before: str, now: datetime) -> Grid:
    """Return the page of the grid after, or before, a subject number."""
    page = subjects
    if before:
        page = subjects.filter(number__lt=before).order_by("-number")
    elif after:
        page = subjects.filter(number__gt=after)
    found = with_versions(page[: SUBJECTS_ON_A_PAGE + 1])
    more = len(found) > SUBJECTS_ON_A_PAGE
    found = found[:SUBJECTS_ON_A_PAGE]
    if before:
        found.reverse()
    columns = _columns({subject.study_version for subject in found})
    return Grid(
        columns=columns,
        rows=_rows(found, columns, now),
        total=subjects.count(),
        before=found[0].number if found and (after or (before and more)) else "",
        after=found[-1].number if found and (before or more) else "",
    )


def columns_of(subjects: QuerySet[Subject]) -> list[Visit]:
    """Return the columns of the whole grid of these subjects."""
    return _columns(versions_of(subjects))


def rows_of(subjects: QuerySet[Subject], columns: list[Visit], *, after: str, now: datetime) -> list[Row]:
    """Return the next rows of the whole grid after a subject number, as many as there are on a page."""
    return _rows(with_versions(subjects.filter(number__gt=after)[:SUBJECTS_ON_A_PAGE]), columns, now)


def _rows(subjects: list[Subject], columns: list[Visit], now: datetime) -> list[Row]:
    counted, asked = _counted(subjects), asked_of(subjects)
    open_ones, answered = (_summed(counted, name) for name in ("asked", "replied"))
    return [
        Row(
            subject,
            _cells(subject, columns, counted, asked, subject.site.day_of(now)),
            open_ones[subject.pk],
            answered[subject.pk],
        )
        for subject in subjects
    ]


def _summed(counted: "Counts", name: str) -> Counter[UUID]:
    """Return a number of each subject, over all visits."""
    total: Counter[UUID] = Counter()
    for (subject, _), row in counted.items():
        total[subject] += row[name]
    return total


def _columns(versions: Iterable[StudyVersion]) -> list[Visit]:
    """Return the visits of the study versions in force for some subjects; the newest version's order and names."""
    visits: dict[str, Visit] = {}
    for version in sorted(versions, key=lambda version: version.number):
        visits |= version.definition.visits_by_oid
    return sorted(visits.values(), key=lambda visit: visit.order)


Counts = Mapping[tuple[UUID, str], Mapping[str, Any]]


def _counted(subjects: list[Subject]) -> Counts:
    """Return, by subject and visit, how many captures are in each state and which forms they fill in."""
    captures = DataCapture.objects.filter(subject__in=[subject.pk for subject in subjects]).exclude(form="")
    rows = (
        captures.order_by()
        .values("subject_id", "visit")
        .annotate(
            asked=Sum("open_queries"),
            replied=Sum("answered_queries"),
            begun=ArrayAgg("form", distinct=True),
            **{state: Count("pk", filter=test) for state, test in COUNTED.items()},
        )
    )
    return {(row["subject_id"], row["visit"]): row for row in rows}


NOTHING: Mapping[str, Any] = defaultdict(int, begun=[])


def _empty(subject: Subject, visit: Visit, counted: Counts, asked: Asked, today: date) -> list[str]:
    """Return the states of the visit's forms that are expected and not begun."""
    begun = counted.get((subject.pk, visit.oid), NOTHING)["begun"]
    empty = [form for form in visit.forms if form.oid not in begun and asked(subject, visit.oid, form.oid)]
    expected = [state_without_capture(visit, form, subject, today) for form in empty]
    return [state for state in expected if state != NOT_EXPECTED]


def _cells(subject: Subject, columns: list[Visit], counted: Counts, asked: Asked, today: date) -> list[Cell]:
    own = subject.study_version.definition.visits_by_oid
    cells = []
    for column in columns:
        visit = own.get(column.oid)
        row = counted.get((subject.pk, column.oid), NOTHING)
        states = [state for state in COUNTED for _ in range(row[state])]
        if visit is not None:
            states += _empty(subject, visit, counted, asked, today)
        cells.append(Cell(column, *state_of_visit(states)))
    return cells
