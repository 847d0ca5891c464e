"""The socket of the live feed: ids and kinds of what changed, for a person whose rights are asked for anew."""

import asyncio
import logging
from collections import Counter, deque
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import validate_host

from edc.accounts.models import User
from edc.accounts.services import token_owner
from edc.accounts.sessions import SessionStore, signed_in
from edc.base.hub import encode, hub
from messaging.selectors import access_of, feed_after, head_position, topics_of

logger = logging.getLogger(__name__)

FAILED, BAD_CURSOR, SIGNED_OUT, NOT_ALLOWED = 1011, 4400, 4401, 4403
NO_FEED, TOO_SLOW, TOO_MANY = 4404, 4408, 4429
MOST_SOCKETS_OF_A_PERSON = 20
MOST_WAITING = 500
PAGE = 200
LONGEST_CURSOR = 19
# Seconds that a client may take to take one message.
SLOWEST = 20.0
# Roles that end by their date send no notice: each socket looks at its rights again after this many seconds.
LOOK_AGAIN_AFTER = 60.0

_open: Counter[str] = Counter()


class BadCursor(Exception):
    """What a client names as its cursor is no position that the feed has reached."""


class NoFeed(AsyncWebsocketConsumer):
    """Every other address: there is nothing to listen to."""

    channel_layer_alias = None

    async def connect(self) -> None:
        """Say so by the close code, which a client does not get to see before it is let in."""
        await self.accept()
        await self.close(NO_FEED)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Listen to nobody."""


class LiveFeed(AsyncWebsocketConsumer):
    """`/ws/live/?cursor=N`: what was missed since N, once and in order, then what happens from now on.

    Without a cursor it begins now. Every message is `{"cursor": N, "events": [{position, kind, entity, id, …}]}`.
    The first one, and each after access was looked at again, has `access` too, a digest of all that this person may do
    where, and `lost: true` if that has become less: what shows more than one may see must be fetched anew.
    Signed in by the browser's session (its Origin must be ours) or by `Authorization: Bearer`.
    """

    # The hub stands for Django Channels' own layer, whose queues cost more and drop when full.
    channel_layer_alias = None

    person = ""
    cursor = 0

    async def connect(self) -> None:
        """Let in who is signed in; others are told why by the close code."""
        self.topics: set[str] = set()
        self.access: set[str] = set()
        self.waiting: deque[tuple[int, str]] = deque()
        self.work = asyncio.Event()
        self.stale = True
        await self.accept()
        if not self._may_knock():
            await self.close(NOT_ALLOWED)
            return
        user = await database_sync_to_async(self._user)()
        if user is None:
            await self.close(SIGNED_OUT)
            return
        if _open[str(user.pk)] >= MOST_SOCKETS_OF_A_PERSON:
            await self.close(TOO_MANY)
            return
        # No await from the look at the count to here; what can fail comes later, in the task.
        self.person = str(user.pk)
        _open[self.person] += 1
        self.sender = asyncio.create_task(self._send_for_ever())

    async def disconnect(self, code: int) -> None:
        """Leave the hub."""
        if self.person:
            _open[self.person] -= 1
            self.sender.cancel()
            hub().drop(self, person=self.person, topics=self.topics)
            self.person = ""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Listen to nobody: the feed has one direction."""

    def hear(self, position: int, text: str) -> None:
        """Keep an event for the sender; where too many wait, they are read from the database again, page by page."""
        if len(self.waiting) < MOST_WAITING:
            self.waiting.append((position, text))
        else:
            self.waiting.clear()
            self.stale = True
        self.work.set()

    def look_again(self) -> None:
        self.stale = True
        self.work.set()

    async def _send_for_ever(self) -> None:
        """Send until the socket ends. Where that fails it is closed, so that the client returns with its cursor."""
        try:
            self.cursor = await self._first_position()
            await hub().up()
            code = await self._follow()
        except BadCursor:
            code = BAD_CURSOR
        except TimeoutError:
            code = TOO_SLOW
        except OSError:
            # The client is gone, and `disconnect` follows.
            return
        except Exception:
            logger.exception("A socket of the live feed failed")
            code = FAILED
        hub().drop(self, person=self.person, topics=self.topics)
        self.waiting.clear()
        await self.close(code)

    async def _first_position(self) -> int:
        """Return where the client left off, or the newest position for one that begins; raises BadCursor."""
        query = parse_qs(self.scope["query_string"].decode("latin1"), keep_blank_values=True)
        head: int = await database_sync_to_async(head_position)()
        if "cursor" not in query:
            return head
        asked = query["cursor"][0] if len(query["cursor"]) == 1 else ""
        if not (asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_CURSOR and int(asked) <= head):
            raise BadCursor
        return int(asked)

    async def _follow(self) -> int:
        """Send what waits, in order; first, and whenever access changed, ask what may be heard and what was missed.

        Returns the code to close with, once this person may listen no longer.
        """
        while True:
            # Before the look, never after it: what comes during the look must wake the next one.
            self.work.clear()
            if self.stale and not await self._enter():
                return SIGNED_OUT
            while self.waiting and not self.stale:
                position, text = self.waiting.popleft()
                if position > self.cursor:
                    await self._push(text)
                    self.cursor = position
            try:
                await asyncio.wait_for(self.work.wait(), LOOK_AGAIN_AFTER)
            except TimeoutError:
                self.stale = True

    async def _enter(self) -> bool:
        """Take the topics that this person may hear now, then send what was missed; False when they may no longer."""
        self.stale = False
        user = await database_sync_to_async(self._user)()
        if user is None or str(user.pk) != self.person:
            return False
        topics = set(await database_sync_to_async(topics_of)(user))
        access = await database_sync_to_async(access_of)(user)
        told: dict[str, Any] = {"access": digest_of(access)} | ({"lost": True} if self.access - access else {})
        self.access = access
        # No await from here to the assignment: what waits was heard with the rights of before, and is read again below.
        hub().drop(self, person=self.person, topics=self.topics)
        self.waiting.clear()
        hub().add(self, person=self.person, topics=topics)
        self.topics = topics
        while True:
            missed = await database_sync_to_async(feed_after)(sorted(topics), self.cursor, limit=PAGE)
            if missed:
                self.cursor = missed[-1]["position"]
            await self._push(encode(missed, self.cursor, **told))
            told = {}
            if len(missed) < PAGE:
                return True

    async def _push(self, text: str) -> None:
        """Hand a message to the client; raises TimeoutError where it does not take it."""
        async with asyncio.timeout(SLOWEST):
            await self.base_send({"type": "websocket.send", "text": text})

    def _may_knock(self) -> bool:
        """Refuse a page of another origin, which would ride on the browser's session."""
        headers = dict(self.scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin1")
        if not origin:
            return b"authorization" in headers
        host = headers.get(b"host", b"").decode("latin1")
        trusted = origin in settings.CSRF_TRUSTED_ORIGINS
        name = urlsplit(origin).hostname or ""
        return trusted or (urlsplit(origin).netloc == host and validate_host(name, settings.ALLOWED_HOSTS))

    def _user(self) -> User | None:
        """Return whose socket this is, as session or token and account stand now."""
        headers = dict(self.scope["headers"])
        scheme, _, secret = headers.get(b"authorization", b"").decode("latin1").partition(" ")
        if scheme.lower() == "bearer":
            return token_owner(secret)
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin1"))
        user = signed_in(SessionStore(cookies.get(settings.SESSION_COOKIE_NAME)))
        return user if user and user.status == User.Status.ACTIVE else None


def digest_of(access: set[str]) -> str:
    """Return a short name for what somebody may do, by which a client that returns sees whether it is the same."""
    return sha256(" ".join(sorted(access)).encode()).hexdigest()[:16]
