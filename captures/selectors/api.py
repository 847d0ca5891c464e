"""What the API's hot lists read: JSON text that PostgreSQL writes, from the index of each place one may see."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from audit.models import AuditLog
from captures.models import DataCapture
from captures.selectors.sight import Sight, as_seen, without
from edc.accounts.models import User
from edc.base.sql import fetch_one, moments
from trials.definition import item_of
from trials.models import StudyVersion

# Before the first page: every row is behind this place.
BEGINNING = ["infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff"]


def newest_captures_as_json(
    user: User, *, behind: Sequence[str] | None, limit: int
) -> tuple[str, list[str] | None, list[str] | None]:
    """Return captures of `captures_visible_to` behind a place, newest first, as the API's JSON array.

    With them the place of the first, and of the last if there are more. Each site and each patient gives its newest
    from an index, so that a page costs the same at ten thousand and at ten million captures.
    """
    moment, key = behind or BEGINNING
    row = fetch_one(NEWEST_AS_JSON, {"user": user.pk, "moment": moment, "key": key, "limit": limit})
    if row is None:
        return "[]", None, None
    return _as_seen(user, row[0], row[3]), row[1], row[2]


def _as_seen(user: User, text: str, versions: Sequence[UUID]) -> str:
    """Return captures as JSON without the values that are not for this person; mostly there are none to look for."""
    known = StudyVersion.objects.defer("document").in_bulk(versions)
    sight = Sight(user)
    flagged = {str(pk): one for pk, one in known.items() if sight.is_flagged(one)}
    if not flagged:
        return text
    rows = orjson.loads(text)
    for row in rows:
        place = {"form": row["form"], "site": UUID(row["site"]), "patient": UUID(row["patient"])}
        hidden = sight.hidden(flagged.get(row["study_version"]), **place)
        row["data"], row["hidden"] = without(row["data"], hidden), sorted(hidden)
    return orjson.dumps(rows).decode()


_NEWEST_OF = """
    select c.id, c.timestamp from {whose} cross join lateral (
        select id, timestamp from captures_datacapture
        where {column} = whose.id and removed_at is null and (timestamp, id) < (%(moment)s::timestamptz, %(key)s::uuid)
        order by timestamp desc, id desc limit %(limit)s::int + 1
    ) c
"""
_PLACE = """(
    select array[to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), id::text]
    from page where place = {place}
)"""
NEWEST_AS_JSON = f"""
with places as materialized (select edc_sites_with(%(user)s, 'view_data') as id),
patients as materialized (
    select id from patients_patientprofile where user_id = %(user)s
    union select g.content_object_id from patients_patientprofileuserobjectpermission g
        join auth_permission p on p.id = g.permission_id where g.user_id = %(user)s and p.codename = 'view_data'
), found as (
    {_NEWEST_OF.format(whose="places whose", column="site_id")}
    union
    {_NEWEST_OF.format(whose="patients whose", column="patient_id")}
), page as (
    select id, timestamp, row_number() over (order by timestamp desc, id desc) as place
    from found order by timestamp desc, id desc limit %(limit)s::int + 1
)
select coalesce((select json_agg(shown) from (
    select c.id, c.subject_id as subject, s.number as subject_number, c.patient_id as patient, c.trial_id as trial,
        c.site_id as site, c.study_version_id as study_version, c.visit, c.visit_repeat, c.form, c.form_repeat,
        c.data, array[]::text[] as hidden, c.data_value, {moments("c.timestamp")}, c.status,
        c.missing_items, c.flagged_items,
        c.entered_by_id as entered_by, {moments("c.submitted_at")}, c.submitted_by_id as submitted_by,
        {moments("c.finalised_at")}, c.finalised_by_id as finalised_by,
        {moments("c.not_done_at")}, c.not_done_by_id as not_done_by, c.not_done_reason, c.version,
        {moments("c.created_at", "c.updated_at")}
    from page join captures_datacapture c on c.id = page.id join patients_subject s on s.id = c.subject_id
    where place <= %(limit)s order by place
) shown), '[]')::text,
{_PLACE.format(place="1")},
{_PLACE.format(place="%(limit)s and exists (select from page where place > %(limit)s)")},
array(select distinct c.study_version_id from page join captures_datacapture c on c.id = page.id
    where c.study_version_id is not null)
"""  # noqa: S608 -- put together from our own constants


@dataclass
class VersionEvents:
    """A version row of a capture with what the trail says of it."""

    version: int
    status: str
    data: dict[str, Any]
    data_value: str
    timestamp: Any
    action: str = ""
    actor: Any = None
    actor_name: str = ""
    actor_role: str = ""
    source: str = ""
    reason: str = ""
    changed_at: Any = None
    changes: list[dict[str, str | None]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def version_rows_of(capture: DataCapture) -> QuerySet[Any]:
    """Return every version row of the capture."""
    rows: QuerySet[Any] = DataCapture.history.filter(id=capture.pk)
    return rows.select_related("study_version").defer("study_version__document")


def with_events(user: User, rows: list[Any]) -> list[VersionEvents]:
    """Return these version rows of one capture with who made them, when, why, and what changed, in one statement.

    Values that are not for this person are left out, and their changes say only that they were made.
    """
    found = {
        row.version: VersionEvents(
            row.version,
            row.status,
            row.data,
            row.data_value,
            row.timestamp,
            changed_at=row.history_date,
            hidden=row.hidden,
        )
        for row in as_seen(user, rows)
    }
    events = AuditLog.objects.filter(entity_id__in={row.id for row in rows}, entity_version__in=list(found))
    for event in events.select_related("actor").order_by("sequence"):
        version = found[event.entity_version or 0]
        version.action, version.actor, version.actor_role = event.action, event.actor_id, event.actor_role
        version.actor_name = event.who
        version.source, version.reason, version.changed_at = event.source, event.reason, event.created_at
        if event.field:
            change = {"field": event.field, "old_value": event.old_value, "new_value": event.new_value}
            if item_of(event.field) in version.hidden or (event.field == "source_keys" and version.hidden):
                change |= {"old_value": None, "new_value": None}
            version.changes.append(change)
    return list(found.values())
