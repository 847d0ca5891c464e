"""A reason in which nothing can be seen is none, for the database too."""

from django.db import migrations

from edc.base.texts import UNSEEN

SAID = f"""
create function edc_is_said(text text) returns boolean language sql immutable set search_path = pg_catalog as $$
-- As edc.base.texts.is_blank has it: spaces, zero-width and filling characters say nothing.
    select coalesce(text, '') ~ '[^{UNSEEN}]'
$$;
"""

GUARD = """
create or replace function captures_guard() returns trigger language plpgsql as $$
begin
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
REASON = "coalesce(current_setting('edc.reason', true), '')"
COLUMNS = (
    *("data", "data_value", "timestamp", "subject_id", "study_version_id", "visit", "visit_repeat", "form"),
    *("form_repeat", "entered_by_id"),
)


def guard(has_reason: str) -> str:
    old, new = (", ".join(f'{row}."{column}"' for column in COLUMNS) for row in ("old", "new"))
    return GUARD.format(old=old, new=new, has_reason=has_reason)


class Migration(migrations.Migration):
    dependencies = [("captures", "0003_work_lists")]

    operations = [
        migrations.RunSQL(SAID, "drop function edc_is_said(text)"),
        migrations.RunSQL(guard(f"edc_is_said({REASON})"), guard(f"({REASON} <> '')")),
    ]
