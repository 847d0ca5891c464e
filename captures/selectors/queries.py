"""Data queries: who may see which, those of a form beside its values, and the inbox."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from captures.models import DataCapture, DataQuery, DataQueryEntry
from captures.selectors.answers import in_words
from captures.selectors.sight import Sight
from captures.selectors.versions import role_in_words
from edc.accounts.models import User
from trials.definition import FilledBy, find_place
from trials.models import ClinicalTrial, Site, StudyVersion
from trials.roles import Right
from trials.selectors import site_ids_with

State = DataQuery.State
# What waits for somebody: the site's answer, or a look at it.
TO_DO = (State.OPEN, State.ANSWERED)
QUERIES_ON_A_PAGE = 30
MOST_SHOWN_OF = 999
# The acts on a query by the right that they need: which role's queries somebody closes is asked beyond it.
ACTS = {
    State.CANDIDATE: ("cancel",),
    State.OPEN: ("answer", "correct", "cancel"),
    State.ANSWERED: ("correct", "close", "requery"),
    State.CLOSED: ("again",),
    State.CANCELLED: (),
    State.RESOLVED: (),
}


def queries_visible_to(user: User) -> QuerySet[DataQuery]:
    """Return the data queries of the sites whose data this person sees as staff: never those about themselves."""
    queries = DataQuery.objects.filter(site__in=site_ids_with(user, Right.VIEW_DATA), capture__removed_at=None)
    queries = queries.exclude(patient__user=user).select_related(
        "capture__study_version", "capture__subject", "subject", "site", "trial", "patient", "opened_by"
    )
    return queries.defer("capture__study_version__document")


def with_threads(queries: QuerySet[DataQuery]) -> QuerySet[DataQuery]:
    """Return the queries with their threads at hand."""
    entries = DataQueryEntry.objects.select_related("author").order_by("created_at", "pk")
    return queries.prefetch_related(Prefetch("entries", entries))


def last_system_queries(captures: Collection[UUID]) -> dict[tuple[UUID, str, str], DataQuery]:
    """Return, by capture, place and check, the last query that a check asked there."""
    asked = DataQuery.objects.filter(capture__in=list(captures), source=DataQuery.Source.SYSTEM)
    last = asked.order_by("capture", "place", "check_oid", "-pk").distinct("capture", "place", "check_oid")
    return {(query.capture_id, query.place, query.check_oid): query for query in last}


def role_held(user: User, capture: DataCapture) -> str:
    """Return the role in which this person acts on the capture now, as the trail names it."""
    with connection.cursor() as cursor:
        keys = [user.pk, capture.trial_id, capture.site_id, capture.patient_id]
        cursor.execute("select coalesce(edc_role_held(%s, %s, %s, %s), '')", keys)
        return str(cursor.fetchone()[0])


@dataclass(frozen=True)
class Inbox:
    """By what the inbox is narrowed; `states` are those shown, `days` the least age."""

    trial: ClinicalTrial
    site: Site | None = None
    states: Sequence[str] = TO_DO
    source: str = ""
    form: str = ""
    number: str = ""
    days: int = 0


def forms_in_use(trial: ClinicalTrial) -> dict[str, str]:
    """Return the forms that queries of the trial can be about, by OID; the newest name counts."""
    used = [StudyVersion.Status.PUBLISHED, StudyVersion.Status.SUPERSEDED]
    versions = StudyVersion.objects.filter(trial=trial, status__in=used).order_by("number").defer("document")
    return {form.oid: form.name for version in versions for form in version.definition.forms}


def queries_asked(user: User, inbox: Inbox, *, now: datetime) -> QuerySet[DataQuery]:
    """Return the queries that pass the filters, subject by subject in the order of enrolment, the oldest first."""
    queries = queries_visible_to(user).filter(trial=inbox.trial, state__in=inbox.states)
    if inbox.site:
        queries = queries.filter(site=inbox.site)
    if inbox.source:
        queries = queries.filter(source=inbox.source)
    if inbox.form:
        queries = queries.filter(capture__form=inbox.form)
    if inbox.number:
        queries = queries.filter(subject__number__icontains=inbox.number)
    if inbox.days:
        queries = queries.filter(opened_at__lte=now - timedelta(days=inbox.days))
    return queries.order_by("subject_id", "pk")


def page_of_queries(queries: QuerySet[DataQuery], *, after: str) -> tuple[list[DataQuery], str]:
    """Return the queries behind a place, as many as there are on a page, and the place of the last if there are more.

    An unreadable place is the beginning.
    """
    if place := _place(after):
        subject, key = place
        queries = queries.filter(Q(subject_id__gt=subject) | Q(subject_id=subject, pk__gt=key))
    found = list(with_threads(queries)[: QUERIES_ON_A_PAGE + 1])
    shown = found[:QUERIES_ON_A_PAGE]
    return shown, f"{shown[-1].subject_id}_{shown[-1].pk}" if len(found) > len(shown) else ""


def _place(text: str) -> tuple[UUID, UUID] | None:
    subject, _, key = text.partition("_")
    try:
        return UUID(subject), UUID(key)
    except ValueError:
        return None


@dataclass(frozen=True)
class ThreadLine:
    """An entry of a thread in words."""

    entry: DataQueryEntry
    role: str
    value: str


@dataclass(frozen=True)
class QueryLine:
    """A query as people read it; `acts` is what this person may do with it."""

    query: DataQuery
    label: str
    then: str
    now: str
    who: str
    role: str
    thread: list[ThreadLine]
    acts: frozenset[str]
    asked_at: datetime

    @property
    def days(self) -> int:
        """Return how many days ago it was asked."""
        return (timezone.now() - self.asked_at).days

    @property
    def is_changed(self) -> bool:
        return self.then != self.now

    @property
    def is_overdue(self) -> bool:
        due = self.query.due_date
        return due is not None and self.query.state == State.OPEN and due < timezone.localdate()


class Rights:
    """At which sites a person may do what with queries, read once for a whole page."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.enters, self.raises, self.manages = (
            _sites(user, right) for right in (Right.ENTER_DATA, Right.RAISE_QUERIES, Right.MANAGE_QUERIES)
        )

    def acts_on(self, query: DataQuery) -> frozenset[str]:
        """Return the acts that the query's state and this person's rights leave."""
        site, own = query.site_id, query.source == DataQuery.Source.SITE_MONITOR
        closes = site in self.manages or (own and site in self.raises)
        allowed = {
            "answer": site in self.enters,
            "correct": site in self.enters and _is_open_to_site(query),
            "cancel": closes,
            "close": closes,
            "requery": closes,
            "again": site in self.raises,
        }
        return frozenset(act for act in ACTS[State(query.state)] if allowed[act])


