"""Which accounts an administrator looks after, answered by the database for every door."""

from django.db import migrations

ACCOUNTS = """
create function edc_accounts_seen_by(person uuid) returns setof uuid language sql stable as $$
-- All accounts for who administrates the portal. For who administrates trials: those that wait for approval, and
-- everybody who works or worked in these trials, takes part in them, or is a patient of one of their sites.
    select u.id from accounts_user u
    where exists (select from accounts_user p where p.id = person and p.is_superuser and p.status = 'ACTIVE')
    union
    select u.id from accounts_user u
    where u.status = 'WAITING' and exists (select edc_trials_with(person, 'manage_members'))
    union
    select edc_people_in(array(select edc_trials_with(person, 'manage_members')))
    union
    select p.user_id from patients_patientprofile p join trials_site s on s.id = p.primary_clinic_id
    where p.user_id is not null and s.trial_id in (select edc_trials_with(person, 'manage_members'))
$$;

create function edc_account_is_beyond(person uuid, account uuid) returns boolean language sql stable as $$
-- Whether others have a say in an account that this person sees: it administrates the portal, or holds a role now in a
-- trial that this person does not administrate.
    select not exists (select from accounts_user p where p.id = person and p.is_superuser and p.status = 'ACTIVE')
        and (exists (select from accounts_user u where u.id = account and u.is_superuser)
            or exists (
                select from trials_membership m
                where m.user_id = account
                    and m.starts_at <= clock_timestamp() and (m.ends_at is null or m.ends_at > clock_timestamp())
                    and m.trial_id not in (select edc_trials_with(person, 'manage_members'))))
$$;
"""

DROP_ACCOUNTS = """
drop function edc_account_is_beyond(uuid, uuid);
drop function edc_accounts_seen_by(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_integrity")]

    operations = [migrations.RunSQL(ACCOUNTS, DROP_ACCOUNTS)]
