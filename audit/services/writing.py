"""Write what is tracked, record acts that change no row, and make creates safe to repeat."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection, models, transaction
from django.utils import timezone

from audit.models import IdempotencyKey, Tracked
from edc.accounts.models import User
from edc.base.actor import SYSTEM, name_actor
from edc.base.errors import Stale, Unprocessable

# How long the same idempotency key gives the same row; later it may be used anew.
KEYS_LIVE = timedelta(hours=24)
# Rows that one statement writes.
AT_ONCE = 500
Row = TypeVar("Row", bound=Tracked)
Made = TypeVar("Made", bound=models.Model)


def save(row: Tracked, *, by: User | None, action: str, reason: str = "") -> None:
    """Insert the row, or write it as its next version; triggers add version and audit events for this actor.

    `by` is None only where the portal itself acts. Call it inside the service's own transaction block: where a
    constraint of the database refuses the row, that block must end.
    """
    adding = row._state.adding
    name_actor(by.pk if by else SYSTEM, action=action, reason=reason)
    if not adding:
        row.version += 1
    row.save(traced=True, force_insert=adding, force_update=not adding)


def insert_many(rows: Sequence[models.Model], *, by: User, action: str, reason: str = "") -> None:
    """Insert rows of one kind in a few statements; triggers add a version and audit events for each of them."""
    if rows:
        name_actor(by.pk, action=action, reason=reason)
        table: models.QuerySet[Any] = models.QuerySet(type(rows[0]))
        table.bulk_create(rows, batch_size=AT_ONCE)


def change_many(rows: Sequence[Tracked], *, fields: Sequence[str], by: User, action: str, reason: str = "") -> None:
    """Write these fields of rows that the caller has locked as their next versions, in a few statements."""
    now = timezone.now()
    for row in rows:
        row.version, row.updated_at = row.version + 1, now
    if rows:
        name_actor(by.pk, action=action, reason=reason)
        table: models.QuerySet[Any] = models.QuerySet(type(rows[0]))
        table.bulk_update(rows, [*fields, "version", "updated_at"], batch_size=AT_ONCE)


def locked(row: Row, *, version: int | None = None) -> Row:
    """Return the row as it is now, locked until the transaction ends.

    Raises Stale when `version` is given and somebody saved the row since it was read; `row` then becomes what it is
    now, for the page that shows it.
    """
    manager: models.Manager[Row] = type(row)._default_manager  # type: ignore[assignment]
    # Not FOR UPDATE: rows that only refer to this one need not wait.
    fresh = manager.select_for_update(no_key=True).get(pk=row.pk)
    if version is not None and fresh.version != version:
        row.refresh_from_db()
        message = "Somebody else changed this in the meantime. Look at what they changed, then try again."
        raise Stale(message, row=row)
    return fresh


def record(
    *,
    by: User | None,
    action: str,
    entity_type: str,
    entity_id: UUID | None = None,
    trial_id: UUID | None = None,
    site_id: UUID | None = None,
    patient_id: UUID | None = None,
    subject_id: UUID | None = None,
    reason: str = "",
    metadata: dict[str, Any] | None = None,
) -> None:
    """Write an audit event for an act that changes no row: a read of identity, an export with its scope.

    `by` is None only where the portal itself acts.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        name_actor(by.pk if by else SYSTEM, action=action, reason=reason)
        cursor.execute(
            "select audit_record(%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                *(action, entity_type, entity_id, trial_id, site_id, patient_id, subject_id),
                orjson.dumps(metadata or {}).decode(),
            ],
        )


def once(
    model: type[Made],
    make: Callable[[], Made],
    *,
    allow: Callable[[], None],
    by: User,
    key: str,
    action: str,
    asked: Any,
) -> Made:
    """Return what `make` creates, or what it created when the same person sent the same key before.

    `asked` is what was asked for, in plain values: the same key with other content raises Unprocessable. Without a
    key it just creates. Two requests at once: the second waits for the first and returns its row. `allow` raises
    Denied for who may not do this: it is asked after the wait, and for a row that was made before too.
    """
    with transaction.atomic():
        if not key:
            allow()
            return make()
        fingerprint = hashlib.sha256(orjson.dumps([action, asked], default=str, option=orjson.OPT_SORT_KEYS)).digest()
        used = _claim(by=by, key=key, action=action, fingerprint=fingerprint)
        allow()
        if used is not None:
            return model._default_manager.get(pk=used)
        row = make()
        IdempotencyKey.objects.filter(user=by, key=key).update(entity_id=row.pk)
        return row


def _claim(*, by: User, key: str, action: str, fingerprint: bytes) -> UUID | None:
    """Take the key for this transaction and return None, or return the row that it already made."""
    statement = (
        "insert into audit_idempotencykey as known (user_id, key, action, fingerprint, entity_id, created_at)"
        " values (%s, %s, %s, %s, %s, %s) on conflict (user_id, key) do update set action = excluded.action,"
        " fingerprint = excluded.fingerprint, entity_id = excluded.entity_id, created_at = excluded.created_at"
        " where known.created_at < %s returning id"
    )
    nothing_yet, now = UUID(int=0), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(statement, [by.pk, key, action, fingerprint, nothing_yet, now, now - KEYS_LIVE])
        if cursor.fetchone():
            return None
    used = IdempotencyKey.objects.get(user=by, key=key)
    if bytes(used.fingerprint) != fingerprint:
        raise Unprocessable("This idempotency key was used before, for something else.")
    return used.entity_id