def _sites(user: User, right: Right) -> frozenset[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("select edc_sites_with(%s, %s)", [user.pk, right.value])
        return frozenset(site for (site,) in cursor.fetchall())


def _is_open_to_site(query: DataQuery) -> bool:
    """Return whether the site can correct the form: not what is finalised, nor the participant's own word."""
    form = query.capture.form_definition
    is_sites = form is not None and form.filled_by == FilledBy.SITE
    return is_sites and query.capture.status != DataCapture.Status.FINALISED


def lines_of(user: User, queries: Iterable[DataQuery]) -> list[QueryLine]:
    """Return queries, read `with_threads`, in words and with what this person may do."""
    rights, sight = Rights(user), Sight(user)
    return [_line(query, rights, sight) for query in queries]


def queries_of(user: User, capture: DataCapture) -> list[QueryLine]:
    """Return the queries of a form, the oldest first, without what was only prompted on a draft."""
    queries = queries_visible_to(user).filter(capture=capture).exclude(state=State.CANDIDATE, opened_at=None)
    prompted_only = Q(opened_at=None, state=State.RESOLVED)
    return lines_of(user, with_threads(queries.exclude(prompted_only).order_by("pk")))


def by_place(lines: Iterable[QueryLine]) -> dict[str, list[QueryLine]]:
    """Return the queries of a form by the place that they are about; those about the whole form under nothing."""
    found: dict[str, list[QueryLine]] = {}
    for line in lines:
        found.setdefault(line.query.place, []).append(line)
    return found


def _line(query: DataQuery, rights: Rights, sight: Sight) -> QueryLine:
    form = query.capture.form_definition
    place = find_place(form, query.place) if form and query.place else None
    item = place.item if place else None

    def words(value: Any) -> str:
        return sight.words(query.capture, query.place, in_words(item, value))

    return QueryLine(
        query=query,
        label=place.label if place else query.place or "Whole form",
        then=words(query.value),
        now=words(query.capture.data.get(query.place)) if query.place else "",
        who=query.opened_by.shown_as if query.opened_by else query.get_source_display(),
        role=_roles(query.opener_role),
        thread=[ThreadLine(one, _roles(one.author_role), words(one.value)) for one in query.entries.all()],
        acts=rights.acts_on(query),
        asked_at=query.opened_at or query.created_at,
    )


def _roles(roles: str) -> str:
    return ", ".join(role_in_words(role) for role in roles.split(", ") if role)
