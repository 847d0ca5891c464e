"""Proof that the data is what the trail says: every row and every version, against its events replayed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from audit.selectors.parts import Part, Report, parameters, streams_of
from audit.triggers import Track, array

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
        ) v order by v.key, v.sequence desc) e where e.value <> '' and not e.key = any ({derived})), '{{}}') as trail
    from {table} r {where}
) r where r.now <> r.trail or not r.seen
limit %(most)s
"""
VERSIONS = (
    "r.version is not distinct from (select max(l.entity_version) from audit_auditlog l"
    " where l.stream = r.{key} and l.entity_type = '{entity}')"
)


# The versions of a row: each is the one before it, overlaid by the events of its number, and none is missing.
HISTORY = """
with told as (
    select l.stream, l.entity_version as version, max(l.created_at) as at,
        (array_agg(l.actor_id order by l.sequence desc))[1] as actor,
        (array_agg(l.reason order by l.sequence desc))[1] as reason,
        jsonb_object_agg(e.key, e.value order by l.sequence) filter (where e.key is not null) as changes
    from audit_auditlog l left join lateral (
        select m.key, m.value #>> '{{}}' as value from jsonb_each(l.metadata) m where l.field = ''
        union all select l.field, l.new_value where l.field <> '') e on not e.key = any ({derived})
    where l.entity_type = '{entity}' and l.stream = l.entity_id {told_where}
    group by l.stream, l.entity_version
), kept as (
    select distinct on (r.{key}, r.version) r.{key} as stream, r.version, r.history_date as at,
        r.history_user_id as actor, r.history_change_reason as reason, coalesce((
        select jsonb_object_agg(e.key, e.value #>> '{{}}')
        from jsonb_each((to_jsonb(r) - {quiet}){documents}) e where e.value not in ('null', '""')), '{{}}') as now
    from {history} r {kept_where} order by r.{key}, r.version, r.history_id desc
), paired as (
    select stream, version, k.now, t.changes, t.stream is null as is_untold, k.stream is null as is_gone,
        k.actor is distinct from t.actor or coalesce(k.reason, '') <> left(t.reason, 100)
            or abs(extract(epoch from k.at - t.at)) > {apart} as is_other,
        coalesce(lag(k.now) over (partition by stream order by version), '{{}}') as before
    from kept k full join told t using (stream, version)
), replayed as (
    select p.*, (select coalesce(jsonb_object_agg(e.key, e.value) filter (
            where e.value not in ('null', '""')), '{{}}')
        from jsonb_each(p.before || coalesce(p.changes, '{{}}')) e) as due
    from paired p
)
select p.stream, p.version, case when p.is_gone then 'its row is gone' when p.is_untold then 'the trail knows no such'
    when p.now <> p.due then 'it is not what the trail says of ' || array_to_string(array(
        select coalesce(n.key, d.key) from jsonb_each_text(p.now) n full join jsonb_each_text(p.due) d using (key)
        where n.value is distinct from d.value order by 1), ', ')
    else 'its author, time or reason is not what the trail says' end
from replayed p where p.is_gone or p.is_untold or p.now <> p.due or p.is_other
order by p.stream, p.version limit %(most)s
"""
OF_HISTORY = ("history_id", "history_date", "history_change_reason", "history_type", "history_user_id")
# A version row and its events are written one after the other; clocks may be put right in between.
SECONDS_APART = 60

# Each row was made by an event; what was made and is never deleted is still there.
GONE = """
select l.entity_type, l.stream from audit_auditlog l
where l.stream = l.entity_id and l.field = '' {where} and not case l.entity_type {tables} else true end
order by 1, 2 limit %(most)s
"""


def verify_rows(report: Report, part: Part | None = None) -> None:
    """Add to the report each row whose values are not what the trail last says of them."""
    for table in tables():
        where = table.where(part)
        if where is None:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {table.name} r {where}", parameters(part))  # noqa: S608 -- our names
            report.rows += cursor.fetchone()[0]
            cursor.execute(table.statement(where), parameters(part))
            report.faults += [table.fault(pk, names) for pk, names in cursor.fetchall()]


def verify_versions(report: Report, part: Part | None = None) -> None:
    """Add to the report each version of a row that is not what the trail says, or is gone."""
    for table in tables():
        if not (history := table.history):
            continue
        where = f"where r.{table.key} in ({streams_of(part)})" if part else ""
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from {history} r {where}", parameters(part))  # noqa: S608 -- our names
            report.versions += cursor.fetchone()[0]
            cursor.execute(table.history_statement(part), parameters(part))
            report.faults += [f"{table.track.model} {pk}, version {n}: {what}" for pk, n, what in cursor.fetchall()]


def verify_presence(report: Report, part: Part | None = None) -> None:
    """Add to the report each row of which the trail tells and which is not there."""
    lasting = [table for table in tables() if not table.track.deletable]
    exist = " ".join(
        f"when '{table.track.model}' then exists (select from {table.name} r where r.{table.key} = l.stream)"
        for table in lasting
    )
    where = f"and l.stream in ({streams_of(part)})" if part else ""
    with connection.cursor() as cursor:
        cursor.execute(GONE.format(tables=exist, where=where), parameters(part))
        report.faults += [f"{entity} {pk}: the row is gone, its trail is not" for entity, pk in cursor.fetchall()]


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

    @property
    def history(self) -> str:
        """The table of its versions, or nothing where it keeps none."""
        manager = getattr(self.model, "history", None)
        return str(manager.model._meta.db_table) if manager else ""

    def statement(self, where: str) -> str:
        """Return the statement that finds the rows that are not what the trail last says."""
        versions = VERSIONS if "version" in self.columns() else "true"
        return ROWS.format(**self._names(), table=self.name, where=where, versions=versions.format(**self._names()))

    def history_statement(self, part: Part | None) -> str:
        """Return the statement that finds the versions that are not what the trail says."""
        return HISTORY.format(
            **self._names(*OF_HISTORY),
            history=self.history,
            apart=SECONDS_APART,
            told_where=f"and l.stream in ({streams_of(part)})" if part else "",
            kept_where=f"where r.{self.key} in ({streams_of(part)})" if part else "",
        )

    def _names(self, *unsaid: str) -> dict[str, str]:
        track = self.track
        quiet = [self.key, "version", "created_at", "updated_at", *track.quiet, *track.derived]
        quiet += [*track.documents, *unsaid]
        documents = [f" || coalesce(nullif(to_jsonb(r.{name}), 'null'), '{{}}')" for name in self.track.documents]
        return {
            "key": self.key,
            "entity": self.track.model,
            "quiet": array(quiet),
            "documents": "".join(documents),
            "derived": array(track.derived),
        }

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
