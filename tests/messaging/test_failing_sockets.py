"""A socket that fails, or whose client takes nothing, is closed and forgotten, and holds up nobody."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from django.conf import settings
from django.db import OperationalError, connections
from django.test import Client

from messaging import consumers, selectors
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Wire:
    """Both ends of a socket whose client can stop taking what it is sent."""

    def __init__(self, cookie, query=""):
        self.scope = {
            "type": "websocket",
            "path": "/ws/live/",
            "query_string": query.encode(),
            "headers": [
                (b"host", b"localhost"),
                (b"origin", b"http://localhost"),
                (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()),
            ],
        }
        self.inbox, self.sent, self.takes = asyncio.Queue(), asyncio.Queue(), asyncio.Event()
        self.takes.set()
        self.inbox.put_nowait({"type": "websocket.connect"})

    async def send(self, message):
        if message["type"] == "websocket.send":
            await self.takes.wait()
        await self.sent.put(message)

    async def hear(self):
        """Return the next message: an answer to the knock, a batch of events, or the code it was closed with."""
        message = await asyncio.wait_for(self.sent.get(), 20)
        return json.loads(message["text"]) if "text" in message else message.get("code", message["type"])


@asynccontextmanager
async def opened(cookie, query=""):
    wire = Wire(cookie, query)
    serving = asyncio.create_task(consumers.LiveFeed.as_asgi()(wire.scope, wire.inbox.get, wire.send))
    assert await wire.hear() == "websocket.accept"
    yield wire
    wire.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait_for(serving, 20)


def cookie_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def in_a_loop(act, *given):
    """Run a coroutine as the server would, and end the hub and the connections that it used."""

    async def run():
        await act(*given)
        hub = consumers.hub()
        assert not any(hub.topics.values())
        if hub.task:
            hub.task.cancel()
            await asyncio.gather(hub.task, return_exceptions=True)
        await consumers.database_sync_to_async(connections.close_all)()

    asyncio.run(run())


def elsewhere(act, **given):
    """Do something in a thread, as another process would."""

    def run():
        try:
            return act(**given)
        finally:
            connections.close_all()

    return asyncio.to_thread(run)


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def cookie(subject):
    return cookie_of(factories.coordinator_at(subject.site))


def broken(*_given, **_named):
    raise OperationalError("the server closed the connection unexpectedly")


@pytest.mark.parametrize("fails", ["head_position", "topics_of", "feed_after"])
def test_a_socket_that_cannot_go_on_is_closed_so_that_the_client_returns(cookie, monkeypatch, caplog, fails):
    async def act():
        with monkeypatch.context() as patch:
            patch.setattr(consumers, fails, broken)
            # One for each place that this person has: none of them may be lost.
            for _ in range(consumers.MOST_SOCKETS_OF_A_PERSON):
                async with opened(cookie) as wire:
                    assert await wire.hear() == 1011
        async with opened(cookie) as wire:
            assert (await wire.hear())["events"] == []

    in_a_loop(act)

    assert "closed the connection unexpectedly" in caplog.text


def test_an_error_after_access_has_changed_closes_an_open_socket(cookie, monkeypatch):
    async def act():
        async with opened(cookie) as wire:
            await wire.hear()
            monkeypatch.setattr(consumers, "topics_of", broken)
            for listeners in consumers.hub().people.values():
                for listener in listeners:
                    listener.look_again()
            assert await wire.hear() == 1011

    in_a_loop(act)


def test_who_takes_nothing_is_closed_as_too_slow_and_heard_no_more(subject, cookie, monkeypatch):
    monkeypatch.setattr(consumers, "SLOWEST", 0.2)

    async def act():
        async with opened(cookie) as slow, opened(cookie) as quick:
            for wire in (slow, quick):
                await wire.hear()
            slow.takes.clear()

            conversation = await elsewhere(factories.conversation_with, subject=subject)

            assert await slow.hear() == 4408
            assert (await quick.hear())["events"][0]["entity"] == "Message"
            listeners = set().union(*consumers.hub().topics.values())
            assert len(listeners) == 1
            assert conversation

    in_a_loop(act)


def test_what_waits_for_a_slow_client_is_bounded_and_nothing_is_lost(subject, cookie, monkeypatch):
    monkeypatch.setattr(consumers, "MOST_WAITING", 3)

    async def act():
        async with opened(cookie) as wire:
            cursor = (await wire.hear())["cursor"]
            wire.takes.clear()
            for _ in range(8):
                await elsewhere(factories.conversation_with, subject=subject)
            (listener,) = set().union(*consumers.hub().topics.values())
            assert len(listener.waiting) <= 3

            wire.takes.set()

            heard = []
            while sum(event["kind"] == "messaging.sent" for event in heard) < 8:
                heard += (await wire.hear())["events"]
            positions = [event["position"] for event in heard]
            assert positions == sorted(set(positions))
            assert positions[0] > cursor

    in_a_loop(act)


@pytest.mark.parametrize(
    "query", ["cursor=" + text for text in ("9" * 5_000, "999999", "-1", "x", "²", "١", "", "1&cursor=2")]
)
def test_a_cursor_that_is_none_is_refused_by_the_close_code(cookie, subject, query):
    factories.conversation_with(subject)

    async def act():
        async with opened(cookie, query) as wire:
            assert await wire.hear() == 4400

    in_a_loop(act)


def test_a_socket_without_a_cursor_begins_now(cookie, subject):
    factories.conversation_with(subject)
    head = selectors.head_position()

    async def act():
        async with opened(cookie) as wire:
            greeting = await wire.hear()
            assert (greeting["cursor"], greeting["events"]) == (head, [])

    in_a_loop(act)
