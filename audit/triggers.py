"""SQL for migrations: the functions behind the trail, and `Track`, which puts a table under them.

What the database itself holds, whoever writes and however: every version row, one event for each changed field,
no change without an actor, no delete, no chain with a gap (design.md, "Audit").
"""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

# A failure that the portal knows by its code: the transaction names no actor, or lacks the reason that is due.
NO_ACTOR, NO_REASON, NO_DELETE = "ED001", "ED002", "ED003"

APPEND = """
create or replace function audit_append(
    entity_type text, entity_id uuid, entity_version integer,
    trial_id uuid, site_id uuid, patient_id uuid, subject_id uuid,
    own_stream uuid, action text, changes jsonb
) returns void language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
-- `changes` is a list of [field, old, new, metadata]; each becomes one event, chained behind the last of the stream.
-- The stream is the changed row, which its writer has locked; without one it is the actor. A person's stream has both
-- kinds of event, so it is locked here. The actor is named as they were called before this change; of a participant the
-- trail has no name.
declare
    actor uuid := edc_actor();
    chain uuid := coalesce(own_stream, actor, '00000000-0000-0000-0000-000000000000');
    role text := coalesce(edc_role_held(actor, trial_id, site_id, patient_id),
                          case when actor is null then current_setting('edc.actor', true) else '' end);
    source text := coalesce(nullif(current_setting('edc.source', true), ''), 'sql');
    request text := coalesce(current_setting('edc.request', true), '');
    reason text := coalesce(current_setting('edc.reason', true), '');
    actor_name text := coalesce((
        select case when u.kind = 'PARTICIPANT' then 'Participant' else coalesce(
            (select nullif(c.value->>1, '') from jsonb_array_elements(changes) c
                where entity_type = 'User' and own_stream = actor and c.value->>0 = 'display_name'),
            nullif(u.display_name, ''), u.email) end
        from accounts_user u where u.id = actor), '');
    head record;
    last_sequence integer;
    last_hash bytea;
    change jsonb;
    event_id uuid;
    now_at timestamptz;
    own_hash bytea;
begin
    if own_stream is null or entity_type = 'User' then
        perform pg_advisory_xact_lock(hashtextextended(chain::text, 0));
    end if;
    select l.sequence, l.hash into head from audit_auditlog l
        where l.stream = chain order by l.sequence desc limit 1;
    last_sequence := coalesce(head.sequence, 0);
    last_hash := coalesce(head.hash, '\\x'::bytea);
    for change in select * from jsonb_array_elements(changes) loop
        event_id := edc_uuid7();
        now_at := clock_timestamp();
        last_sequence := last_sequence + 1;
        own_hash := sha256(last_hash || convert_to(json_build_array(
            event_id, to_char(now_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            actor, role, source, request, action, entity_type, entity_id, entity_version,
            trial_id, site_id, patient_id, subject_id,
            change->>0, change->>1, change->>2, reason, (change->3)::text, chain, last_sequence, actor_name
        )::text, 'UTF8'));
        insert into audit_auditlog (id, created_at, actor_id, actor_role, source, request_id, action,
            entity_type, entity_id, entity_version, trial_id, site_id, patient_id, subject_id,
            field, old_value, new_value, reason, metadata, stream, sequence, previous_hash, hash, actor_name)
        values (event_id, now_at, actor, role, source, request, action,
            entity_type, entity_id, entity_version, trial_id, site_id, patient_id, subject_id,
            change->>0, change->>1, change->>2, reason, change->3, chain, last_sequence, last_hash, own_hash,
            actor_name);
        last_hash := own_hash;
    end loop;
end $$;
"""

