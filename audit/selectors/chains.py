"""Proof that the trail is whole: every event's hash, every link, and every row against what was last written of it."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from audit.models import AuditLog
from audit.triggers import SCOPE, Track

# What `audit_append` (audit.triggers) hashes, in SQL over the columns as they are now.
OF_HASH = """
    l.id, to_char(l.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    l.actor_id, l.actor_role, l.source, l.request_id, l.action, l.entity_type, l.entity_id, l.entity_version,
    l.trial_id, l.site_id, l.patient_id, l.subject_id,
    l.field, l.old_value, l.new_value, l.reason, l.metadata::text, l.stream, l.sequence"""
# Events from before the actor's name was kept have none in their text.
HASHED = f"""sha256(l.previous_hash || convert_to((case when l.actor_name is null
    then json_build_array({OF_HASH}) else json_build_array({OF_HASH}, l.actor_name) end)::text, 'UTF8'))"""

CHAINS = """
select count(*), count(distinct stream),
    (array_agg(fault || ' at ' || sequence || ' of ' || stream order by stream, sequence)
        filter (where fault is not null))[1:%(most)s]
from (
    select l.stream, l.sequence, case
        when l.hash is distinct from {hashed} then 'altered event'
        when l.sequence <> coalesce(lag(l.sequence) over w, 0) + 1 then 'missing event'
        when l.previous_hash <> coalesce(lag(l.hash) over w, ''::bytea) then 'broken link' end as fault
    from audit_auditlog l {where}
    window w as (partition by l.stream order by l.sequence)
) checked
"""
OF_PART = "where l.stream in (select p.stream from audit_auditlog p where p.{column} = %(id)s)"

# A row flattened to text, against its trail replayed: what it was made with, overlaid by each field's last value.
ROWS = """
select r.{key}, array(
    select coalesce(n.key, t.key) from jsonb_each_text(r.now) n full join jsonb_each_text(r.trail) t using (key)
    where n.value is distinct from t.value order by 1)
from (
    select r.{key}, {versions} as seen, coalesce((
        select jsonb_object_agg(e.key, e.value #>> '{{}}')
        from jsonb_each((to_jsonb(r) - {quiet}){documents}) e where e.value not in ('null', '""')), '{{}}') as now,
    coalesce((select jsonb_object_agg(e.key, e.value) from (
        select distinct on (v.key) v.key, v.value from (
            select m.key, m.value #>> '{{}}' as value, l.sequence
            from audit_auditlog l cross join lateral jsonb_each(l.metadata) m
            where l.stream = r.{key} and l.entity_type = '{entity}' and l.field = ''
            union all
            select l.field, l.new_value, l.sequence from audit_auditlog l
            where l.stream = r.{key} and l.entity_type = '{entity}' and l.field <> ''
        ) v order by v.key, v.sequence desc) e where e.value <> ''), '{{}}') as trail
    from {table} r {where}
) r where r.now <> r.trail or not r.seen
limit %(most)s
"""
VERSIONS = (
    "r.version is not distinct from (select max(l.entity_version) from audit_auditlog l"
    " where l.stream = r.{key} and l.entity_type = '{entity}')"
)

MOST_FAULTS = 100


@dataclass(frozen=True)
class Part:
    """What is checked: everything that happened in one trial, at one site, to one patient or subject."""

    column: str
    id: UUID

    def __post_init__(self) -> None:
        if self.column not in SCOPE:
            raise ValueError(f"The trail has no part {self.column}.")


@dataclass
class Report:
    """How much was checked, and what was wrong, each fault in one line."""

    events: int = 0
    streams: int = 0
    rows: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.faults


def verify(part: Part | None = None, *, in_python: bool = False) -> Report:
    """Recompute the trail and compare the rows it tells of; without a part all of it.

    The database does it fast; `in_python` the hashes are made by code that shares nothing with the database's.
    """
    report = Report()
    if in_python:
        verify_chains_in_python(report, part)
    else:
        verify_chains(report, part)
    verify_rows(report, part)
    return report


def verify_chains(report: Report, part: Part | None = None) -> None:
    """Add to the report what is altered, missing or unlinked in the streams that the part touches."""
    where = OF_PART.format(column=part.column) if part else ""
    with connection.cursor() as cursor:
        cursor.execute(CHAINS.format(hashed=HASHED, where=where), _parameters(part))
        report.events, report.streams, faults = cursor.fetchone()
    report.faults += faults or []


def verify_chains_in_python(report: Report, part: Part | None = None) -> None:
    """Do what `verify_chains` does, event by event."""
    events = AuditLog.objects.order_by("stream", "sequence")
    if part:
        touched = AuditLog.objects.filter(**{part.column: part.id}).values("stream")
        events = events.filter(stream__in=touched)
    report.events = events.count()
    report.streams = events.order_by().values("stream").distinct().count()
    faults = faults_of(with_hashed_text(events).iterator(chunk_size=2_000))
    report.faults += islice(faults, MOST_FAULTS)


def verify_rows(report: Report, part: Part | None = None) -> None:
    """Add to the report each row whose values are not what the trail last says of them."""
    for table in tables():
        where = table.where(part)
        if where is None:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {table.name} r {where}", _parameters(part))  # noqa: S608 -- our names
            report.rows += cursor.fetchone()[0]
            cursor.execute(table.statement(where), _parameters(part))
            report.faults += [table.fault(pk, names) for pk, names in cursor.fetchall()]


def _parameters(part: Part | None) -> dict[str, Any]:
    return {"most": MOST_FAULTS, "id": part.id if part else None}


@dataclass(frozen=True)
class Table:
    """A table under the trail, as its last `Track` operation says."""

    model: type[models.Model]
    track: Track

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        return str(self.model._meta.pk.column)

    def columns(self) -> set[str]:
        return {each.column for each in self.model._meta.local_concrete_fields}

    def where(self, part: Part | None) -> str | None:
        """Return the condition for the rows of the part; None where the table has no such rows."""
        if part is None:
            return ""
        scope = self.track.scope.get(part.column, f"new.{part.column}" if part.column in self.columns() else None)
        return f"where {scope.replace('new.', 'r.')} = %(id)s" if scope else None

    def statement(self, where: str) -> str:
        names = {"key": self.key, "entity": self.track.model}
        quiet = [self.key, "version", "created_at", "updated_at", *self.track.quiet, *self.track.documents]
        documents = [f" || coalesce(nullif(to_jsonb(r.{name}), 'null'), '{{}}')" for name in self.track.documents]
        return ROWS.format(
            **names,
            table=self.name,
            where=where,
            quiet="array[" + ", ".join(f"'{name}'" for name in quiet) + "]::text[]",
            documents="".join(documents),
            versions=VERSIONS.format(**names) if "version" in self.columns() else "true",
        )

    def fault(self, pk: UUID, names: list[str]) -> str:
        if names:
            return f"{self.track.model} {pk}: the row is not what the trail says of {', '.join(names)}"
        return f"{self.track.model} {pk}: the trail does not end with the row's version"


@cache
def tables() -> tuple[Table, ...]:
    """Return every table whose rows have streams of their own, as the migrations put them under the trail."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found: dict[str, Table] = {}
    for key in _plan(loader):
        for operation in loader.disk_migrations[key].operations:
            if isinstance(operation, Track):
                model = apps.get_model(operation.app or key[0], operation.model)
                if isinstance(model._meta.pk, models.UUIDField):
                    found[operation.model] = Table(model, operation)
    return tuple(found.values())


def _plan(loader: MigrationLoader) -> Iterator[tuple[str, str]]:
    seen = set()
    for leaf in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(leaf):
            if key not in seen:
                seen.add(key)
                yield key


# -- the same in Python, for a second opinion that shares no code with the database ----------------------------------


def with_hashed_text(events: QuerySet[AuditLog]) -> QuerySet[AuditLog]:
    """Return the events with their metadata as the database wrote it, which `canonical` needs."""
    return events.annotate(metadata_text=Cast("metadata", TextField()))


def canonical(event: AuditLog) -> str:
    """Return the very text that the database hashed after the previous hash; the event is from `with_hashed_text`."""
    values = [
        *(event.id, event.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), event.actor_id, event.actor_role),
        *(event.source, event.request_id, event.action, event.entity_type, event.entity_id, event.entity_version),
        *(event.trial_id, event.site_id, event.patient_id, event.subject_id),
        *(event.field, event.old_value, event.new_value, event.reason),
        *(event.metadata_text, event.stream, event.sequence),  # type: ignore[attr-defined]
    ]
    if event.actor_name is not None:
        values.append(event.actor_name)
    plain = [str(value) if isinstance(value, UUID) else value for value in values]
    return json.dumps(plain, ensure_ascii=False)


def hash_of(event: AuditLog) -> bytes:
    """Return what the event's hash must be."""
    return hashlib.sha256(bytes(event.previous_hash) + canonical(event).encode()).digest()


def faults_of(events: Iterable[Any]) -> Iterator[str]:
    """Return what is wrong with events that come stream by stream, in order."""
    stream, sequence, last = None, 0, b""
    for event in events:
        if event.stream != stream:
            stream, sequence, last = event.stream, 0, b""
        where = f"at {event.sequence} of {event.stream}"
        if bytes(event.hash) != hash_of(event):
            yield f"altered event {where}"
        elif event.sequence != sequence + 1:
            yield f"missing event {where}"
        elif bytes(event.previous_hash) != last:
            yield f"broken link {where}"
        sequence, last = event.sequence, bytes(event.hash)
