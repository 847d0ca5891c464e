"""Hot statements: prepared once for each connection, on a raw psycopg cursor."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from psycopg import Cursor


def fetch_one(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return the first row of a prepared read, as `fetch_all` returns all of them."""
    return next(iter(fetch_all(statement, parameters)), None)


def fetch_all(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a prepared read. Errors and broken transactions are Django's, as with the ORM.

    A connection that the server closed meanwhile (it was restarted) is opened anew once, outside transactions.
    """
    try:
        return _fetch_all(statement, parameters)
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _fetch_all(statement, parameters)


def _fetch_all(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        try:
            return cursor.execute(statement, parameters, prepare=True).fetchall()
        except Exception:
            connection.needs_rollback = connection.in_atomic_block
            raise


def moments(*columns: str) -> str:
    """Return the columns, each a moment as the API writes it: `2026-06-02T09:30:00.000000Z`."""
    form = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""
    return ", ".join(
        f"to_char({column} at time zone 'UTC', {form}) as {column.rpartition('.')[2]}" for column in columns
    )
