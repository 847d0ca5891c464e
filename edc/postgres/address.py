"""Where the database is and who we are there: DATABASE_URL, else the embedded server."""

import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from edc.postgres import home, server

OWNER = "edc_owner"
APP = "edc_app"
DATABASE = "edc"


@dataclass(frozen=True)
class Address:
    """One way into a database."""

    host: str
    port: str
    name: str
    user: str
    password: str = field(repr=False)
    more: tuple[tuple[str, str], ...] = ()

    def parameters(self) -> dict[str, str]:
        """Return what `psycopg.connect` takes."""
        named = {"host": self.host, "port": self.port, "dbname": self.name}
        return named | {"user": self.user, "password": self.password} | dict(self.more)

    def url(self) -> str:
        """Return the address as DATABASE_URL takes it."""
        query = urlencode({"host": self.host, "port": self.port, **dict(self.more)}, quote_via=quote)
        return f"postgresql://{quote(self.user)}:{quote(self.password, safe='')}@/{quote(self.name)}?{query}"


def given() -> bool:
    """Return whether DATABASE_URL names a server of one's own."""
    return bool(os.environ.get("DATABASE_URL", "").strip())


def as_owner() -> bool:
    """Return whether this process works as the owner of the tables, as migrations do."""
    return os.environ.get("EDC_DATABASE_ROLE", "").strip() == "owner"


def parse(variable: str) -> Address:
    """Read an address from the environment."""
    try:
        found = {key: str(value) for key, value in conninfo_to_dict(os.environ[variable].strip()).items() if value}
    except ProgrammingError as error:
        raise home.Unavailable(f"{variable} is not an address of a PostgreSQL database.") from error
    if not {"user", "dbname"} <= found.keys():
        raise home.Unavailable(f"{variable} must name a user and a database: postgresql://user:password@host/database")
    host, port, name, user, password = (found.pop(key, "") for key in ("host", "port", "dbname", "user", "password"))
    return Address(host, port, name, user, password, more=tuple(sorted(found.items())))


def embedded(user: str, password: str, name: str = DATABASE) -> Address:
    """Return the address of a role on the embedded server."""
    return Address(str(server.socket_folder(home.folder() / "postgres")), server.PORT, name, user, password)


def owner() -> Address:
    """Return the way in as the owner of the tables."""
    if os.environ.get("DATABASE_OWNER_URL", "").strip():
        return parse("DATABASE_OWNER_URL")
    if given():
        return parse("DATABASE_URL")
    return embedded(OWNER, home.all_secrets()["owner_password"])


def app() -> Address:
    """Return the way in as the restricted role the application works in."""
    if not given():
        return embedded(APP, home.all_secrets()["app_password"])
    address = parse("DATABASE_URL")
    if os.environ.get("DATABASE_OWNER_URL", "").strip():
        return address
    password = home.all_secrets()["app_password"]
    return Address(address.host, address.port, address.name, APP, password, address.more)


def connection() -> dict[str, Any]:
    """Return Django's entry for the database. It asks no server, so it works before there is one."""
    address = owner() if as_owner() else app()
    limits = {"lock_timeout": "5s", "statement_timeout": "0" if as_owner() else "30s"}
    if not as_owner():
        limits["idle_in_transaction_session_timeout"] = "60s"
    options: dict[str, Any] = {
        "application_name": "edc-owner" if as_owner() else "edc",
        # Statements run by a raw psycopg cursor are prepared at once; the ORM's own cursor never prepares.
        "prepare_threshold": 0,
        **dict(address.more),
    }
    ours = " ".join(f"-c {name}={value}" for name, value in limits.items())
    options["options"] = f"{ours} {options.get('options', '')}".strip()
    if not given():
        options["require_auth"] = "scram-sha-256"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": address.host,
        "PORT": address.port,
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        # Requests run on a few threads that live as long as the process, and each keeps its connection.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
