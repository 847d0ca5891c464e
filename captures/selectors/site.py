"""A site's home page: what waits to be done, how enrolment goes, what happened lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from audit.models import AuditLog
from captures.models import DataCapture, DataQuery
from captures.selectors.captures import captures_at_work, subjects_at_work
from captures.selectors.grid import HAS, grid_subjects, open_invitations
from captures.selectors.versions import ACTIONS, role_in_words
from edc.accounts.models import User
from messaging.selectors import unread_messages
from patients.models import Appointment, Subject
from patients.selectors import appointments_visible_to
from trials.models import Site
from trials.roles import Right
from trials.selectors import has_right

EVENTS_LOOKED_AT, MOST_COUNTED = 2_000, 999
EVENTS_READ, ACTS_SHOWN, SUBJECTS_SHOWN, FORMS_ON_A_PAGE = 300, 8, 8, 50
MOST_MONTHS = 60
# The work lists of a site: which captures each holds. What was finalised is nobody's work.
WORK_LISTS = {name: HAS[name] for name in ("IN_PROGRESS", "SUBMITTED", "MISSING", "FLAGGED")}

DISPOSITIONS = {f"patients.subject_{choice.lower()}": label for choice, label in Subject.Disposition.choices}


@dataclass(frozen=True)
class Act:
    """What somebody did to one thing at one moment."""

    at: datetime
    who: str
    role: str
    what: str
    entity_type: str
    entity_id: UUID
    subject_id: UUID | None


@dataclass(frozen=True)
class Enrolment:
    """Subjects in the trial at the end of each month, and how many were planned by then."""

    months: list[str]
    actual: list[int | None]
    planned: list[int | None]
    total: int

    @property
    def series(self) -> dict[str, list[int | None]]:
        """Return the lines of the chart; there is none of a plan where nothing is planned."""
        return {"Enrolled": self.actual} | ({"Planned": self.planned} if self.planned else {})


def work_counts(user: User, site: Site, *, now: datetime) -> dict[str, int]:
    """Return how many captures each work list of the site holds, and how many subjects have overdue forms.

    Each list is counted from its index and no further than MOST_COUNTED: however many captures a site has, one more
    means "or more".
    """
    captures = DataCapture.objects.filter(site=site)
    counts = {name: captures.filter(test)[: MOST_COUNTED + 1].count() for name, test in WORK_LISTS.items()}
    queries = DataQuery.objects.filter(site=site, capture__removed_at=None)
    counts |= {
        f"{state}_QUERY": queries.filter(state=state)[: MOST_COUNTED + 1].count() for state in ("OPEN", "ANSWERED")
    }
    late = grid_subjects(user, site.trial, site=site, text="", disposition="", state="OVERDUE", now=now)
    return counts | {"OVERDUE": late.count()}


def contact_counts(user: User, site: Site) -> dict[str, int]:
    """Return unread messages, this week's appointments and open invitations, as far as this person may see them."""
    counts: dict[str, int] = {}
    if has_right(user, Right.SEND_MESSAGES, site=site.pk):
        counts["messages"] = unread_messages(user).filter(site=site).count()
    if has_right(user, Right.VIEW_APPOINTMENTS, site=site.pk):
        counts["appointments"] = appointments_this_week(user, site).count()
    if has_right(user, Right.ENROL, site=site.pk):
        counts["invitations"] = open_invitations().filter(site=site).count()
    return counts


def appointments_this_week(user: User, site: Site) -> QuerySet[Appointment]:
    """Return what is booked or asked for at the site from today to the end of Sunday."""
    now = timezone.now().astimezone(ZoneInfo(site.time_zone))
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=7 - start.weekday())
    coming = [Appointment.Status.BOOKED, Appointment.Status.REQUESTED]
    appointments = appointments_visible_to(user).filter(site=site, status__in=coming)
    return appointments.filter(start_at__gte=start, start_at__lt=end)


def work_list(site: Site, name: str) -> QuerySet[DataCapture]:
    """Return the captures of one work list of a site whose data this person may see, newest first."""
    captures = DataCapture.objects.filter(WORK_LISTS[name], site=site)
    captures = captures.select_related("subject", "study_version", "entered_by")
    return captures.defer("data", "study_version__document").order_by("-timestamp", "-pk")


