"""Pages of the trail at the same cost whether it holds ten thousand events or ten million.

A page is read from the index that fits what was asked (one subject, one person, one site, one trial, else each trial
and site within reach), newest first, never by sorting or counting the table. Where a filter has no index of its own
(a reason, a field), at most `FARTHEST` events are looked at for one page: the page then says how far back it has
looked, and the next one goes on from there.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from audit.models import RENAMED, AuditLog
from audit.selectors.reach import ACCOUNT_TYPES, OF_ACCOUNTS, Reach, Sql, reach_of
from edc.accounts.models import User

FARTHEST = 20_000
LEAST_OF_A_BRANCH = 1_000
MOST_PEOPLE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """Where an event stands in the trail; as text it is the cursor of a page."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}.{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Return the place that a cursor stands for, or None where it is none."""
        moment, _, key = text.partition(".")
        try:
            return cls(EPOCH + timedelta(microseconds=int(moment)), UUID(key))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Asked:
    """What of the trail is asked for; what is not given does not narrow it."""

    trial: UUID | None = None
    site: UUID | None = None
    patients: Sequence[UUID] | None = None
    people: Sequence[UUID] | None = None
    entity_id: UUID | None = None
    entity_type: str = ""
    action: str = ""
    field: str = ""
    role: str = ""
    source: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def given(self) -> dict[str, Any]:
        """Return what narrows the trail."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name)) not in (None, "")}


CONDITIONS = {
    "trial": "audit_auditlog.trial_id = %s",
    "site": "audit_auditlog.site_id = %s",
    "patients": "audit_auditlog.patient_id = any(%s)",
    "people": "audit_auditlog.actor_id = any(%s)",
    "entity_id": "audit_auditlog.entity_id = %s",
    "entity_type": "audit_auditlog.entity_type = %s",
    "action": "audit_auditlog.action = %s",
    "field": "audit_auditlog.field = %s",
    "role": "%s = any(string_to_array(audit_auditlog.actor_role, ', '))",
    "source": "audit_auditlog.source = %s",
    "reason": "strpos(lower(audit_auditlog.reason), lower(%s)) > 0",
    "since": "audit_auditlog.created_at >= %s",
    "until": "audit_auditlog.created_at < %s",
}
# Conditions that an index has, the most telling first; the first one given leads the search.
LEADING = ("entity_id", "patients", "people", "site", "trial")
BOUNDS = ("since", "until")


@dataclass(frozen=True)
class Page:
    """Events, newest first. `older` is where the next page begins; `looked_back_to` says how far a search has come."""

    events: list[AuditLog]
    older: Place | None
    looked_back_to: datetime | None = None


def events_visible_to(user: User, *, to_export: bool = False) -> QuerySet[AuditLog]:
    """Return all events that this person may see, or may take out, to be narrowed; for lists see `page_of_events`."""
    condition, parameters = reach_of(user, to_export=to_export).everything()
    return AuditLog.objects.select_related("actor").extra(where=[condition], params=parameters)  # noqa: S610 -- ours


def asked_of(events: QuerySet[AuditLog], asked: Asked) -> QuerySet[AuditLog]:
    """Return those of the events that were asked for."""
    given = asked.given()
    return events.extra(where=[CONDITIONS[name] for name in given], params=[_plain(value) for value in given.values()])  # noqa: S610 -- ours


def neighbours_of(event: AuditLog, *, among: QuerySet[AuditLog]) -> tuple[AuditLog | None, AuditLog | None]:
    """Return the events before and after this one in its chain, where they are among those."""
    beside = among.filter(stream=event.stream, sequence__in=[event.sequence - 1, event.sequence + 1])
    found = {each.sequence: each for each in beside}
    return found.get(event.sequence - 1), found.get(event.sequence + 1)


def people_called(text: str) -> list[UUID]:
    """Return the members of staff whose name or address contains the text, or whose name once did.

    Participants are found by their number.
    """
    once = AuditLog.objects.filter(RENAMED, old_value__icontains=text).values("entity_id")
    named = Q(display_name__icontains=text) | Q(email__icontains=text) | Q(pk__in=once)
    return list(User.objects.filter(named, kind=User.Kind.STAFF).values_list("pk", flat=True)[:MOST_PEOPLE])


def names_before(people: Mapping[UUID, User]) -> dict[UUID, list[tuple[datetime, str]]]:
    """Return what members of staff were called before, each name with the time until which, oldest first."""
    found: dict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
    staff = [pk for pk, user in people.items() if user.kind == User.Kind.STAFF]
    renamed = AuditLog.objects.filter(RENAMED, entity_id__in=staff).order_by("sequence")
    for event in renamed:
        if event.entity_id:
            found[event.entity_id].append((event.created_at, event.old_value or people[event.entity_id].email))
    return found


def page_of_events(user: User, asked: Asked, *, before: Place | None = None, limit: int = 50) -> Page:
    """Return the newest events of what was asked for, of those older than `before`."""
    branches = _branches(reach_of(user), asked)
    if not branches:
        return Page([], None)
    farthest = max(LEAST_OF_A_BRANCH, FARTHEST // len(branches))
    reaches = [limit + 1 if hit[0] == "true" else farthest for _, hit in branches]
    bounds = _bounds(asked, before)
    parts, parameters = [], list[Any]()
    for (lead, hit), reach in zip(branches, reaches, strict=True):
        parts.append(BRANCH.format(lead=lead[0], hit=hit[0], bounds=bounds[0], reach=reach))
        parameters += [*hit[1], *lead[1], *bounds[1]]
    with connection.cursor() as cursor:
        cursor.execute(PAGE.format(branches=" union all ".join(parts), limit=limit + 1), parameters)
        found = cursor.fetchall()
    places = [Place(at, pk) for kind, at, pk in found if kind == "event"]
    edge = next((Place(at, pk) for kind, at, pk in found if kind == "edge"), None)
    known = AuditLog.objects.select_related("actor").in_bulk([place.id for place in places[:limit]])
    events = [known[place.id] for place in places[:limit]]
    if len(places) > limit:
        return Page(events, places[limit - 1])
    return Page(events, edge, edge.at if edge else None)


BRANCH = """
(select created_at, id, {hit} as hit, row_number() over (order by created_at desc, id desc) = {reach} as is_edge
 from (select * from audit_auditlog where {lead}{bounds} order by created_at desc, id desc limit {reach})
    audit_auditlog)
