"""A WSGI application behind an ASGI server, on a few threads that live as long as the process.

Each thread keeps its database connection and prepared statements, and no request pays for hops between threads.
Only what streams (exports, large files) leaves them, so that a slow client holds up nobody else.
"""

import asyncio
import contextvars
import functools
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from wsgiref.types import WSGIApplication

from django.db import connections

from edc.base.wsgi import IN_MEMORY, ClientGone, Headers, Message, Receive, Send, TooLarge, environment, read_body

log = logging.getLogger(__name__)

BLOCK = 65_536
MOST_WAITING = 1_000
MOST_STREAMS = 16
# Seconds a client may take to take one block of an answer.
SLOWEST_BLOCK = 60.0


@dataclass
class Answer:
    """What the application answered: the body whole, or the parts of it that are still to come."""

    status: int
    headers: Headers
    body: bytes = b""
    parts: Iterable[bytes] | None = None
    context: contextvars.Context | None = None


class Threads:
    """Run a WSGI application for an ASGI server."""

    def __init__(self, application: WSGIApplication, *, threads: int, largest_body: int) -> None:
        self.application = application
        self.largest_body = largest_body
        self.waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.streams = asyncio.Semaphore(MOST_STREAMS)
        self.threads = [threading.Thread(target=self.work, name=f"requests-{n}", daemon=True) for n in range(threads)]
        for thread in self.threads:
            thread.start()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await read_body(scope, receive, self.largest_body)
        except TooLarge:
            await refuse(send, 413, "The request is too large.")
        except TimeoutError:
            await refuse(send, 408, "The request took too long to arrive.")
        except ClientGone:
            return
        else:
            with body:
                await self.answer(scope, body, receive, send)

    async def answer(self, scope: Message, body: IO[bytes], receive: Receive, send: Send) -> None:
        """Have a thread answer, and send what it says."""
        if self.waiting.qsize() > MOST_WAITING:
            await refuse(send, 503, "The portal is busy. Try again in a moment.")
            return
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Answer] = loop.create_future()
        order = functools.partial(call, self.application, environment(scope, body))
        self.waiting.put(functools.partial(hand_back, order, answered, loop))
        answer = await answered
        if answer.parts is None:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await send({"type": "http.response.body", "body": answer.body})
        else:
            async with self.streams:
                await stream(answer, receive, send)

    def work(self) -> None:
        """Do what waits, until told to end."""
        while job := self.waiting.get():
            job()
        connections.close_all()

    def close(self) -> None:
        """Let every thread finish what it does, and end."""
        for _thread in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join(timeout=5)


def call(application: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """Call the application, in a thread of ours."""
    answer = Answer(500, [])

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        answer.status = int(status[:3])
        answer.headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
        return refuse_to_write

    parts = application(environ, start_response)
    is_head = environ["REQUEST_METHOD"] == "HEAD"
    if not is_head and getattr(parts, "streaming", False) and not is_small_file(parts, answer.headers):
        answer.parts, answer.context = parts, contextvars.copy_context()
        return answer
    try:
        answer.body = b"" if is_head else b"".join(parts)
    finally:
        close(parts)
    return answer


def is_small_file(parts: object, headers: Headers) -> bool:
    """Return whether the answer is a file so small that sending it in one piece is no burden."""
    length = dict(headers).get(b"content-length", b"")
    return hasattr(parts, "file_to_stream") and length.isdigit() and int(length) <= IN_MEMORY


def refuse_to_write(_data: bytes) -> object:
    """Stand for the `write` of old WSGI applications, which nothing here uses."""
    raise NotImplementedError("The application must return its body.")


def close(parts: object) -> None:
    """Tell the application that its answer is done with."""
    if end := getattr(parts, "close", None):
        end()


def hand_back(order: Callable[[], Answer], answered: asyncio.Future[Answer], loop: asyncio.AbstractEventLoop) -> None:
    """Run the order in this thread and give its outcome to the event loop."""
    try:
        # Nothing a request sets for itself (its language, its origin) reaches the next one in this thread.
        answer = contextvars.Context().run(order)
    except BaseException as error:  # noqa: BLE001 -- whatever it was, the request ends and the thread lives on
        loop.call_soon_threadsafe(settle, answered, None, error)
    else:
        loop.call_soon_threadsafe(settle, answered, answer, None)


def settle(answered: asyncio.Future[Answer], answer: Answer | None, error: BaseException | None) -> None:
    """Give an outcome to whoever still waits for it."""
    if answered.done():
        if answer:
            close(answer.parts)
    elif error:
        answered.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))
    elif answer:
        answered.set_result(answer)


async def stream(answer: Answer, receive: Receive, send: Send) -> None:
    """Send the parts as they are made: in a thread of their own, which waits while the client is slow."""
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})

    async def deliver(block: bytes) -> None:
        if gone.is_set():
            raise ClientGone
        try:
            async with asyncio.timeout(SLOWEST_BLOCK):
                await send({"type": "http.response.body", "body": block, "more_body": True})
        except TimeoutError as error:
            raise ClientGone from error

    def produce() -> None:
        try:
            for block in blocks(answer.parts or ()):
                asyncio.run_coroutine_threadsafe(deliver(block), loop).result()
        finally:
            close(answer.parts)
            connections.close_all()

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    watcher = asyncio.create_task(watch())
    try:
        await in_own_thread(functools.partial((answer.context or contextvars.Context()).run, produce))
        await send({"type": "http.response.body", "body": b""})
    except ClientGone:
        log.info("The client left before the answer was complete.")
    finally:
        watcher.cancel()


async def in_own_thread(work: Callable[[], None]) -> None:
    """Run `work` in a new thread and wait for it."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 -- the event loop decides what it means
            outcome = error if isinstance(error, Exception) else RuntimeError(repr(error))
            loop.call_soon_threadsafe(ended.set_exception, outcome)
        else:
            loop.call_soon_threadsafe(ended.set_result, None)

    threading.Thread(target=run, name="stream", daemon=True).start()
    await asyncio.shield(ended)


def blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the parts in blocks worth sending."""
    block = bytearray()
    for part in parts:
        block += part
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


async def refuse(send: Send, status: int, text: str) -> None:
    """Answer without asking the application."""
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    headers += [(b"connection", b"close"), (b"retry-after", b"5")] if status == 503 else [(b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