def lately_changed_subjects(user: User, site: Site) -> list[tuple[Subject, datetime]]:
    """Return the subjects whose captures changed last, as the newest events of the site tell, and when that was."""
    events = AuditLog.objects.filter(site_id=site.pk).order_by("-created_at", "-id")
    changed: dict[UUID | None, datetime] = {}
    for entity, subject, at in events.values_list("entity_type", "subject_id", "created_at")[:EVENTS_LOOKED_AT]:
        if entity == "DataCapture" and len(changed) < SUBJECTS_SHOWN:
            changed.setdefault(subject, at)
    found = {subject.pk: subject for subject in subjects_at_work(user).filter(site=site, pk__in=changed)}
    return [(found[key], at) for key, at in changed.items() if key in found]


def lately_done(site: Site) -> list[Act]:
    """Return the last acts on captures and subjects of the site: those who may see these rows may see them."""
    events = AuditLog.objects.filter(site_id=site.pk, entity_type__in=["DataCapture", "Subject"])
    events = events.select_related("actor").order_by("-created_at", "-id")
    acts: dict[tuple[UUID | None, int | None], Act] = {}
    for event in events[:EVENTS_READ]:
        key = (event.entity_id, event.entity_version)
        if key in acts or event.entity_id is None:
            continue
        if len(acts) == ACTS_SHOWN:
            break
        acts[key] = Act(
            at=event.created_at,
            who=event.who or "The portal",
            role=role_in_words(event.actor_role),
            what=ACTIONS.get(event.action) or DISPOSITIONS.get(event.action) or _words(event.action),
            entity_type=event.entity_type,
            entity_id=event.entity_id,
            subject_id=event.subject_id,
        )
    return list(acts.values())


def _words(action: str) -> str:
    return action.rpartition(".")[2].removeprefix("subject_").replace("_", " ").capitalize()


def titles_of(user: User, acts: Sequence[Act]) -> dict[UUID, str]:
    """Return what the captures and subjects of these acts are called, as far as this person may see them."""
    captures = captures_at_work(user).filter(pk__in=[act.entity_id for act in acts]).defer("data")
    subjects = subjects_at_work(user).filter(pk__in=[act.entity_id for act in acts])
    titles = {capture.pk: f"{capture.subject.number}, {capture.title}" for capture in captures}
    return titles | {subject.pk: subject.number for subject in subjects}


def enrolment_of(site: Site, *, today: date) -> Enrolment:
    """Return the site's enrolment month by month; planned is the site's target at an even pace over the trial."""
    subjects = Subject.objects.filter(site=site).order_by()
    by_month = dict(subjects.annotate(month=TruncMonth("enrolled_on")).values_list("month").annotate(count=Count("pk")))
    first = min([*by_month, *([_month(site.trial.start_date)] if site.trial.start_date else [])], default=None)
    total = sum(by_month.values())
    if first is None:
        return Enrolment([], [], [], total)
    end = site.trial.end_date
    last = max([*by_month, _month(min(today, end) if end else today)])
    last = max(last, _month(end)) if end and _months_between(first, _month(end)) < MOST_MONTHS else last
    months = [_plus(first, number) for number in range(_months_between(first, last) + 1)][-MOST_MONTHS:]
    reached, actual = sum(count for month, count in by_month.items() if month < months[0]), []
    for month in months:
        reached += by_month.get(month, 0)
        actual.append(reached if month <= _month(today) else None)
    return Enrolment([f"{month:%b %Y}" for month in months], actual, _planned(site, months), total)


def _planned(site: Site, months: list[date]) -> list[int | None]:
    start, end = site.trial.start_date, site.trial.end_date
    if not site.planned_subjects:
        return []
    if not (start and end):
        return [site.planned_subjects] * len(months)
    whole = _months_between(_month(start), _month(end)) + 1
    done = [_months_between(_month(start), month) + 1 for month in months]
    return [round(site.planned_subjects * min(max(number, 0), whole) / whole) for number in done]


def _month(day: date) -> date:
    return day.replace(day=1)


def _plus(month: date, number: int) -> date:
    years, index = divmod(month.month - 1 + number, 12)
    return date(month.year + years, index + 1, 1)


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
