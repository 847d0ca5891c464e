"""Which version is in force at a site; a publication never changes; the trail over publications and comments."""

from django.db import migrations

from audit.triggers import Track

PUBLISHING = """
create function edc_version_in_force(site uuid, at timestamptz) returns uuid language sql stable as $$
-- Of the versions whose day has come at the site, the one with the highest number.
    select p.study_version_id
    from trials_site s
    join trials_sitepublication p on p.trial_id = s.trial_id and (p.site_id = s.id or p.site_id is null)
    join trials_studyversion v on v.id = p.study_version_id
    where s.id = site and p.effective_from <= (at at time zone s.time_zone)::date
    order by v.number desc limit 1
$$;

alter table trials_sitepublication add constraint publication_site_is_in_its_trial
    foreign key (site_id, trial_id) references trials_site (id, trial_id);
alter table trials_sitepublication add constraint publication_version_is_of_its_trial
    foreign key (study_version_id, trial_id) references trials_studyversion (id, trial_id);
alter table trials_reviewcomment add constraint comment_version_is_of_its_trial
    foreign key (study_version_id, trial_id) references trials_studyversion (id, trial_id);
create trigger append_only before update on trials_sitepublication for each row execute function audit_refuse();

create or replace function trials_keep_published_version() returns trigger language plpgsql as $$
begin
    if old.status not in ('DRAFT') and new.document is distinct from old.document then
        raise exception 'A study version that left draft never changes.' using errcode = 'ED003';
    end if;
    if old.status in ('PUBLISHED', 'SUPERSEDED', 'RETIRED')
            and new.status not in ('PUBLISHED', 'SUPERSEDED', 'RETIRED')
            or old.status = 'RETIRED' and new.status <> 'RETIRED' then
        raise exception 'A study version that was published is never a draft again.' using errcode = 'ED003';
    end if;
    return new;
end $$;
"""

BACK = """
create or replace function trials_keep_published_version() returns trigger language plpgsql as $$
begin
    if old.status not in ('DRAFT') and new.document is distinct from old.document then
        raise exception 'A study version that left draft never changes.' using errcode = 'ED003';
    end if;
    if old.status in ('PUBLISHED', 'SUPERSEDED') and new.status not in ('PUBLISHED', 'SUPERSEDED') then
        raise exception 'A study version that was published is never a draft again.' using errcode = 'ED003';
    end if;
    return new;
end $$;
drop trigger append_only on trials_sitepublication;
alter table trials_reviewcomment drop constraint comment_version_is_of_its_trial;
alter table trials_sitepublication drop constraint publication_version_is_of_its_trial;
alter table trials_sitepublication drop constraint publication_site_is_in_its_trial;
drop function edc_version_in_force(uuid, timestamptz);
"""

# Until now a version was published for the trial as a whole, at once.
PUBLISHED_BEFORE = """
select set_config('edc.actor', 'system', true), set_config('edc.action', 'trials.published', true),
    set_config('edc.reason', 'It was published for all sites', true);
insert into trials_sitepublication (id, version, created_at, updated_at, study_version_id, trial_id, site_id,
    effective_from, ethics_reference, ethics_approved_on, published_by_id)
select edc_uuid7(), 1, now(), now(), v.id, v.trial_id, null,
    (v.published_at at time zone 'UTC' - interval '12 hours')::date, '', null, v.written_by_id
from trials_studyversion v where v.published_at is not null;
"""


class Migration(migrations.Migration):
    dependencies = [("trials", "0006_publications"), ("audit", "0003_names_then")]

    operations = [
        migrations.RunSQL(PUBLISHING, BACK),
        Track("SitePublication"),
        Track("ReviewComment"),
        migrations.RunSQL(PUBLISHED_BEFORE, migrations.RunSQL.noop),
    ]
