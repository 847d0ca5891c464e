"""A query's place is its capture's, its thread only grows, its capture counts it; the trail over queries."""

from django.db import migrations

from audit.triggers import Track

INTEGRITY = """
alter table captures_dataquery add constraint query_place_is_the_subjects
    foreign key (subject_id, patient_id, trial_id, site_id)
    references patients_subject (id, patient_id, trial_id, site_id) on update cascade;
alter table captures_dataquery add constraint query_subject_is_the_captures
    foreign key (capture_id, subject_id) references captures_datacapture (id, subject_id);

create function captures_keep_query() returns trigger language plpgsql as $$
begin
    if (new.capture_id, new.place, new.source, new.check_oid, new.message, new.value, new.previous_id,
            new.opened_by_id, new.opener_role)
        is distinct from (old.capture_id, old.place, old.source, old.check_oid, old.message, old.value,
            old.previous_id, old.opened_by_id, old.opener_role) then
        raise exception 'What a data query asked does not change.' using errcode = 'ED003';
    end if;
    return new;
end $$;
create trigger keep before update on captures_dataquery for each row execute function captures_keep_query();

create trigger append_only before update or delete on captures_dataqueryentry
    for each row execute function audit_refuse();
create trigger never_edited before truncate on captures_dataqueryentry
    for each statement execute function audit_refuse();

-- Differences, not sums: of two transactions that change queries of one capture, the second adds to what it finds.
create function captures_count_new_queries() returns trigger language plpgsql as $$
begin
    update captures_datacapture c
    set open_queries = c.open_queries + n.open, answered_queries = c.answered_queries + n.answered
    from (
        select capture_id, count(*) filter (where state = 'OPEN') as open,
            count(*) filter (where state = 'ANSWERED') as answered
        from now_there where state in ('OPEN', 'ANSWERED') group by capture_id
    ) n where c.id = n.capture_id;
    return null;
end $$;
create trigger count_new after insert on captures_dataquery referencing new table as now_there
    for each statement execute function captures_count_new_queries();

create function captures_count_moved_queries() returns trigger language plpgsql as $$
begin
    update captures_datacapture c
    set open_queries = c.open_queries + n.open, answered_queries = c.answered_queries + n.answered
    from (
        select capture_id, sum(open) as open, sum(answered) as answered from (
            select capture_id, (state = 'OPEN')::int as open, (state = 'ANSWERED')::int as answered from now_there
            union all
            select capture_id, -(state = 'OPEN')::int, -(state = 'ANSWERED')::int from was_there
        ) m group by capture_id
    ) n where c.id = n.capture_id and (n.open <> 0 or n.answered <> 0);
    return null;
end $$;
create trigger count_moved after update on captures_dataquery
    referencing old table as was_there new table as now_there
    for each statement execute function captures_count_moved_queries();
"""

DROP_INTEGRITY = """
drop trigger count_moved on captures_dataquery;
drop function captures_count_moved_queries();
drop trigger count_new on captures_dataquery;
drop function captures_count_new_queries();
drop trigger never_edited on captures_dataqueryentry;
drop trigger append_only on captures_dataqueryentry;
drop trigger keep on captures_dataquery;
drop function captures_keep_query();
alter table captures_dataquery drop constraint query_subject_is_the_captures;
alter table captures_dataquery drop constraint query_place_is_the_subjects;
"""

OF_QUERY = {
    name: f"(select q.{name} from captures_dataquery q where q.id = new.query_id)"
    for name in ("trial_id", "site_id", "patient_id", "subject_id")
}


class Migration(migrations.Migration):
    dependencies = [("captures", "0005_queries")]

    operations = [
        migrations.RunSQL(INTEGRITY, DROP_INTEGRITY),
        Track(
            "DataCapture",
            documents=["data"],
            fields=["data_value"],
            derived=["missing_items", "flagged_items", "open_queries", "answered_queries"],
        ),
        Track("DataQuery"),
        Track("DataQueryEntry", scope=OF_QUERY),
    ]
