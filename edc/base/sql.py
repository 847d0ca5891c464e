"""Hot statements: prepared once for each connection, on a raw psycopg cursor."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor


def fetch_one(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """Return the first row of a prepared statement. Errors and broken transactions are Django's, as with the ORM."""
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        try:
            return cursor.execute(statement, parameters, prepare=True).fetchone()
        except Exception:
            connection.needs_rollback = connection.in_atomic_block
            raise
