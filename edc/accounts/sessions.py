"""Sessions in PostgreSQL: one prepared statement reads the session together with its user, as both are now."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from edc.accounts.models import Session, User, user_columns, user_from_row
from edc.base.sql import fetch_one

# How exactly the time of the last request is known; a write for every request would cost more than it tells.
TOUCHED_EVERY = timedelta(minutes=1)


class SessionStore(DatabaseStore):
    """A session that ends when nobody used it for a while, and in any case some hours after it began."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.user: User | None = None
        self.began_at: datetime | None = None
        self.seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        now = timezone.now()
        row = self.session_key and fetch_one(
            _statement(), [self.session_key, now, now - settings.SESSION_IDLE - TOUCHED_EVERY]
        )
        if not row:
            self._session_key = None
            return {}
        data, self.began_at, self.seen_at, has_user, *user = row
        self.user = user_from_row(user) if has_user else None
        content: dict[str, Any] = self.decode(data)
        return content

    async def aload(self) -> dict[str, Any]:
        content: dict[str, Any] = await sync_to_async(self.load)()
        return content

    def create(self) -> None:
        self.began_at = None
        super().create()

    def flush(self) -> None:
        super().flush()
        self.user = self.began_at = self.seen_at = None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        self.began_at = self.began_at or now
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.began_at + timedelta(seconds=settings.SESSION_COOKIE_AGE),
            user_id=data.get(SESSION_KEY),
            created_at=self.began_at,
            last_seen_at=now,
        )

    def touch(self) -> None:
        """Note that somebody is there, so that the session does not end for idleness."""
        now = timezone.now()
        if self.session_key and self.seen_at and now - self.seen_at >= TOUCHED_EVERY:
            Session.objects.filter(session_key=self.session_key).update(last_seen_at=now)
            self.seen_at = now


def signed_in(session: SessionStore) -> User | None:
    """Return who is signed in with this session; nobody after a new password, or once the account is disabled."""
    user_id = session.get(SESSION_KEY)
    user = session.user
    if not user or not user.is_active or str(user.pk) != user_id:
        return None
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    found = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    if not any(constant_time_compare(found, expected) for expected in hashes):
        session.flush()
        return None
    user.backend = session[BACKEND_SESSION_KEY]  # type: ignore[attr-defined]
    return user


@cache
def _statement() -> str:
    return (
        f"select s.session_data, s.created_at, s.last_seen_at, u.id is not null, {user_columns('u')}"  # noqa: S608 -- our own columns
        " from accounts_session s left join accounts_user u on u.id = s.user_id"
        " where s.session_key = %s and s.expire_date > %s and s.last_seen_at > %s"
    )
