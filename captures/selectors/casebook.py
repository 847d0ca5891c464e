"""A subject's casebook: the visits with their windows and forms, and the forms that are kept as a log."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from captures.models import DataCapture
from captures.selectors.answers import in_words
from captures.selectors.asking import Asked
from captures.selectors.captures import MOST_REPEATS, Place, captures_at_work
from captures.selectors.schedule import (
    NOT_ASKED,
    NOT_EXPECTED,
    Window,
    state_of_capture,
    state_of_visit,
    state_without_capture,
    window_of,
)
from captures.selectors.sight import Sight
from edc.accounts.models import User
from patients.models import Subject
from trials.definition import FilledBy, Form, Item, Visit, VisitType

COLUMNS_OF_A_LOG = 6
ROWS_OF_A_LOG = 200
# Said of a subject where the study asks for it, by the names of its items.
ABOUT = ("Age", "Sex")


@dataclass(frozen=True)
class Line:
    """A form at a visit, begun or not."""

    place: Place
    state: str
    capture: DataCapture | None


@dataclass
class VisitLines:
    """A visit of the subject with its forms."""

    visit: Visit
    repeat: int
    window: Window | None
    state: str
    observed: datetime | None
    lines: list[Line]
    is_off_schedule: bool = False
    is_asked: bool = True

    @property
    def title(self) -> str:
        return f"{self.visit.name} {self.repeat}" if self.visit.repeating else self.visit.name


@dataclass(frozen=True)
class LogRow:
    capture: DataCapture
    state: str
    cells: list[tuple[str, str]]


@dataclass
class Log:
    """A repeating form of a common visit as a table."""

    visit: Visit
    form: Form
    items: list[Item]
    rows: list[LogRow]
    total: int
    next_place: Place | None


@dataclass
class Casebook:
    """All that was entered for a subject, and what is expected."""

    visits: list[VisitLines] = field(default_factory=list)
    extra: list[Place] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    plain: list[DataCapture] = field(default_factory=list)
    elsewhere: list[DataCapture] = field(default_factory=list)
    about: list[tuple[str, str]] = field(default_factory=list)


def casebook_of(user: User, subject: Subject, *, today: date) -> Casebook:
    """Return the subject's casebook, read in a few statements, however long it is."""
    # They share subject, study version and people: each is read once, not with every row.
    own = captures_at_work(user).filter(subject=subject).select_related(None)
    captures = list(own.prefetch_related("study_version", "entered_by"))
    definition = subject.study_version.definition
    asked = Asked((subject.pk, one.visit, one.visit_repeat, one.data) for one in _by_repeat(captures))
    placed: dict[tuple[str, int], list[DataCapture]] = defaultdict(list)
    sight = Sight(user)
    book = Casebook(about=_about(captures, sight))
    for capture in captures:
        visit = definition.visits_by_oid.get(capture.visit)
        if not capture.form:
            book.plain.append(capture)
        elif visit is None or visit.form(capture.form) is None:
            book.elsewhere.append(capture)
        else:
            placed[capture.visit, capture.visit_repeat].append(capture)
    for visit in definition.visits:
        if visit.type == VisitType.COMMON:
            book.logs += [_log(subject, visit, form, placed[visit.oid, 1], sight) for form in visit.forms]
        else:
            _add_visit(book, visit, _Reader(subject, placed, asked, today))
    return book


@dataclass(frozen=True)
class _Reader:
    """What the visits of one casebook are made from."""

    subject: Subject
    placed: Mapping[tuple[str, int], list[DataCapture]]
    asked: Asked
    today: date


def _by_repeat(captures: list[DataCapture]) -> list[DataCapture]:
    return sorted(captures, key=lambda one: (one.visit_repeat, one.form_repeat))


