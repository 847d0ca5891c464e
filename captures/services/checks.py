"""Data queries that edit checks raise. They end by themselves when the data pass, and come back as new, linked ones.

While a form is a draft its prompts are candidates: on record, and nobody's work. What still prompts when the form is
submitted becomes an open query, and so does whatever the checks find from then on, also in a finalised form.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from audit import services as audit
from captures.models import DataCapture, DataQuery, DataQueryEntry
from captures.selectors import checked_many, last_system_queries, readers_of, reads, role_held
from captures.services.writing import place_of, tell_staff
from captures.validators import Checked
from edc.accounts.models import User
from edc.base.actor import name_actor
from trials.models import StudyVersion

State, Kind = DataQuery.State, DataQueryEntry.Kind
# Where a query is in the system's view: the capture, the place in it, the check.
Key = tuple[UUID, str, str]

COUNT = """
update captures_datacapture c set missing_items = n.missing, flagged_items = n.flagged
from unnest(%s::uuid[], %s::int[], %s::int[]) as n (id, missing, flagged)
where c.id = n.id and (c.missing_items, c.flagged_items) is distinct from (n.missing, n.flagged)
"""


@dataclass
class Outcome:
    """What the checks of some forms come to: queries to write, and what to add to the threads of others."""

    raised: list[DataQuery] = field(default_factory=list)
    opened: list[DataQuery] = field(default_factory=list)
    resolved: list[DataQuery] = field(default_factory=list)


def wait_for_subject(subject: UUID, version: StudyVersion | None) -> None:
    """Let who saves forms of one subject go one after the other, where the checks of one form read another."""
    if version and any(rules.outside for rules in version.definition.rules.values()):
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"checks of {subject}"])


def follow_checks(
    capture: DataCapture, checked: Checked, *, before: Mapping[str, Any], reason: str = "", by: User
) -> None:
    """Raise and resolve what the checks ask of a capture that was just saved, and of the forms that read it.

    A changed value answers the open queries that people asked about it. Values and versions of the other forms stay.
    Call it in the transaction of the save; the capture is as it is afterwards.
    """
    changed = {place for place in before.keys() | capture.data.keys() if before.get(place) != capture.data.get(place)}
    # Nobody can have asked about a form that was made just now.
    is_new = capture.version == 1
    if not is_new:
        _answer_by_change(capture, changed, reason=reason, by=by)
    raised = sync_system_queries([(capture, checked)], are_new=is_new, by=by)
    if changed:
        _look_at_readers(capture, changed, by=by)
    if raised or not is_new:
        capture.refresh_from_db(fields=["open_queries", "answered_queries"])


@transaction.atomic
def sync_many(captures: Sequence[DataCapture], *, by: User) -> int:
    """Bring queries and counts of these forms to what their stored values come to; return how many were raised.

    For who stores many at once. Call it when all values are stored, with some hundred captures at a time (with their
    `study_version` and `subject` at hand): a batch takes a constant number of statements.
    """
    locked = DataCapture.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in captures])
    list(locked.order_by("pk").values_list("pk", flat=True))
    looks = checked_many([capture for capture in captures if capture.form])
    _count(looks)
    return sync_system_queries(looks, by=by)


def sync_system_queries(looks: Iterable[tuple[DataCapture, Checked]], *, are_new: bool = False, by: User) -> int:
    """Write what the checks of these forms come to; return how many queries were raised. Who calls holds the forms.

    About forms that `are_new` no check has asked before: nothing is looked up.
    """
    found = list(looks)
    captures = {capture.pk: capture for capture, _ in found}
    asked: dict[Key, str] = {}
    for capture, checked in found:
        asked |= {(capture.pk, place, check): text for place, check, text in _prompted(checked)}
    outcome = _outcome(captures, asked, known={} if are_new else last_system_queries(captures))
    _write(outcome, captures, by=by)
    return len(outcome.raised)


def _prompted(checked: Checked) -> list[tuple[str, str, str]]:
    """Return place, check and text of each prompt; what the item itself expects goes by no check."""
    fired = [(one.place, one.check.oid, one.check.message) for one in checked.fired]
    said = {(place, text) for place, _, text in fired}
    return fired + [(place, "", text) for place, text in checked.prompts.items() if (place, text) not in said]


def _outcome(
    captures: Mapping[UUID, DataCapture], asked: Mapping[Key, str], *, known: Mapping[Key, DataQuery]
) -> Outcome:
    outcome = Outcome()
    for key, text in asked.items():
        capture, last = captures[key[0]], known.get(key)
        if last is None or (not last.is_live and _is_news(last, capture)):
            outcome.raised.append(_new(capture, key, text, previous=last))
        elif last.state == State.CANDIDATE and capture.submitted_at:
            outcome.opened.append(last)
    outcome.resolved = [query for key, query in known.items() if query.is_live and key not in asked]
    return outcome


def _is_news(last: DataQuery, capture: DataCapture) -> bool:
    """Return whether to ask again: not about a value with which somebody closed the last query."""
    return last.state == State.RESOLVED or last.last_value != capture.data.get(last.place)


def _new(capture: DataCapture, key: Key, text: str, *, previous: DataQuery | None) -> DataQuery:
    _, place, check = key
    return DataQuery(
        capture=capture,
        **place_of(capture),
        place=place,
        source=DataQuery.Source.SYSTEM,
        check_oid=check,
        state=State.OPEN if capture.submitted_at else State.CANDIDATE,
        opened_at=timezone.now() if capture.submitted_at else None,
        message=text,
        value=capture.data.get(place),
        previous=previous,
    )


def _write(outcome: Outcome, captures: Mapping[UUID, DataCapture], *, by: User) -> None:
    """Write the queries and their threads, each kind at once."""
    role = role_held(by, next(iter(captures.values()))) if outcome.opened or outcome.resolved else ""
    open_ones = [query for query in outcome.raised if query.state == State.OPEN]
    audit.insert_many(open_ones, by=by, action="captures.query_raised")
    noted = [query for query in outcome.raised if query.state == State.CANDIDATE]
    audit.insert_many(noted, by=by, action="captures.query_noted")
    for query in outcome.opened:
        query.state, query.opened_at = State.OPEN, timezone.now()
    audit.change_many(outcome.opened, fields=["state", "opened_at"], by=by, action="captures.query_opened")
    _add_entries(outcome.opened, Kind.OPENED, captures, role=role, by=by)
    for query in outcome.resolved:
        query.state, query.resolution = State.RESOLVED, DataQuery.Resolution.CORRECTED
        query.last_value = captures[query.capture_id].data.get(query.place)
    fields = ["state", "resolution", "last_value"]
    audit.change_many(outcome.resolved, fields=fields, by=by, action="captures.query_resolved")
    _add_entries(outcome.resolved, Kind.RESOLVED, captures, role=role, by=by)
    for kind, queries in (("query_raised", [*open_ones, *outcome.opened]), ("query_resolved", outcome.resolved)):
        for key in dict.fromkeys(query.capture_id for query in queries):
            tell_staff(captures[key], f"captures.{kind}", by=by)


def _add_entries(
    queries: Sequence[DataQuery],
    kind: str,
    captures: Mapping[UUID, DataCapture],
    *,
    role: str,
    text: str = "",
    by: User,
) -> None:
    """Add the same entry to each thread, for the transaction's actor and action."""
    DataQueryEntry.objects.bulk_create(
        DataQueryEntry(
            query=query,
            kind=kind,
            text=text,
            resolution=query.resolution,
            value=captures[query.capture_id].data.get(query.place),
            capture_version=captures[query.capture_id].version,
            author=by,
            author_role=role,
        )
        for query in queries
    )


