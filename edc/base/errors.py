"""What a service raises when it will not do what it was asked, in words fit for the person who asked."""

from collections.abc import Mapping, Sequence


class Refused(Exception):
    """A rule of the trial stands against it: shown on the page, 409 from the API."""

    status = 409


class Denied(Refused):
    """What may be seen but not done by this person: 403."""

    status = 403


class Stale(Refused):
    """Somebody else changed the row after it was read: 412 from the API, both values side by side on the page."""

    status = 412


class Unprocessable(Refused):
    """An idempotency key that was used before for something else: 422."""

    status = 422


class Invalid(Refused):
    """Input of the wrong shape: 400 from the API. `errors` maps each field ("" for the whole) to its messages."""

    status = 400

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(message for messages in errors.values() for message in messages))
        self.errors = {field: list(messages) for field, messages in errors.items()}


def require(allowed: bool, message: str = "Your role does not allow this.") -> None:  # noqa: FBT001 -- reads as a sentence
    """Raise Denied unless the permission function said yes."""
    if not allowed:
        raise Denied(message)
