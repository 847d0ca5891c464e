"""A subject's site is its trial's, nobody is booked twice, the role in which somebody acts; the trail over patients."""

from django.db import migrations

from audit.triggers import Track

IDENTITY = [
    *("medical_record_number_sealed", "display_name_sealed", "date_of_birth_sealed", "contact_sealed"),
    *("medical_record_number_index", "email_index"),
]

PATIENTS_CLINIC = (
    "(select {} from patients_patientprofile p join trials_site s on s.id = p.primary_clinic_id"
    " where p.id = new.content_object_id)"
)

INTEGRITY = """
create function edc_role_held(person uuid, trial uuid, site uuid, patient uuid) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(
        (select 'PARTICIPANT' from patients_patientprofile p where p.id = patient and p.user_id = person),
        (select string_agg(distinct m.role, ', ' order by m.role) from trials_membership m
            where m.user_id = person and m.trial_id = trial and (m.site_id is null or site is null or m.site_id = site)
            and m.starts_at <= clock_timestamp() and (m.ends_at is null or m.ends_at > clock_timestamp())),
        (select 'ADMINISTRATOR' from accounts_user u where u.id = person and u.is_superuser))
$$;

create function edc_people_in(trials uuid[]) returns setof uuid language sql stable as $$
-- Everybody with an account who works or worked in one of these trials, or takes part in it.
    select m.user_id from trials_membership m where m.trial_id = any (trials)
    union
    select p.user_id from patients_subject s join patients_patientprofile p on p.id = s.patient_id
    where s.trial_id = any (trials) and p.user_id is not null
$$;

alter table patients_subject add constraint subject_site_is_in_its_trial
    foreign key (site_id, trial_id) references trials_site (id, trial_id);
alter table patients_appointment add constraint appointment_place_is_the_subjects
    foreign key (subject_id, patient_id, trial_id, site_id)
    references patients_subject (id, patient_id, trial_id, site_id) on update cascade;

-- A range type over a number made of the id lets GiST exclude without an extension; two people share a number once in
-- 2^60 pairs.
create function edc_number(id uuid) returns bigint language sql immutable strict as $$
    select ('x' || substr(md5(id::text), 1, 15))::bit(60)::bigint
$$;
alter table patients_appointment add constraint provider_is_not_booked_twice exclude using gist (
    int8range(edc_number(provider_id), edc_number(provider_id), '[]') with &&,
    tstzrange(start_at, end_at) with &&) where (status = 'BOOKED');
alter table patients_appointment add constraint patient_is_not_booked_twice exclude using gist (
    int8range(edc_number(patient_id), edc_number(patient_id), '[]') with &&,
    tstzrange(start_at, end_at) with &&) where (status = 'BOOKED');
grant delete on patients_patientprofileuserobjectpermission to edc_app;
"""

DROP_INTEGRITY = """
alter table patients_appointment drop constraint patient_is_not_booked_twice;
alter table patients_appointment drop constraint provider_is_not_booked_twice;
alter table patients_appointment drop constraint appointment_place_is_the_subjects;
alter table patients_subject drop constraint subject_site_is_in_its_trial;
drop function edc_people_in(uuid[]);
drop function edc_number(uuid);
drop function edc_role_held(uuid, uuid, uuid, uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial"), ("trials", "0002_access")]

    operations = [
        migrations.RunSQL(INTEGRITY, DROP_INTEGRITY),
        Track(
            "PatientProfile",
            scope={
                "trial_id": "(select s.trial_id from trials_site s where s.id = new.primary_clinic_id)",
                "site_id": "new.primary_clinic_id",
                "patient_id": "new.id",
            },
            fields=IDENTITY[:4],
            quiet=IDENTITY[4:],
        ),
        Track(
            "PatientProfileUserObjectPermission",
            scope={
                "trial_id": PATIENTS_CLINIC.format("s.trial_id"),
                "site_id": PATIENTS_CLINIC.format("s.id"),
                "patient_id": "new.content_object_id",
            },
            deletable=True,
        ),
        Track("Subject", scope={"subject_id": "new.id"}, documents=["trial_details"]),
        Track(
            "Invitation",
            scope={"trial_id": "(select s.trial_id from trials_site s where s.id = new.site_id)"},
            quiet=["digest"],
        ),
        Track("Appointment"),
    ]
