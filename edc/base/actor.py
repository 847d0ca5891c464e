"""Who acts in this transaction. The database writes the audit trail from it, and refuses changes without it."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

# The portal itself, where no person acts: expiry, migrations, clean-up.
SYSTEM = "system"
# Somebody who has not signed in: a failed sign-in, a sign-up, a password reset.
ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Origin:
    """Where a change comes from: a door's name (page, api, admin, socket, command, import) and the request's id."""

    source: str = "command"
    request_id: str = ""


FROM_A_COMMAND = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=FROM_A_COMMAND)


def name_actor(actor: UUID | str, *, action: str, reason: str = "") -> None:
    """Name who acts, what they do and why, until this transaction ends.

    `actor` is a user's id, SYSTEM or ANONYMOUS. `action` is past tense with its app: `captures.saved`.
    """
    here = origin.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('edc.actor', %s, true), set_config('edc.action', %s, true),"
            " set_config('edc.reason', %s, true), set_config('edc.source', %s, true),"
            " set_config('edc.request', %s, true)",
            [str(actor), action, reason, here.source, here.request_id],
        )
