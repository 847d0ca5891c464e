"""When a visit is due, and what state a form or a visit is shown in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from captures.models import DataCapture
from patients.models import Subject
from trials.definition import Form, Visit, VisitType
from trials.models import ClinicalTrial

# Trials whose forms are filled in.
OPEN_TRIALS = frozenset({ClinicalTrial.Status.ACTIVE, ClinicalTrial.Status.SUSPENDED})
D = Subject.Disposition
# Of these subjects no visit is expected any more; what is empty is not late.
NOTHING_DUE = frozenset({D.SCREEN_FAILED, D.TREATMENT_DISCONTINUED, D.COMPLETED, D.WITHDRAWN})
NOTHING_DUE |= {D.LOST_TO_FOLLOW_UP, D.DIED}
# These take part in nothing any more: no later visit of theirs can have happened.
ENDED = frozenset({D.SCREEN_FAILED, D.WITHDRAWN, D.DIED})
NOT_EXPECTED = ""
# A planned form that the study's conditions do not ask of this subject.
NOT_ASKED = "NOT_ASKED"
# The state that is shown where several hold, most urgent first.
PRECEDENCE = (
    *("OPEN_QUERY", "ANSWERED_QUERY"),
    *("OVERDUE", "MISSING", "FLAGGED", "DUE", "IN_PROGRESS", "NOT_STARTED", "SUBMITTED", "FINALISED", "NOT_DONE"),
    NOT_EXPECTED,
)
RANK = {state: place for place, state in enumerate(PRECEDENCE)}
ENTERED = frozenset({"OPEN_QUERY", "ANSWERED_QUERY", "MISSING", "FLAGGED", "SUBMITTED", "FINALISED", "NOT_DONE"})


@dataclass(frozen=True)
class Window:
    """The days on which a visit may take place, and the planned one."""

    first: date
    target: date
    last: date


def offset(day: int) -> int:
    """Return how many days after day 1 a study day is; there is no day 0."""
    return day - 1 if day > 0 else day


def window_of(visit: Visit, day_one: date | None) -> Window | None:
    """Return the visit's days for a subject whose day 1 is known."""
    if day_one is None or visit.target_day is None:
        return None
    target = day_one + timedelta(days=offset(visit.target_day))
    return Window(target - timedelta(days=visit.window_before), target, target + timedelta(days=visit.window_after))


def is_expected(visit: Visit, form: Form) -> bool:
    """Return whether the schedule asks for the form at the visit: never for what repeats as often as it happens."""
    return visit.type == VisitType.SCHEDULED and not form.repeating


def has_come(visit: Visit, subject: Subject, today: date) -> bool:
    """Return whether a visit that has its day is open by now; the others always are."""
    window = window_of(visit, subject.day_one)
    return window.first <= today if window else visit.target_day is None


def is_past_the_end(visit: Visit, subject: Subject, observed: date) -> bool:
    """Return whether a planned visit is said to be after the subject failed screening, left or died."""
    ended = subject.disposition in ENDED and observed > subject.disposition_date
    return ended and visit.type == VisitType.SCHEDULED


def state_without_capture(visit: Visit, form: Form, subject: Subject, today: date) -> str:
    """Return the state of a form of the visit that nobody has begun."""
    if not is_expected(visit, form) or subject.disposition in NOTHING_DUE:
        return NOT_EXPECTED
    window = window_of(visit, subject.day_one)
    if window is None or today < window.first:
        return "NOT_STARTED"
    return "DUE" if today <= window.last else "OVERDUE"


def state_of_capture(capture: DataCapture) -> str:
    """Return the state in which a capture is shown to staff; beside queries, what is finalised needs nobody's eye."""
    if capture.open_queries:
        return "OPEN_QUERY"
    if capture.answered_queries:
        return "ANSWERED_QUERY"
    if capture.status == DataCapture.Status.SUBMITTED and capture.missing_items:
        return "MISSING"
    if capture.status == DataCapture.Status.SUBMITTED and capture.flagged_items:
        return "FLAGGED"
    return capture.status


def state_of_visit(states: Iterable[str]) -> tuple[str, int]:
    """Return the state of a visit from those of its forms, and how many of them are in it."""
    counted = Counter(states)
    if not counted:
        return NOT_EXPECTED, 0
    state = min(counted, key=RANK.__getitem__)
    if state == "NOT_STARTED" and counted.keys() & ENTERED:
        return "IN_PROGRESS", counted[state]
    return state, counted[state]