def _answer_by_change(capture: DataCapture, changed: Collection[str], *, reason: str, by: User) -> None:
    """Answer what people asked about the changed values: the change is the answer, and its reason the text."""
    asked = DataQuery.objects.filter(capture=capture, place__in=changed, state=State.OPEN)
    queries = list(asked.exclude(source=DataQuery.Source.SYSTEM)) if changed else []
    if not queries:
        return
    for query in queries:
        query.state, query.resolution = State.ANSWERED, DataQuery.Resolution.CORRECTED
    audit.change_many(queries, fields=["state", "resolution"], by=by, action="captures.query_answered")
    role = role_held(by, capture)
    text = reason or "The value was changed."
    _add_entries(queries, Kind.ANSWERED, {capture.pk: capture}, role=role, text=text, by=by)
    tell_staff(capture, "captures.query_answered", by=by)


def _look_at_readers(capture: DataCapture, changed: Collection[str], *, by: User) -> None:
    """Check the forms anew whose rules read what changed; their counts follow, their values and versions stay."""
    others = readers_of(capture, changed).select_for_update(no_key=True, of=("self",))
    looks = checked_many([other for other in others if reads(other, capture, changed)])
    if looks:
        name_actor(by.pk, action="captures.saved")
        _count(looks)
        sync_system_queries(looks, by=by)


def _count(looks: Sequence[tuple[DataCapture, Checked]]) -> None:
    rows = [(one.pk, len(checked.missing), len(checked.prompts)) for one, checked in looks]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [list(column) for column in zip(*rows, strict=True)])
