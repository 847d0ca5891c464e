"""What a service raises when it will not do what it was asked, in words fit for the person who asked."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError

logger = logging.getLogger("django.request")

# What the database itself refuses, by the code of audit.triggers: a change without its reason, a change of what stays.
REFUSED_BY_DATABASE = {
    "ED002": "This change needs its reason.",
    "ED003": "What is recorded there does not change any more.",
}
# Serialisation failure, deadlock, lock not available in time.
BUSY = {"40001", "40P01", "55P03"}


class Refused(Exception):
    """A rule of the trial stands against it: shown on the page, 409 from the API."""

    status = 409


class Denied(Refused):
    """What may be seen but not done by this person: 403."""

    status = 403


class Stale(Refused):
    """Somebody else changed the row after it was read: 412 from the API, both values side by side on the page.

    `row` is the row as it is now.
    """

    status = 412

    def __init__(self, message: str, *, row: Any) -> None:
        super().__init__(message)
        self.row = row


class Unprocessable(Refused):
    """An idempotency key that was used before for something else: 422."""

    status = 422


class Invalid(Refused):
    """Input of the wrong shape: 400 from the API. `errors` maps each field ("" for the whole) to its messages."""

    status = 400

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(message for messages in errors.values() for message in messages))
        self.errors = {field: list(messages) for field, messages in errors.items()}


class RefusedByDatabase(Refused):
    """A rule of the trail, which the database holds itself: 409."""


class Busy(Refused):
    """Somebody else holds what this needs, for longer than one waits: 409, and worth another try."""


class Conflict(Refused):
    """What contradicts a constraint that no service named: 409."""


class BadRequest(Refused):
    """What cannot be read or stored at all: 400."""

    status = 400


def refusal_of(error: Exception) -> Refused | None:
    """Return the failure as a refusal, if it is one of a service or of the database; None for a fault of ours."""
    if isinstance(error, Refused):
        return error
    state = getattr(error.__cause__, "sqlstate", "") if isinstance(error, DatabaseError) else ""
    if state in REFUSED_BY_DATABASE:
        return RefusedByDatabase(REFUSED_BY_DATABASE[state])
    if state in BUSY:
        return Busy("Somebody else is changing the same thing. Nothing was changed; try again.")
    if isinstance(error, IntegrityError):
        logger.warning("A rule was left to the database: %s", state, exc_info=error)
        return Conflict("This contradicts what is stored.")
    if isinstance(error, DataError):
        logger.warning("A value was left to the database: %s", state, exc_info=error)
        return BadRequest("A value is outside what can be stored.")
    return None


def require(allowed: bool, message: str = "Your role does not allow this.") -> None:  # noqa: FBT001 -- reads as a sentence
    """Raise Denied unless the permission function said yes."""
    if not allowed:
        raise Denied(message)