OTHERS = """
create function edc_uuid7() returns uuid language sql volatile set search_path = pg_catalog as $$
    select encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                from 1 for 6),
            52, 1), 53, 1), 'hex')::uuid
$$;

create function edc_actor() returns uuid language plpgsql stable set search_path = pg_catalog as $$
declare
    named text := current_setting('edc.actor', true);
begin
    if coalesce(named, '') = '' then
        raise exception 'No actor is bound to this transaction.' using errcode = 'ED001';
    end if;
    return case when named in ('system', 'anonymous') then null else named::uuid end;
end $$;

create function audit_changes(old jsonb, new jsonb, quiet text[], fields text[], documents text[])
returns jsonb language sql immutable set search_path = pg_catalog as $$
-- A new row is one event with its plain columns, and one for each named field and each member of a document;
-- a changed row is one event for each column, or member of a document, that differs.
    with columns as (
        select n.key, old -> n.key as was, n.value as is_now
        from jsonb_each(new) n
        where not n.key = any (quiet || documents) and (old -> n.key) is distinct from n.value
    ), members as (
        select k.key, old -> d.path -> k.key as was, new -> d.path -> k.key as is_now
        from unnest(documents) d(path)
        cross join lateral (
            select jsonb_object_keys(coalesce(nullif(old -> d.path, 'null'), '{}'))
            union select jsonb_object_keys(coalesce(nullif(new -> d.path, 'null'), '{}'))) as k(key)
        where (old -> d.path -> k.key) is distinct from (new -> d.path -> k.key)
    ), rows as (
        select 0 as place, '' as key, null::jsonb as was, null::jsonb as is_now,
            coalesce(jsonb_object_agg(c.key, c.is_now) filter (
                where c.is_now <> 'null' and c.is_now <> '""' and not c.key = any (fields)), '{}') as metadata
        from columns c where old is null having old is null
        union all
        select 1, c.key, c.was, c.is_now, '{}' from columns c
        where (old is not null or c.key = any (fields)) and (old is not null or c.is_now not in ('null', '""'))
        union all
        select 2, m.key, m.was, m.is_now, '{}' from members m
    )
    select jsonb_agg(jsonb_build_array(key, was #>> '{}', is_now #>> '{}', metadata) order by place, key) from rows
$$;

create function audit_record(
    action text, entity_type text, entity_id uuid, trial_id uuid, site_id uuid, patient_id uuid, subject_id uuid,
    metadata jsonb
) returns void language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
-- An act that changes no row: a read of identity, an export.
begin
    perform audit_append(entity_type, entity_id, null, trial_id, site_id, patient_id, subject_id,
        null, action, jsonb_build_array(jsonb_build_array('', null, null, metadata)));
end $$;

create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception '% on % is refused: it only grows.', tg_op, tg_table_name using errcode = 'ED003';
end $$;

create trigger append_only before update or delete on audit_auditlog for each row execute function audit_refuse();
create trigger never_truncated before truncate on audit_auditlog for each statement execute function audit_refuse();
revoke all on audit_auditlog from edc_app;
grant select on audit_auditlog to edc_app;
revoke all on function audit_append(text, uuid, integer, uuid, uuid, uuid, uuid, uuid, text, jsonb) from public;
grant delete on audit_idempotencykey to edc_app;
"""
FUNCTIONS = f"{APPEND}{OTHERS}"

DROP_FUNCTIONS = """
drop trigger append_only on audit_auditlog;
drop trigger never_truncated on audit_auditlog;
drop function audit_refuse();
drop function audit_record(text, text, uuid, uuid, uuid, uuid, uuid, jsonb);
drop function audit_changes(jsonb, jsonb, text[], text[], text[]);
drop function audit_append(text, uuid, integer, uuid, uuid, uuid, uuid, uuid, text, jsonb);
drop function edc_actor();
drop function edc_uuid7();
"""


