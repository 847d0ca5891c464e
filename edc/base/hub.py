"""The hub of the live feed: one LISTEN connection for each process, handing every event to who listens to its topics.

It knows topics and listeners, not rights: a listener asks for its topics again when its person's access changed.
"""

import asyncio
import json
import logging
from collections import defaultdict
from typing import Any, Protocol

import psycopg
from django.db import connections

logger = logging.getLogger(__name__)

EVENTS, ACCESS = "edc_live", "edc_access"
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
CONNECT_SECONDS = 5


class Listener(Protocol):
    """What stands at the other end of a topic: a socket."""

    def hear(self, position: int, text: str) -> None:
        """Take an event; called in the order of positions, and never to wait."""

    def look_again(self) -> None:
        """Find out again what may be heard, and what was missed: access changed, or the connection was lost."""


class Hub:
    """Listeners by topic and by person, of one event loop."""

    def __init__(self) -> None:
        self.topics: dict[str, set[Listener]] = defaultdict(set)
        self.people: dict[str, set[Listener]] = defaultdict(set)
        self.task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    async def up(self) -> None:
        """Return when this process listens, starting it at the first call."""
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._listen_for_ever())
        await self.listening.wait()

    def add(self, listener: Listener, *, person: str, topics: set[str]) -> None:
        """Hand these topics' events to the listener from now on."""
        self.people[person].add(listener)
        for topic in topics:
            self.topics[topic].add(listener)

    def drop(self, listener: Listener, *, person: str, topics: set[str]) -> None:
        """Forget the listener."""
        for names, table in (({person}, self.people), (topics, self.topics)):
            for name in names:
                table[name].discard(listener)
                if not table[name]:
                    del table[name]

    async def _listen_for_ever(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                logger.warning("The live feed lost its connection: %s", type(error).__name__)
            # Only a connection that could not be made makes the next try wait longer, never one that was lost.
            pause = SHORTEST_PAUSE if self.listening.is_set() else min(pause * 2, LONGEST_PAUSE)
            self.listening.clear()
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        """Listen until the connection ends; whoever listened before has to look for what was missed."""
        async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as connection:
            await connection.execute(f"listen {EVENTS}")
            await connection.execute(f"listen {ACCESS}")
            self.listening.set()
            for listeners in list(self.people.values()):
                self._look_again(listeners)
            async for notice in connection.notifies():
                if notice.channel == ACCESS:
                    self._look_again(self.people.get(notice.payload, set()))
                else:
                    self._fan(json.loads(notice.payload))
        raise psycopg.OperationalError("the connection has ended")

    def _fan(self, event: dict[str, Any]) -> None:
        heard: set[Listener] = set()
        for topic in event.pop("topics"):
            heard |= self.topics.get(topic, set())
        text = encode([event])
        for listener in heard:
            listener.hear(event["position"], text)

    @staticmethod
    def _look_again(listeners: set[Listener]) -> None:
        for listener in list(listeners):
            listener.look_again()


def encode(events: list[dict[str, Any]], cursor: int | None = None, **more: Any) -> str:
    """Return the message that a socket gets for these events: `{"cursor": N, "events": [...]}`, and `more`."""
    return json.dumps({"cursor": events[-1]["position"] if events else cursor, "events": events} | more)


_hubs: dict[int, Hub] = {}


def hub() -> Hub:
    """Return the hub of the running event loop."""
    return _hubs.setdefault(id(asyncio.get_running_loop()), Hub())


def _parameters() -> dict[str, Any]:
    """Return how to connect, as Django does, without the time-outs that are meant for statements."""
    named: dict[str, Any] = connections["default"].get_connection_params()
    kept = {"host", "port", "dbname", "user", "password", "application_name", "require_auth"}
    tls = {name for name in named if name.startswith("ssl")}
    return {name: value for name, value in named.items() if name in kept | tls} | {"connect_timeout": CONNECT_SECONDS}
