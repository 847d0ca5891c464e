"""A study version in which forms were begun and are drafts still is not retired."""

from django.db import migrations

KEEP = """
create function captures_keep_used_version() returns trigger language plpgsql as $$
begin
    if exists (select from captures_datacapture where study_version_id = new.id and status = 'IN_PROGRESS') then
        raise exception 'Forms begun in this version are drafts still.' using errcode = 'ED004';
    end if;
    return new;
end $$;
create trigger keep_used before update on trials_studyversion for each row
    when (new.status = 'RETIRED' and old.status <> 'RETIRED') execute function captures_keep_used_version();
"""

DROP = """
drop trigger keep_used on trials_studyversion;
drop function captures_keep_used_version();
"""


class Migration(migrations.Migration):
    dependencies = [("captures", "0009_not_done_and_comments"), ("trials", "0007_publishing")]

    operations = [migrations.RunSQL(KEEP, DROP)]