class Track(Operation):
    """Put a table under the trail: every change an event, and, where the model keeps history, every version a row.

    `scope` maps trial_id, site_id, patient_id, subject_id to the columns (of this
    row, as SQL with `new.`) that hold them; `documents` are JSON columns logged member by member; `fields` are columns
    that get an event of their own already when the row is made; `quiet` columns are not logged; a row may be deleted
    only where `deletable`, and leaves an event with what it was. `derived` columns follow from other columns and rows
    under the trail: a change of these alone makes no version and no event.
    Repeat the operation in the migration that changes the model's columns.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self,
        model: str,
        *,
        scope: dict[str, str] | None = None,
        documents: Sequence[str] = (),
        fields: Sequence[str] = (),
        quiet: Sequence[str] = (),
        derived: Sequence[str] = (),
        deletable: bool = False,
        app: str = "",
    ) -> None:
        self.model, self.app, self.scope, self.deletable = model, app, scope or {}, deletable
        self.documents, self.fields, self.quiet, self.derived = documents, fields, quiet, derived

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change no model."""

    def describe(self) -> str:
        return f"Track every change of {self.model}"

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(self.sql(self.app or app_label, to_state.apps), params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(self.app or app_label, self.model)._meta.db_table
        schema_editor.execute(f"drop function {function_name(table)}() cascade")

    def sql(self, app_label: str, apps: Any) -> str:
        """Return the trigger's SQL for the model as it stands in this state of the migrations."""
        model: type[models.Model] = apps.get_model(app_label, self.model)
        table = model._meta.db_table
        try:
            history = apps.get_model(app_label, f"Historical{self.model}")
        except LookupError:
            history = None
        names = {field.column for field in model._meta.local_concrete_fields}
        key = model._meta.pk.column
        scope = [self.scope.get(name, f"new.{name}" if name in names else "null") for name in SCOPE]
        quiet = [key, "version", "created_at", "updated_at", *self.quiet, *self.derived]
        return TRACK.format(
            function=function_name(table),
            table=table,
            entity=self.model,
            key=f"new.{key}" if model._meta.pk.get_internal_type() == "UUIDField" else "null::uuid",
            version="new.version" if "version" in names else "null::integer",
            scope=", ".join(f"{column}::uuid" for column in scope),
            quiet=array(quiet),
            fields=array(self.fields),
            documents=array(self.documents),
            version_row=version_row(model, history) if history else "",
            derived=DERIVED.format(columns=array(self.derived)) if self.derived else "",
            lasting=" or ".join(
                f"new.{name} is distinct from old.{name}" for name in (key, "created_at") if name in names
            ),
            on_delete=DELETED if self.deletable else REFUSED.format(table=table),
            history=PROTECT.format(table=history._meta.db_table) if history else "",
        )


SCOPE = ("trial_id", "site_id", "patient_id", "subject_id")

TRACK = """
create or replace function {function}() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' as $$
declare
    actor uuid := edc_actor();
    changes jsonb;
begin
    {derived}
    if tg_op = 'DELETE' then
        {on_delete}
    elsif tg_op = 'UPDATE' and ({lasting}) then
        raise exception 'The id and the time of creation of a row never change.' using errcode = 'ED003';
    else
        {version_row}
        changes := audit_changes(case when tg_op = 'UPDATE' then to_jsonb(old) end, to_jsonb(new),
            {quiet}, {fields}, {documents});
    end if;
    if changes is not null then
        perform audit_append('{entity}', {key}, {version}, {scope}, {key},
            coalesce(nullif(current_setting('edc.action', true), ''), lower(tg_op)), changes);
    end if;
    return null;
end $$;
create or replace trigger track after insert or update or delete on {table}
    for each row execute function {function}();
create or replace trigger never_truncated before truncate on {table}
    for each statement execute function audit_refuse();
{history}
"""

DERIVED = """if tg_op = 'UPDATE' and to_jsonb(new) - {columns} = to_jsonb(old) - {columns} then
        return null;
    end if;"""
REFUSED = "raise exception 'Rows of {table} are never deleted.' using errcode = 'ED003';"
DELETED = "new := old; changes := jsonb_build_array(jsonb_build_array('', null, null, to_jsonb(old)));"

PROTECT = """
create or replace trigger append_only before update or delete on {table}
    for each row execute function audit_refuse();
create or replace trigger never_truncated before truncate on {table}
    for each statement execute function audit_refuse();
revoke all on {table} from edc_app;
grant select on {table} to edc_app;
"""


# `audit_changes` names a member of a document and a column alike. So no item of a form may be called like a column of
# the captures that hold it: the trail could not say which of the two changed.
COLUMNS_OF_CAPTURES = frozenset(
    {
        *("id", "version", "created_at", "updated_at", "subject_id", "patient_id", "trial_id", "site_id"),
        *("study_version_id", "visit", "visit_repeat", "form", "form_repeat", "data", "data_value", "timestamp"),
        *("status", "entered_by_id", "submitted_at", "submitted_by_id", "finalised_at", "finalised_by_id"),
        *("not_done_at", "not_done_by_id", "not_done_reason"),
        *("missing_items", "flagged_items", "open_queries", "answered_queries"),
        *("study_import_id", "imported_version", "source_keys", "removed_at"),
        "set_aside",
    }
)


def array(names: Sequence[str]) -> str:
    return "array[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"


def function_name(table: str) -> str:
    return f"audit_track_{table}"


def version_row(model: type[models.Model], history: type[models.Model]) -> str:
    """Return the statement that copies the new row into the model's history table."""
    kept = {field.column for field in history._meta.local_concrete_fields}
    columns = [field.column for field in model._meta.local_concrete_fields if field.column in kept]
    listed = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(f'new."{column}"' for column in columns)
    return (  # names of columns come from the models
        f"insert into {history._meta.db_table} ({listed}, history_date, history_change_reason, history_type,"  # noqa: S608 -- names of our own columns
        f" history_user_id) values ({values}, clock_timestamp(), nullif(left(current_setting('edc.reason', true), 100),"
        f" ''), case when tg_op = 'INSERT' then '+' else '~' end, actor);"
    )
