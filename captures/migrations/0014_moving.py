"""Only a move takes a capture to another study version, and it changes no value; the trail over moves."""

from importlib import import_module

from django.db import migrations

from audit.triggers import Track

SEEN = import_module("captures.migrations.0004_reasons_seen")
STAYS = ("data_value", "timestamp", "subject_id", "visit", "visit_repeat", "form", "form_repeat", "entered_by_id")

GUARD = """
create or replace function captures_guard() returns trigger language plpgsql as $$
begin
    if current_setting('edc.action', true) in ('captures.moved', 'captures.moved_back') then
        if ({new_stays}) is distinct from ({old_stays})
                or new.data || coalesce(new.set_aside, '{{}}') <> old.data || coalesce(old.set_aside, '{{}}') then
            raise exception 'A move changes no value.' using errcode = 'ED003';
        end if;
        return new;
    end if;
    if (new.study_version_id, new.set_aside) is distinct from (old.study_version_id, old.set_aside) then
        raise exception 'A capture stays in its study version.' using errcode = 'ED003';
    end if;
    if ({new}) is not distinct from ({old}) then
        return new;
    end if;
    if old.status = 'FINALISED' then
        raise exception 'A finalised capture does not change.' using errcode = 'ED003';
    end if;
    if old.submitted_at is not null and not {has_reason} then
        raise exception 'A change after submission needs its reason.' using errcode = 'ED002';
    end if;
    return new;
end $$;
"""


def columns(row: str, names: tuple[str, ...]) -> str:
    return ", ".join(f'{row}."{name}"' for name in names)


def guard() -> str:
    return GUARD.format(
        new=columns("new", SEEN.COLUMNS),
        old=columns("old", SEEN.COLUMNS),
        new_stays=columns("new", STAYS),
        old_stays=columns("old", STAYS),
        has_reason=f"edc_is_said({SEEN.REASON})",
    )


KEEP = """
create trigger append_only before update or delete on captures_movedcapture
    for each row execute function audit_refuse();
create trigger never_truncated before truncate on captures_movedcapture
    for each statement execute function audit_refuse();
"""
DROP = """
drop trigger never_truncated on captures_movedcapture;
drop trigger append_only on captures_movedcapture;
"""


class Migration(migrations.Migration):
    dependencies = [("captures", "0013_capture_moves")]

    operations = [
        migrations.RunSQL(guard(), SEEN.guard(f"edc_is_said({SEEN.REASON})")),
        migrations.RunSQL(KEEP, DROP),
        Track("CaptureMove"),
        Track(
            "DataCapture",
            documents=["data"],
            fields=["data_value"],
            quiet=["set_aside"],
            derived=["missing_items", "flagged_items", "open_queries", "answered_queries"],
        ),
    ]
