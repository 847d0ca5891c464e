"""The state of a trial or site that a change relies on: it stays so until the change is written."""

from uuid import UUID

from django.db import connection


def held_trial_status(trial: UUID) -> str:
    """Return the trial's status, which nobody changes until this transaction ends (`move_trial` waits for it)."""
    return _held("select status from trials_clinicaltrial where id = %s for share", trial)


def held_site_status(site: UUID) -> str:
    """Return the site's status, which nobody changes until this transaction ends (`change_site` waits for it)."""
    return _held("select status from trials_site where id = %s for share", site)


def _held(statement: str, key: UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        (status,) = cursor.fetchone()
    return str(status)
