"""The load: keep-alive HTTP connections of one process, taking requests in turn; latencies in milliseconds."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Result:
    """What the requests of one operation came to."""

    requests: int
    failed: int
    seconds: float
    p50: float
    p95: float
    p99: float


async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: dict[str, Any]) -> int:
    """Send one request and return the status of its answer, read to the end."""
    body, kind = b"", ""
    if "body" in request:
        body, kind = json.dumps(request["body"]).encode(), "application/json"
    elif "form" in request:
        body, kind = urlencode(request["form"]).encode(), "application/x-www-form-urlencoded"
    headers = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **request.get("headers", {})}
    if body:
        headers["Content-Type"] = kind
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"{request['method']} {request['path']} HTTP/1.1\r\n{lines}\r\n".encode() + body)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").lower()
    status = int(head.split(" ", 2)[1])
    if "content-length:" in head:
        await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
    elif "transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return status


async def drive(port: int, requests: list[dict[str, Any]], *, connections: int, count: int) -> Result:
    """Send `count` requests over so many connections at once; a status of 400 or more has failed."""
    turns: Iterator[dict[str, Any]] = cycle(requests)
    left = count
    times: list[float] = []
    failed = 0

    async def work() -> None:
        nonlocal left, failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=10_000_000)
        while left > 0:
            left -= 1
            began = time.perf_counter()
            status = await send(reader, writer, next(turns))
            times.append((time.perf_counter() - began) * 1000)
            failed += status >= 400
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    seconds = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return Result(len(times), failed, seconds, cuts[49], cuts[94], cuts[98])


async def push(port: int, headers: dict[str, str], requests: list[dict[str, Any]]) -> Result:
    """Send requests one after the other, and time each until a socket of somebody else hears of it."""
    from websockets.asyncio.client import connect  # noqa: PLC0415 -- the other loads do without

    times = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.perf_counter()
    async with connect(f"ws://127.0.0.1:{port}/ws/live/", additional_headers=headers, compression=None) as socket:
        await socket.recv()
        for request in requests:
            sent = time.perf_counter()
            answer = asyncio.create_task(send(reader, writer, request))
            while not json.loads(await socket.recv())["events"]:
                pass
            times.append((time.perf_counter() - sent) * 1000)
            await answer
    cuts = statistics.quantiles(times, n=100)
    return Result(len(times), 0, time.perf_counter() - began, cuts[49], cuts[94], cuts[98])


def main() -> None:
    """Read a job as JSON from standard input, do it, and write its result to standard output."""
    job = json.load(sys.stdin)
    result = asyncio.run(push(**job) if job.pop("kind") == "push" else drive(**job))
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
