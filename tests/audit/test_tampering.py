"""What the application's role can do to the trail: nothing. What the owner does to it shows."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import selectors
from audit.models import AuditLog
from edc.base.actor import SYSTEM, name_actor
from tests import factories
from trials import services as trials
from trials.roles import Role

pytestmark = pytest.mark.slow

AS_NOBODY = "insert into trials_site (id, trial_id, code) values (gen_random_uuid(), gen_random_uuid(), 'X')"
ATTACKS = [
    AS_NOBODY,
    "update trials_site set name = 'Without an actor'",
    "update audit_auditlog set reason = 'rewritten'",
    "delete from audit_auditlog",
    "truncate audit_auditlog",
    "insert into audit_auditlog select * from audit_auditlog limit 1",
    "update captures_historicaldatacapture set data = '{}'",
    "delete from captures_historicaldatacapture",
    "truncate captures_historicaldatacapture",
    "insert into captures_historicaldatacapture select * from captures_historicaldatacapture limit 1",
    "delete from captures_datacapture",
    "truncate captures_datacapture cascade",
    "alter table audit_auditlog disable trigger all",
    "alter table captures_datacapture disable trigger all",
    "drop trigger track on captures_datacapture",
    "drop trigger append_only on audit_auditlog",
    "set session_replication_role = 'replica'",
    "create or replace function audit_refuse() returns trigger language plpgsql as $$ begin return new; end $$",
    "select audit_append('X', null, null, null, null, null, null, null, 'x', '[]')",
    "set role edc_owner",
    "alter table audit_auditlog rename to forgotten",
    "create table public.audit_shadow (id int)",
    "create temporary table audit_auditlog (id int)",
    "copy (select 1) to program 'true'",
    "select lo_import('/etc/hostname')",
    "alter table audit_auditlog owner to edc_app",
    "select setval('messaging_position', 1)",
]


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_application_cannot(attack):
    factories.capture_of(factories.subject_at(factories.active_site()))
    before = AuditLog.objects.count()

    with pytest.raises(DatabaseError):
        without_actor(attack)

    assert AuditLog.objects.count() == before


def without_actor(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('edc.actor', '', true)")
        cursor.execute(statement)


LATER = "created_at = created_at + interval '1 day'"
LASTING = [
    *(("trials_site", LATER), ("captures_datacapture", LATER), ("patients_subject", LATER)),
    *(("trials_membership", "id = gen_random_uuid()"), ("captures_datacapture", "id = gen_random_uuid()")),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "change"), LASTING)
def test_what_a_row_is_and_when_it_was_made_never_changes(table, change):
    factories.capture_of(factories.subject_at(factories.active_site()))

    with pytest.raises(DatabaseError, match="the time of creation of a row never change"):
        as_the_portal(f"update {table} set {change}")


def as_the_portal(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        name_actor(SYSTEM, action="audit.repaired", reason="Test")
        cursor.execute(statement)


LOG = "alter table audit_auditlog disable trigger user; {}; alter table audit_auditlog enable trigger user"
ONE = "(select id from audit_auditlog where entity_id = '{capture}' order by sequence offset 2 limit 1)"
CRIMES = {
    "value altered": (LOG.format(f"update audit_auditlog set new_value = '99' where id = {ONE}"), "altered event"),
    "reason altered": (LOG.format(f"update audit_auditlog set reason = 'x' where id = {ONE}"), "altered event"),
    "author altered": (LOG.format(f"update audit_auditlog set actor_role = 'X' where id = {ONE}"), "altered event"),
    "time altered": (
        LOG.format(f"update audit_auditlog set created_at = created_at - interval '1 day' where id = {ONE}"),
        "altered event",
    ),
    "metadata altered": (
        LOG.format(f"update audit_auditlog set metadata = '{{{{\"a\": 1}}}}' where id = {ONE}"),
        "altered",
    ),
    "hash altered": (LOG.format(f"update audit_auditlog set hash = sha256(hash) where id = {ONE}"), "altered event"),
    "event removed": (LOG.format(f"delete from audit_auditlog where id = {ONE}"), "missing event"),
    "tail removed": (
        LOG.format("delete from audit_auditlog where entity_id = '{capture}' and sequence > 2"),
        "not what the trail says",
    ),
    "whole chain removed": (
        LOG.format("delete from audit_auditlog where entity_id = '{capture}'"),
        "not what the trail says",
    ),
    "row changed behind the trail": (
        (
            "alter table captures_datacapture disable trigger user;"
            " update captures_datacapture set data = jsonb_set(data, '{{SYSBP}}', '\"121\"') where id = '{capture}';"
            " alter table captures_datacapture enable trigger user"
        ),
        "SYSBP",
    ),
    "version changed behind the trail": (
        (
            "alter table captures_datacapture disable trigger user;"
            " update captures_datacapture set version = version + 1 where id = '{capture}';"
            " alter table captures_datacapture enable trigger user"
        ),
        "version",
    ),
}


@pytest.mark.parametrize("crime", CRIMES)
def test_what_the_owner_does_shows(owner, crime):
    capture = factories.finalised_capture_of(factories.subject_at(factories.active_site()))
    assert selectors.verify().is_whole
    statement, told = CRIMES[crime]

    for each in statement.format(capture=capture.pk).split(";"):
        owner.execute(each)

    report = selectors.verify()
    assert report.faults
    assert any(told in fault for fault in report.faults)
    assert not selectors.verify(selectors.Part("patient_id", capture.patient_id)).is_whole
    with pytest.raises(CommandError):
        call_command("verify_audit", verbosity=0)


@pytest.mark.django_db
def test_command_says_that_the_trail_is_whole(capsys):
    subject = factories.subject_at(factories.active_site())

    call_command("verify_audit")
    call_command("verify_audit", "--in-python")
    call_command("verify_audit", "--patient", str(subject.patient_id), "--in-python")

    assert capsys.readouterr().out.count(": whole") == 3


@pytest.mark.django_db
def test_role_then_held_stays_when_the_role_ends():
    site = factories.active_site()
    nurse = factories.coordinator_at(site)
    capture = factories.capture_of(factories.subject_at(site), by=nurse)
    membership = nurse.memberships.get()

    trials.end_membership(membership=membership, reason="Left", by=factories.administrator())

    events = AuditLog.objects.filter(entity_id=capture.pk)
    assert {event.actor_role for event in events} == {Role.COORDINATOR.value}