"""
# Every branch was looked at down to the newest of their edges: what is older belongs to a later page.
PAGE = """
with scanned as materialized ({branches}),
edge as (select created_at, id from scanned where is_edge order by created_at desc, id desc limit 1),
page as (select distinct s.created_at, s.id from scanned s
    where s.hit and not exists (select from edge e where (e.created_at, e.id) > (s.created_at, s.id))
    order by s.created_at desc, s.id desc limit {limit})
select 'event', created_at, id from page union all select 'edge', created_at, id from edge
order by 1 desc, 2 desc, 3 desc
"""


def _branches(reach: Reach, asked: Asked) -> list[tuple[Sql, Sql]]:
    """Return the indexes to walk, as (condition that leads, condition that each event must meet)."""
    given = asked.given()
    leading = next((name for name in LEADING if name in given), None)
    rest = [name for name in given if name not in (leading, *BOUNDS)]
    wanted = [(CONDITIONS[name], _plain(given[name])) for name in rest]
    if reach.is_nothing:
        return []
    if leading:
        return [(lead, _all(reach.everything(), wanted)) for lead in _leads(leading, given[leading])]
    branches: list[tuple[Sql, Sql]] = []
    for name, places in (("trial", reach.trials), ("site", reach.sites)):
        branches += [((CONDITIONS[name], [place]), _all(None, wanted)) for place in places]
    if (accounts := reach.accounts()) and (not asked.entity_type or f"'{asked.entity_type}'" in ACCOUNT_TYPES):
        branches.append(((OF_ACCOUNTS, []), _all(accounts, wanted)))
    return branches


def _leads(name: str, value: Any) -> list[Sql]:
    if name in {"patients", "people"}:
        return [(CONDITIONS[name], [[each]]) for each in value]
    return [(CONDITIONS[name], [value])]


def _all(visible: Sql | None, wanted: list[tuple[str, Any]]) -> Sql:
    conditions, parameters = ([visible[0]], [*visible[1]]) if visible else ([], [])
    for condition, value in wanted:
        conditions.append(condition)
        parameters.append(value)
    return " and ".join(conditions) or "true", parameters


def _bounds(asked: Asked, before: Place | None) -> Sql:
    given = asked.given()
    conditions = [CONDITIONS[name] for name in BOUNDS if name in given]
    parameters = [given[name] for name in BOUNDS if name in given]
    if before:
        conditions.append("(audit_auditlog.created_at, audit_auditlog.id) < (%s, %s)")
        parameters += [before.at, before.id]
    return "".join(f" and {condition}" for condition in conditions), parameters


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value
