"""Which sites and trials a person may see, answered by the database; the trail over the tables of trials."""

from django.db import migrations

from audit.triggers import Track

# A role counts from the moment it starts to the moment it ends; a disabled or waiting account has no right at all.
ACCESS = """
create function edc_trials_with(person uuid, right_name text) returns setof uuid language sql stable as $$
    select p.content_object_id
    from trials_membership m
    join trials_trialgroupobjectpermission p on p.group_id = m.group_id
    join auth_permission a on a.id = p.permission_id
    where m.user_id = person and a.codename = right_name
        and m.starts_at <= clock_timestamp() and (m.ends_at is null or m.ends_at > clock_timestamp())
        and exists (select from accounts_user u where u.id = person and u.status = 'ACTIVE')
    union
    select p.content_object_id
    from trials_trialuserobjectpermission p
    join auth_permission a on a.id = p.permission_id
    where p.user_id = person and a.codename = right_name
        and exists (select from accounts_user u where u.id = person and u.status = 'ACTIVE')
    union
    select t.id from trials_clinicaltrial t
    where right_name in ('view_trial', 'manage_members')
        and exists (select from accounts_user u where u.id = person and u.status = 'ACTIVE' and u.is_superuser)
$$;

create function edc_sites_with(person uuid, right_name text) returns setof uuid language sql stable as $$
    select p.content_object_id
    from trials_membership m
    join trials_sitegroupobjectpermission p on p.group_id = m.group_id
    join auth_permission a on a.id = p.permission_id
    where m.user_id = person and a.codename = right_name
        and m.starts_at <= clock_timestamp() and (m.ends_at is null or m.ends_at > clock_timestamp())
        and exists (select from accounts_user u where u.id = person and u.status = 'ACTIVE')
    union
    select p.content_object_id
    from trials_siteuserobjectpermission p
    join auth_permission a on a.id = p.permission_id
    where p.user_id = person and a.codename = right_name
        and exists (select from accounts_user u where u.id = person and u.status = 'ACTIVE')
    union
    select s.id from trials_site s where s.trial_id in (select edc_trials_with(person, right_name))
$$;

create function edc_single_sites_with(person uuid, right_name text) returns setof uuid language sql stable as $$
-- The sites where the right is held at the site itself, and not for the whole trial.
    select s.id from trials_site s
    where s.id in (select edc_sites_with(person, right_name))
        and s.trial_id not in (select edc_trials_with(person, right_name))
$$;

create function edc_may_manage_accounts(person uuid) returns boolean language sql stable as $$
    select exists (select edc_trials_with(person, 'manage_members'))
        or exists (select from accounts_user u where u.id = person and u.status = 'ACTIVE' and u.is_superuser)
$$;

create function edc_may_open_admin(person uuid) returns boolean language sql stable as $$
    select exists (
        select from trials_membership m
        where m.user_id = person and m.role in ('DATA_MANAGER', 'ADMINISTRATOR')
            and m.starts_at <= clock_timestamp() and (m.ends_at is null or m.ends_at > clock_timestamp())
            and exists (select from accounts_user u where u.id = person and u.status = 'ACTIVE'))
$$;

create function trials_keep_published_version() returns trigger language plpgsql as $$
begin
    if old.status not in ('DRAFT') and new.document is distinct from old.document then
        raise exception 'A study version that left draft never changes.' using errcode = 'ED003';
    end if;
    if old.status in ('PUBLISHED', 'SUPERSEDED') and new.status not in ('PUBLISHED', 'SUPERSEDED') then
        raise exception 'A study version that was published is never a draft again.' using errcode = 'ED003';
    end if;
    return new;
end $$;
create trigger keep_published before update on trials_studyversion
    for each row execute function trials_keep_published_version();

create trigger append_only before update or delete on trials_trialapproval
    for each row execute function audit_refuse();
grant delete on trials_sitegroupobjectpermission, trials_siteuserobjectpermission,
    trials_trialgroupobjectpermission, trials_trialuserobjectpermission, accounts_user_groups to edc_app;
"""

DROP_ACCESS = """
drop trigger append_only on trials_trialapproval;
drop trigger keep_published on trials_studyversion;
drop function trials_keep_published_version();
drop function edc_may_open_admin(uuid);
drop function edc_may_manage_accounts(uuid);
drop function edc_single_sites_with(uuid, text);
drop function edc_sites_with(uuid, text);
drop function edc_trials_with(uuid, text);
"""


class Migration(migrations.Migration):
    dependencies = [("trials", "0001_initial"), ("audit", "0002_trail")]

    operations = [
        migrations.RunSQL(ACCESS, DROP_ACCESS),
        Track("ClinicalTrial", scope={"trial_id": "new.id"}),
        Track("TrialApproval"),
        Track("Site", scope={"site_id": "new.id"}),
        Track("Membership"),
        Track("StudyVersion", quiet=["document"]),
        Track(
            "SiteUserObjectPermission",
            scope={
                "trial_id": "(select s.trial_id from trials_site s where s.id = new.content_object_id)",
                "site_id": "new.content_object_id",
            },
            deletable=True,
        ),
        Track("TrialUserObjectPermission", scope={"trial_id": "new.content_object_id"}, deletable=True),
    ]
