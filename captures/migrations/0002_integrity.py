"""A capture's place is its subject's, a change after submission has its reason; the trail over captures."""

from django.db import migrations

from audit.triggers import Track

INTEGRITY = """
alter table captures_datacapture add constraint capture_place_is_the_subjects
    foreign key (subject_id, patient_id, trial_id, site_id)
    references patients_subject (id, patient_id, trial_id, site_id) on update cascade;

create function captures_guard() returns trigger language plpgsql as $$
begin
    if new.data is not distinct from old.data and new.data_value = old.data_value then
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
create trigger guard before update on captures_datacapture for each row execute function captures_guard();
"""

DROP_INTEGRITY = """
drop trigger guard on captures_datacapture;
drop function captures_guard();
alter table captures_datacapture drop constraint capture_place_is_the_subjects;
"""


class Migration(migrations.Migration):
    dependencies = [("captures", "0001_initial"), ("messaging", "0002_feed")]

    operations = [
        migrations.RunSQL(INTEGRITY, DROP_INTEGRITY),
        Track("DataCapture", documents=["data"], fields=["data_value"]),
    ]
