"""Proof that no event is altered or missing: every event's hash, every link."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from audit.models import AuditLog
from audit.selectors.parts import MOST_FAULTS, Part, Report, parameters, streams_of

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


def verify_chains(report: Report, part: Part | None = None) -> None:
    """Add to the report what is altered, missing or unlinked in the streams that the part touches."""
    where = f"where l.stream in ({streams_of(part)})" if part else ""
    with connection.cursor() as cursor:
        cursor.execute(CHAINS.format(hashed=HASHED, where=where), parameters(part))
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
