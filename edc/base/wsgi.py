"""A request of an ASGI server, as WSGI wants it."""

import asyncio
import io
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import IO, Any, cast
from urllib.parse import unquote_to_bytes

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

IN_MEMORY = 1_000_000
# How much of a body that is too large is read and thrown away, so that its sender gets to read the refusal.
DISCARDED = 50_000_000
# Seconds a client may take to send its request.
SLOWEST_BODY = 120.0


class TooLarge(Exception):
    """The body of a request is over the limit."""


class ClientGone(Exception):
    """The client hung up, or takes nothing any more."""


async def read_body(scope: Message, receive: Receive, largest: int) -> IO[bytes]:
    """Return the request's body, at its end: in memory while it is small, in a file beyond that."""
    headers = dict(scope["headers"])
    declared = headers.get(b"content-length", b"0")
    if declared == b"0" and b"transfer-encoding" not in headers:
        return io.BytesIO()
    async with asyncio.timeout(SLOWEST_BODY):
        return await spool(declared, receive, largest)


async def spool(declared: bytes, receive: Receive, largest: int) -> IO[bytes]:
    """Return the body that is said to have this length; it may have any."""
    if declared.isdigit() and int(declared) > largest:
        await discard(receive)
        raise TooLarge
    body = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 -- the caller closes it
    size, more = 0, True
    try:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            size += body.write(message.get("body", b""))
            more = message.get("more_body", False)
            if size > largest:
                if more:
                    await discard(receive)
                raise TooLarge
    except BaseException:
        body.close()
        raise
    return body


async def discard(receive: Receive) -> None:
    """Read what the client still sends, up to a limit."""
    size, more = 0, True
    while more and size < DISCARDED:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)


def environment(scope: Message, body: IO[bytes]) -> dict[str, Any]:
    """Return the request as WSGI wants it."""
    length = body.tell()
    body.seek(0)
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    path = unquote_to_bytes(raw) if (raw := scope.get("raw_path")) else scope["path"].encode()
    found = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "CONTENT_LENGTH": str(length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in without_underscores(scope["headers"]):
        if name == b"content-length":
            continue
        upper, text = name.decode("latin1").upper().replace("-", "_"), value.decode("latin1")
        key = upper if upper == "CONTENT_TYPE" else f"HTTP_{upper}"
        found[key] = f"{found[key]}{'; ' if name == b'cookie' else ','}{text}" if key in found else text
    return found


def without_underscores(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers but those that Django could not tell from others: X_Forwarded_For is not X-Forwarded-For."""
    return ((name, value) for name, value in headers if b"_" not in name and name != b"proxy")
