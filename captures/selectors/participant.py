"""What a participant has to do, and what there is about them, in words without jargon."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from captures.models import DataCapture
from captures.selectors.asking import asked_of
from captures.selectors.captures import Place, captures_visible_to, place_in
from captures.selectors.schedule import (
    NOTHING_DUE,
    OPEN_TRIALS,
    has_come,
    is_expected,
    state_without_capture,
    window_of,
)
from captures.selectors.sight import Sight
from edc.accounts.models import User
from patients.models import Subject
from patients.selectors import with_versions
from trials.definition import FilledBy, Item, ItemType, as_standard
from trials.expressions.kinds import number

_PLACE, _REPEAT = ("subject_id", "visit", "form"), ("visit_repeat", "form_repeat")
# The status of each repeat of a form that was begun, by the repeats of visit and form.
Repeats = dict[tuple[int, int], str]
# For how long what is done stays on the page of today.
DONE_FOR = timedelta(days=7)
MOST_POINTS = 60
FEWEST_POINTS = 3
NUMBERS = (ItemType.INTEGER, ItemType.DECIMAL)


@dataclass(frozen=True)
class Task:
    """A form that waits for the participant: since when, until when, and whether it was begun."""

    place: Place
    state: str
    last: date | None = None

    @property
    def questions(self) -> int:
        return len(self.place.form.items)


@dataclass
class Tasks:
    """What waits, what may be told at any time, and when the next form opens."""

    waiting: list[Task] = field(default_factory=list)
    any_time: list[Task] = field(default_factory=list)
    next_opens: date | None = None


Row = TypeVar("Row", Subject, DataCapture)


def in_own_words(user: User, rows: Iterable[Row]) -> list[Row]:
    """Return subjects or captures whose studies speak this person's language, where they are translated."""
    found = list(rows)
    for row in found:
        if row.study_version is not None:
            row.study_version.language = user.locale
    return found


def own_captures(user: User) -> QuerySet[DataCapture]:
    """Return what there is about this person as a participant, latest first."""
    return captures_visible_to(user).filter(patient__user=user)


def done_lately(user: User) -> QuerySet[DataCapture]:
    """Return the forms that this person sent in the last days, latest first."""
    since = timezone.now() - DONE_FOR
    return own_captures(user).filter(submitted_by=user, submitted_at__gte=since).order_by("-submitted_at", "-pk")


def tasks_of(user: User, subjects: Iterable[Subject], *, now: datetime) -> Tasks:
    """Return the participant's forms that are due by their studies, in a statement or two."""
    tasks = Tasks()
    known = with_versions(subjects)
    rows = own_captures(user).filter(subject__in=known).exclude(form="").order_by()
    begun: dict[tuple[UUID, str, str], Repeats] = defaultdict(dict)
    for *key, visit_repeat, form_repeat, status in rows.values_list(*_PLACE, *_REPEAT, "status"):
        begun[key[0], key[1], key[2]][visit_repeat, form_repeat] = status
    asked = asked_of(known)
    for subject in known:
        if subject.trial.status not in OPEN_TRIALS:
            continue
        today = now.astimezone(ZoneInfo(subject.site.time_zone)).date()
        for visit in subject.study_version.definition.visits:
            for form in visit.forms:
                if form.filled_by == FilledBy.PARTICIPANT and asked(subject, visit.oid, form.oid):
                    first = Place(subject, visit, 1, form, 1)
                    _add(tasks, first, begun[subject.pk, visit.oid, form.oid], today)
    tasks.waiting.sort(key=lambda task: (task.last is None, task.last or date.max))
    return tasks


def _add(tasks: Tasks, first: Place, repeats: Repeats, today: date) -> None:
    """Add the form where it waits, or can be told: its draft, or the next repeat of what was sent before."""
    place = _next(first, repeats)
    if place is None:
        return
    status = repeats.get((place.visit_repeat, place.form_repeat))
    if is_expected(place.visit, place.form) and place.visit_repeat == 1:
        _add_scheduled(tasks, place, status, today)
    elif place.subject.disposition not in NOTHING_DUE and (status or has_come(place.visit, place.subject, today)):
        tasks.any_time.append(Task(place, status or "NOT_STARTED"))


def _next(first: Place, repeats: Repeats) -> Place | None:
    drafts = [repeat for repeat, status in repeats.items() if status == DataCapture.Status.IN_PROGRESS]
    if drafts or not repeats:
        visit_repeat, form_repeat = min(drafts, default=(1, 1))
    else:
        visit_repeat, form_repeat = max(repeats)
        visit_repeat, form_repeat = (visit_repeat, form_repeat + 1) if first.form.repeating else (visit_repeat + 1, 1)
    return place_in(first.subject, first.visit.oid, visit_repeat, first.form.oid, form_repeat)


def _add_scheduled(tasks: Tasks, place: Place, status: str | None, today: date) -> None:
    window = window_of(place.visit, place.subject.day_one)
    last = window.last if window else None
    if status is not None:
        tasks.waiting.append(Task(place, status, last))
        return
    state = state_without_capture(place.visit, place.form, place.subject, today)
    if state in {"DUE", "OVERDUE"}:
        tasks.waiting.append(Task(place, state, last))
    elif state == "NOT_STARTED" and window and window.first > today:
        tasks.next_opens = min(filter(None, [tasks.next_opens, window.first]))


@dataclass(frozen=True)
class Series:
    """A number that was given often enough to draw it."""

    title: str
    labels: list[str]
    values: dict[str, list[Decimal | None]]
    summary: str


def series_of(user: User, captures: Iterable[DataCapture]) -> list[Series]:
    """Return the numbers that repeat in these captures, oldest first, those with the most points before the others."""
    points: dict[tuple[object, str], list[tuple[datetime, Decimal]]] = {}
    items: dict[tuple[object, str], Item] = {}
    sight = Sight(user)
    for capture in sorted(captures, key=lambda row: row.timestamp):
        form = capture.form_definition
        seen = sight.seen(capture)
        for item in form.items.values() if form else ():
            value = as_standard(item, seen.get(item.oid))
            if item.type in NUMBERS and value and (point := number(value)) is not None:
                key = (capture.trial_id, item.oid)
                items[key] = item
                points.setdefault(key, []).append((capture.timestamp, point))
    often = sorted((key for key in points if len(points[key]) >= FEWEST_POINTS), key=lambda key: -len(points[key]))
    return [_series(items[key], points[key][-MOST_POINTS:]) for key in often]


def _series(item: Item, points: list[tuple[datetime, Decimal]]) -> Series:
    unit = f" {item.unit}" if item.unit else ""
    labels = [f"{timezone.localtime(at):%d %b %Y}" for at, _ in points]
    first, last = points[0][1], points[-1][1]
    summary = f"From {first}{unit} on {labels[0]} to {last}{unit} on {labels[-1]}"
    name = f"{item.name} ({item.unit})" if item.unit else item.name
    return Series(item.name, labels, {name: [value for _, value in points]}, summary)