def _add_visit(book: Casebook, visit: Visit, read: _Reader) -> None:
    """Add a scheduled visit, and each unscheduled one that took place; what can be added goes to `extra`."""
    repeats = sorted(repeat for oid, repeat in read.placed if oid == visit.oid and read.placed[oid, repeat])
    if visit.type == VisitType.SCHEDULED and 1 not in repeats:
        repeats.insert(0, 1)
    book.visits += [_visit(read, visit, repeat) for repeat in repeats]
    following = (repeats[-1] if repeats else 0) + 1
    first = next((form for form in visit.forms if form.filled_by == FilledBy.SITE), None)
    if first and following <= (MOST_REPEATS if visit.repeating else 1):
        book.extra.append(Place(read.subject, visit, following, first, 1))


def _visit(read: _Reader, visit: Visit, repeat: int) -> VisitLines:
    subject, captures = read.subject, read.placed.get((visit.oid, repeat), [])
    by_form: dict[str, list[DataCapture]] = defaultdict(list)
    for capture in sorted(captures, key=lambda capture: capture.form_repeat):
        by_form[capture.form].append(capture)
    lines: list[Line] = []
    for form in visit.forms:
        for capture in by_form[form.oid]:
            place = Place(subject, visit, repeat, form, capture.form_repeat)
            lines.append(Line(place, state_of_capture(capture), capture))
        if not by_form[form.oid] or form.repeating:
            last = by_form[form.oid][-1].form_repeat if by_form[form.oid] else 0
            state = _state_of_empty(read, visit, form, repeat)
            lines.append(Line(Place(subject, visit, repeat, form, last + 1), state, None))
    window = window_of(visit, subject.day_one)
    took_place = (capture.timestamp for capture in captures if capture.status != DataCapture.Status.NOT_DONE)
    observed = min(took_place, default=None)
    state, _ = state_of_visit(line.state for line in lines if line.state not in {NOT_EXPECTED, NOT_ASKED})
    seen = observed.astimezone(ZoneInfo(subject.site.time_zone)).date() if observed else None
    off = bool(window and seen and not window.first <= seen <= window.last)
    is_asked = any(line.state != NOT_ASKED for line in lines)
    return VisitLines(visit, repeat, window, state, observed, lines, is_off_schedule=off, is_asked=is_asked)


def _state_of_empty(read: _Reader, visit: Visit, form: Form, repeat: int) -> str:
    """Return the state of a form that nobody began; the schedule asks for the first of a visit that repeats."""
    if repeat > 1:
        return NOT_EXPECTED
    if not read.asked(read.subject, visit.oid, form.oid):
        return NOT_ASKED
    return state_without_capture(visit, form, read.subject, read.today)


def _log(subject: Subject, visit: Visit, form: Form, captures: list[DataCapture], sight: Sight) -> Log:
    own = sorted((capture for capture in captures if capture.form == form.oid), key=lambda one: one.form_repeat)
    items = [item for item in form.items.values() if any(item.oid in capture.data for capture in own)]
    items = (items or list(form.items.values()))[:COLUMNS_OF_A_LOG]
    shown = own[-ROWS_OF_A_LOG:]
    rows = [
        LogRow(
            one,
            state_of_capture(one),
            [(item.name, sight.words(one, item.oid, in_words(item, one.data.get(item.oid)))) for item in items],
        )
        for one in shown
    ]
    following = (own[-1].form_repeat if own else 0) + 1
    is_full = following > (MOST_REPEATS if form.repeating else 1)
    # What the participant reports, nobody else writes.
    place = None if is_full or form.filled_by == FilledBy.PARTICIPANT else Place(subject, visit, 1, form, following)
    return Log(visit, form, items, rows, len(own), place)


def _about(captures: list[DataCapture], sight: Sight) -> list[tuple[str, str]]:
    """Return age and sex as they were entered; the newest capture that says so counts."""
    said: dict[str, str] = {}
    for capture in captures:
        form = capture.form_definition
        seen = sight.seen(capture)
        for item in form.items.values() if form else ():
            value: Any = seen.get(item.oid)
            if item.name in ABOUT and value and item.name not in said:
                said[item.name] = in_words(item, value)
    return [(name, said[name]) for name in ABOUT if name in said]
