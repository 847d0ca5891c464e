"""What the application may do to its database, and what no bug in it can."""

import psycopg
import pytest
from django.db import ProgrammingError, connection

from edc.postgres import address, home, roles
from edc.postgres.address import APP, OWNER

pytestmark = pytest.mark.django_db

# Rows that live for a while and then go: rights that end (their granting and ending stay in the audit log), keys, and
# what somebody typed and has not saved.
PASSING = {
    "audit_idempotencykey",
    "captures_entrydraft",
    "patients_patientprofileuserobjectpermission",
    "trials_sitegroupobjectpermission",
    "trials_siteuserobjectpermission",
    "trials_trialgroupobjectpermission",
    "trials_trialuserobjectpermission",
}


def rows(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_the_application_works_as_its_restricted_role():
    powers = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"

    assert rows("SELECT current_user, session_user") == [(APP, APP)]
    assert rows(f"SELECT {powers} FROM pg_roles WHERE rolname = 'edc_app'") == [(False,) * 5]
    assert rows("SELECT roleid::regrole FROM pg_auth_members WHERE member = 'edc_app'::regrole") == []


@pytest.mark.parametrize(("catalog", "kind"), [("pg_class", "rel"), ("pg_proc", "pro"), ("pg_type", "typ")])
def test_the_owner_owns_everything(catalog, kind):
    ours = f"{kind}namespace = 'public'::regnamespace"

    assert rows(f"SELECT DISTINCT {kind}owner::regrole::text FROM {catalog} WHERE {ours}") == [(OWNER,)]
    assert rows("SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()") == [(OWNER,)]


def test_the_application_may_neither_empty_nor_bind_any_table():
    assert (
        rows(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege('edc_app', oid, 'TRUNCATE, REFERENCES, TRIGGER')"
        )
        == []
    )


def test_the_application_deletes_nothing_that_a_trial_must_keep():
    deletable = {
        name
        for (name,) in rows(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege('edc_app', oid, 'DELETE')"
        )
    }

    kept = ("audit_", "captures_", "messaging_", "patients_", "trials_")
    assert {name for name in deletable if name.startswith(kept)} <= PASSING


@pytest.mark.parametrize(
    "order",
    [
        "CREATE TABLE mine (n int)",
        "CREATE TEMPORARY TABLE mine (n int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine",
        "ALTER TABLE audit_auditlog DISABLE TRIGGER ALL",
        "DROP TABLE audit_auditlog",
        "TRUNCATE audit_auditlog",
        "ALTER ROLE edc_app SUPERUSER",
        "SET ROLE edc_owner",
        "SET session_replication_role = replica",
        "COPY audit_auditlog TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_an_order_beyond_its_role_is_refused(order):
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be|denied to set"),
        connection.cursor() as cursor,
    ):
        cursor.execute(order)


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_the_stock_databases_are_closed(database):
    password = home.all_secrets()["app_password"]

    with pytest.raises(psycopg.OperationalError, match="rejects"):
        psycopg.connect(**address.embedded(APP, password, database).parameters())


def test_no_statement_lock_or_open_transaction_lasts_for_ever():
    settings = "'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'"

    found = dict(rows(f"SELECT name, setting FROM pg_settings WHERE name IN ({settings})"))

    assert found == {
        "statement_timeout": "30000",
        "lock_timeout": "5000",
        "idle_in_transaction_session_timeout": "60000",
    }


def test_only_passwords_over_scram_are_sent(monkeypatch):
    assert address.connection()["OPTIONS"]["require_auth"] == "scram-sha-256"


def test_making_the_roles_again_changes_nothing():
    roles.prepare_embedded()

    assert rows("SELECT current_user") == [(APP,)]
