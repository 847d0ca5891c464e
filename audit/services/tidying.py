"""Take away what has served its time: nothing that the trail tells of, or that tells what happened."""

from django.db import connection, transaction
from django.utils import timezone

from audit.models import IdempotencyKey
from audit.services.writing import KEYS_LIVE
from edc.accounts.services import forget_sessions

LOCK = "edc tidy"


def tidy() -> dict[str, int] | None:
    """Remove sessions that are over and idempotency keys whose day is over; return how many of each.

    One at a time: returns None while another process is at it.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
            (is_ours,) = cursor.fetchone()
        if not is_ours:
            return None
        now = timezone.now()
        keys, _ = IdempotencyKey.objects.filter(created_at__lt=now - KEYS_LIVE).delete()
        return {"sessions": forget_sessions(now=now), "idempotency keys": keys}
