"""What a submitted capture says about when, where and what stays without a reason; work lists come from indexes."""

from django.db import migrations, models
from django.db.models import Q

GUARD = """
create or replace function captures_guard() returns trigger language plpgsql as $$
begin
    if ({new}) is not distinct from ({old}) then
        return new;
    end if;
    if old.status = 'FINALISED' then
        raise exception 'A finalised capture does not change.' using errcode = 'ED003';
    end if;
    if old.submitted_at is not null and coalesce(current_setting('edc.reason', true), '') = '' then
        raise exception 'A change after submission needs its reason.' using errcode = 'ED002';
    end if;
    return new;
end $$;
"""
VALUES = ("data", "data_value")
# Where a capture belongs and when it was observed; the site may change, with its subject's.
PLACE = (
    *("timestamp", "subject_id", "study_version_id", "visit", "visit_repeat", "form", "form_repeat"),
    "entered_by_id",
)


def guard(columns: tuple[str, ...]) -> str:
    old, new = (", ".join(f'{row}."{column}"' for column in columns) for row in ("old", "new"))
    return GUARD.format(old=old, new=new)


class Migration(migrations.Migration):
    dependencies = [("captures", "0002_integrity")]

    operations = [
        migrations.RunSQL(guard(VALUES + PLACE), guard(VALUES)),
        migrations.AddIndex(
            "datacapture",
            models.Index(
                fields=["site", "-timestamp", "-id"],
                condition=Q(status="SUBMITTED", missing_items__gt=0),
                name="capture_missing",
            ),
        ),
        migrations.AddIndex(
            "datacapture",
            models.Index(
                fields=["site", "-timestamp", "-id"],
                condition=Q(status="SUBMITTED", flagged_items__gt=0),
                name="capture_flagged",
            ),
        ),
    ]
