"""A PostgreSQL of one's own, named by DATABASE_URL."""

import psycopg
import pytest
from psycopg import sql

from edc import postgres
from edc.postgres import address, home
from edc.postgres.server import PORT
from tests.setup.conftest import PASSWORD

TENANTS = "it's 100% theirs"
pytestmark = pytest.mark.slow


@pytest.fixture
def hosted(install, embedded):
    """A server somebody else runs: it has the role `maker`, who may make roles, and `tenant`, who may not."""
    embedded.start(admin_password=PASSWORD)
    with psycopg.connect(**root(embedded), autocommit=True) as connection:
        for role, powers in (("maker", "CREATEROLE"), ("tenant", "NOCREATEROLE")):
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} " + powers).format(sql.Identifier(role), sql.Literal(TENANTS))
            )
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*[sql.Identifier(role)] * 2))
    yield embedded
    embedded.stop()


def root(embedded) -> dict[str, str]:
    return {"host": str(embedded.socket), "port": PORT, "user": "postgres", "password": PASSWORD, "dbname": "postgres"}


def url(embedded, user: str, database: str, password: str = TENANTS) -> str:
    return address.Address(str(embedded.socket), PORT, database, user, password).url()


def make_app_role(embedded, password: str) -> None:
    with psycopg.connect(**root(embedded), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE edc_app LOGIN PASSWORD {}").format(sql.Literal(password)))


def test_an_owner_who_may_make_roles_is_enough(hosted, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url(hosted, "maker", "maker"))

    postgres.start()
    postgres.start()

    app = address.connection()
    assert app["USER"] == "edc_app"
    assert app["OPTIONS"]["prepare_threshold"] == 0
    monkeypatch.setenv("EDC_DATABASE_ROLE", "owner")
    assert address.connection()["USER"] == "maker"
    with psycopg.connect(**address.owner().parameters()) as owner:
        owner.execute("CREATE TABLE made (n serial)")
    with psycopg.connect(**address.app().parameters()) as connection:
        connection.execute("INSERT INTO made DEFAULT VALUES")
        assert connection.execute("SELECT n FROM made").fetchall() == [(1,)]
    for order in ("DELETE FROM made", "DROP TABLE made", "CREATE TABLE mine (n int)", "CREATE TEMP TABLE mine (n int)"):
        with (
            psycopg.connect(**address.app().parameters()) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(order)


def test_an_owner_who_may_not_make_roles_is_told_to_give_both(hosted, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url(hosted, "tenant", "tenant"))

    with pytest.raises(postgres.Unavailable, match=r"may not make the role edc_app.*DATABASE_OWNER_URL"):
        postgres.start()


def test_both_addresses_given_are_used_as_they_are(hosted, monkeypatch):
    make_app_role(hosted, "chosen")
    monkeypatch.setenv("DATABASE_OWNER_URL", url(hosted, "tenant", "tenant"))
    monkeypatch.setenv("DATABASE_URL", url(hosted, "edc_app", "tenant", "chosen"))

    postgres.start()

    assert address.connection()["PASSWORD"] == "chosen"
    assert not (home.folder() / "secrets.json").exists()


def test_a_role_of_another_install_is_not_taken_over(hosted, monkeypatch):
    make_app_role(hosted, "of another install")
    monkeypatch.setenv("DATABASE_URL", url(hosted, "maker", "maker"))

    with pytest.raises(postgres.Unavailable, match="does not let 'edc_app' in"):
        postgres.start()


def test_who_does_not_own_the_database_cannot_migrate_it(hosted, monkeypatch):
    make_app_role(hosted, "chosen")
    monkeypatch.setenv("DATABASE_URL", url(hosted, "edc_app", "maker", "chosen"))

    with pytest.raises(postgres.Unavailable, match="must own the database"):
        postgres.start()


def test_an_application_role_that_owns_the_database_is_refused(hosted, monkeypatch):
    make_app_role(hosted, "chosen")
    with psycopg.connect(**root(hosted), autocommit=True) as connection:
        connection.execute("GRANT maker TO edc_app")
    monkeypatch.setenv("DATABASE_OWNER_URL", url(hosted, "maker", "maker"))
    monkeypatch.setenv("DATABASE_URL", url(hosted, "edc_app", "maker", "chosen"))

    with pytest.raises(postgres.Unavailable, match="too powerful"):
        postgres.start()


def test_another_name_for_the_application_role_is_refused(hosted, monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", url(hosted, "maker", "maker"))
    monkeypatch.setenv("DATABASE_URL", url(hosted, "tenant", "maker"))

    with pytest.raises(postgres.Unavailable, match="must be the role edc_app"):
        postgres.start()


@pytest.mark.parametrize("broken", ["mysql://u:secret@h/d", "postgresql://h/d?nonsense", "postgresql://u:secret@h"])
def test_an_address_that_is_none_is_refused_without_repeating_it(broken, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", broken)

    with pytest.raises(postgres.Unavailable, match="DATABASE_URL") as refused:
        address.connection()

    assert "secret" not in str(refused.value)


def test_options_of_the_address_are_kept(monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://o:x@db.example/edc")
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://edc_app:x@db.example:6432/edc?sslmode=verify-full&options=-c%20jit%3Doff"
    )

    found = address.connection()

    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "6432", "edc")
    assert found["OPTIONS"]["sslmode"] == "verify-full"
    assert found["OPTIONS"]["options"].endswith("-c jit=off")
    assert "statement_timeout" in found["OPTIONS"]["options"]
    assert "require_auth" not in found["OPTIONS"]
