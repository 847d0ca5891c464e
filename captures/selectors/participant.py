"""What a participant has to do, and what there is about them, in words without jargon."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from captures.models import DataCapture
from captures.selectors.captures import Place, captures_visible_to
from captures.selectors.schedule import NOTHING_DUE, OPEN_TRIALS, state_without_capture, window_of
from edc.accounts.models import User
from patients.models import Subject
from trials.definition import FilledBy, Item, ItemType, Visit, VisitType

# What the address of a form's page is made of.
_PLACE = ("subject_id", "visit", "visit_repeat", "form", "form_repeat")
Address = tuple[UUID, str, int, str, int]
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


def own_captures(user: User) -> QuerySet[DataCapture]:
    """Return what there is about this person as a participant, latest first."""
    return captures_visible_to(user).filter(patient__user=user)


def done_lately(user: User) -> QuerySet[DataCapture]:
    """Return the forms that this person sent in the last days, latest first."""
    since = timezone.now() - DONE_FOR
    return own_captures(user).filter(submitted_by=user, submitted_at__gte=since).order_by("-submitted_at", "-pk")


def tasks_of(user: User, subjects: Iterable[Subject], *, now: datetime) -> Tasks:
    """Return the participant's forms that are due by the schedule of their studies, in one statement."""
    tasks = Tasks()
    known = list(subjects)
    rows = own_captures(user).filter(subject__in=known).exclude(form="").order_by().values_list(*_PLACE, "status")
    begun: dict[Address, str] = {(row[0], row[1], row[2], row[3], row[4]): row[5] for row in rows}
    for subject in known:
        if subject.trial.status not in OPEN_TRIALS:
            continue
        today = now.astimezone(ZoneInfo(subject.site.time_zone)).date()
        for visit, place in _own_places(subject):
            if visit.type == VisitType.SCHEDULED:
                _add_scheduled(tasks, place, begun.get(place.address), today)
            elif subject.disposition not in NOTHING_DUE and (place.form.repeating or _is_open(place, begun)):
                tasks.any_time.append(_at_any_time(place, begun))
    tasks.waiting.sort(key=lambda task: (task.last is None, task.last or date.max))
    return tasks


def _own_places(subject: Subject) -> Iterator[tuple[Visit, Place]]:
    for visit in subject.study_version.definition.visits:
        for form in visit.forms:
            if form.filled_by == FilledBy.PARTICIPANT:
                yield visit, Place(subject, visit, 1, form, 1)


def _add_scheduled(tasks: Tasks, place: Place, status: str | None, today: date) -> None:
    window = window_of(place.visit, place.subject.day_one)
    last = window.last if window else None
    if status is not None:
        if status == DataCapture.Status.IN_PROGRESS:
            tasks.waiting.append(Task(place, status, last))
        return
    state = state_without_capture(place.visit, place.subject, today)
    if state in {"DUE", "OVERDUE"}:
        tasks.waiting.append(Task(place, state, last))
    elif state == "NOT_STARTED" and window and window.first > today:
        tasks.next_opens = min(filter(None, [tasks.next_opens, window.first]))


def _is_open(place: Place, begun: dict[Address, str]) -> bool:
    return begun.get(place.address, DataCapture.Status.IN_PROGRESS) == DataCapture.Status.IN_PROGRESS


def _at_any_time(place: Place, begun: dict[Address, str]) -> Task:
    """Return the draft of a form that may be sent at any time, or its next repeat."""
    repeats = {key[4]: status for key, status in begun.items() if key[:4] == place.address[:4]}
    draft = next((number for number, status in repeats.items() if status == DataCapture.Status.IN_PROGRESS), None)
    number = draft or (max(repeats, default=0) + 1 if place.form.repeating else 1)
    return Task(Place(place.subject, place.visit, 1, place.form, number), "IN_PROGRESS" if draft else "NOT_STARTED")


@dataclass(frozen=True)
class Series:
    """A number that was given often enough to draw it."""

    title: str
    labels: list[str]
    values: dict[str, list[Decimal | None]]
    summary: str


def series_of(captures: Iterable[DataCapture]) -> list[Series]:
    """Return the numbers that repeat in these captures, oldest first, those with the most points before the others."""
    points: dict[tuple[object, str], list[tuple[datetime, Decimal]]] = {}
    items: dict[tuple[object, str], Item] = {}
    for capture in sorted(captures, key=lambda row: row.timestamp):
        form = capture.form_definition
        for item in form.items.values() if form else ():
            value = capture.data.get(item.oid)
            if item.type in NUMBERS and value:
                key = (capture.trial_id, item.oid)
                items[key] = item
                points.setdefault(key, []).append((capture.timestamp, Decimal(value)))
    often = sorted((key for key in points if len(points[key]) >= FEWEST_POINTS), key=lambda key: -len(points[key]))
    return [_series(items[key], points[key][-MOST_POINTS:]) for key in often]


def _series(item: Item, points: list[tuple[datetime, Decimal]]) -> Series:
    unit = f" {item.unit}" if item.unit else ""
    labels = [f"{timezone.localtime(at):%d %b %Y}" for at, _ in points]
    first, last = points[0][1], points[-1][1]
    summary = f"From {first}{unit} on {labels[0]} to {last}{unit} on {labels[-1]}"
    name = f"{item.name} ({item.unit})" if item.unit else item.name
    return Series(item.name, labels, {name: [value for _, value in points]}, summary)
