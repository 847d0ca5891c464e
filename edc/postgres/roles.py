"""The two roles of the database: the owner, who migrates, and the application, which may read, add and change rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from edc.postgres import address, home, server
from edc.postgres.address import APP, DATABASE, OWNER, Address
from edc.postgres.home import Unavailable

Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def connected(to: Address) -> Iterator[Connection]:
    """Yield a connection, each statement its own transaction."""
    try:
        connection: Connection = psycopg.connect(**to.parameters(), autocommit=True, connect_timeout=10)  # type: ignore[arg-type]
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise Unavailable(f"The database {to.name!r} does not let {to.user!r} in: {reason}") from error
    with connection:
        yield connection


def prepare_embedded() -> None:
    """Make the roles and the database of the embedded server, where they are missing."""
    secrets = home.all_secrets()
    admin = address.embedded(server.ADMIN, secrets["admin_password"], "postgres")
    with connected(admin) as connection:
        # Several starters at once: the others wait here until the first has closed this connection.
        connection.execute("SELECT pg_advisory_lock(hashtext('edc.roles'))")
        for role, password in ((OWNER, secrets["owner_password"]), (APP, secrets["app_password"])):
            if not exists(connection, "pg_roles", "rolname", role):
                make_login(connection, role, password)
        if not exists(connection, "pg_database", "datname", DATABASE):
            make_database(connection, DATABASE)
        with connected(address.owner()) as owned:
            grant(owned)


def make_database(connection: Connection, name: str, *, template: str = "template0") -> None:
    """Make a database of the owner's in which nobody else may make anything."""
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template), "owner": sql.Identifier(OWNER)}
    for order in (
        "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}",
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {name} TO " + APP,
    ):
        connection.execute(sql.SQL(order).format(**names))


def prepare_given() -> None:
    """Make the application's role on the server of DATABASE_URL, or check the one DATABASE_URL names."""
    owner, app = address.owner(), address.app()
    with connected(owner) as connection:
        may = connection.execute(
            "SELECT r.rolsuper OR r.rolcreaterole, r.rolsuper OR pg_has_role(d.datdba, 'USAGE')"
            " FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()"
        ).fetchone()
        may_make_roles, owns = may or (False, False)
        if not owns:
            raise Unavailable(
                f"{owner.user!r} must own the database {owner.name!r}, to migrate it."
                " Set DATABASE_OWNER_URL to its owner and DATABASE_URL to the role edc_app."
            )
        if app.user != APP:
            raise Unavailable("With DATABASE_OWNER_URL, the user in DATABASE_URL must be the role edc_app.")
        if not exists(connection, "pg_roles", "rolname", APP):
            if owner == address.parse("DATABASE_URL") and not may_make_roles:
                raise Unavailable(
                    f"{owner.user!r} may not make the role edc_app. Make it, and set DATABASE_URL to"
                    " that role and DATABASE_OWNER_URL to the owner of the database."
                )
            make_login(connection, APP, app.password)
        grant(connection)
    with connected(app) as connection:
        refuse_power(connection, app)


def refuse_power(connection: Connection, app: Address) -> None:
    """Refuse an application role that could change the rules it lives under."""
    strong = connection.execute(
        "SELECT r.rolsuper OR r.rolcreaterole OR r.rolbypassrls OR pg_has_role(d.datdba, 'MEMBER')"
        " FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()"
    ).fetchone()
    if strong and strong[0]:
        raise Unavailable(f"{app.user!r} is too powerful to run the application: it may not own the database.")


def exists(connection: Connection, catalog: str, column: str, name: str) -> bool:
    """Return whether a catalogue of PostgreSQL holds this name."""
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(catalog), sql.Identifier(column))
    return connection.execute(query, [name]).fetchone() is not None


def make_login(connection: Connection, role: str, password: str) -> None:
    """Make a role that may sign in and nothing else."""
    order = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    connection.execute(order)


def grant(connection: Connection) -> None:
    """As the owner, let the application use what the owner will make. Deleting is granted table by table."""
    for order in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "GRANT CONNECT ON DATABASE {database} TO {app}",
        "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    ):
        names = {"app": sql.Identifier(APP), "database": sql.Identifier(connection.info.dbname)}
        connection.execute(sql.SQL(order).format(**names))
