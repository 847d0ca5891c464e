"""How a load is driven and reported: one row of the table for each operation."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import cpu_seconds
from tests.browser import Portal

CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "8"))
WORKERS = int(os.environ.get("WORKERS", "1"))
COUNT = int(os.environ.get("BENCH_REQUESTS", "4000"))
HEAD = (
    f"| operation | requests | req/s at c={CONNECTIONS} | p50 ms | p95 ms | p99 ms"
    " | CPU s per 1,000: portal | PostgreSQL |\n|---|---|---|---|---|---|---|---|"
)


@dataclass
class Operation:
    """A row of the table: what is asked, over how many connections, how often."""

    name: str
    requests: list[dict[str, Any]]
    count: int = COUNT
    connections: int = CONNECTIONS


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


def get(path: str, tokens: list[str]) -> list[dict[str, Any]]:
    return [{"method": "GET", "path": path, "headers": bearer(token)} for token in tokens]


def post(path: str, token: str, body: Any, **more: str) -> dict[str, Any]:
    return {"method": "POST", "path": path, "headers": bearer(token, **more), "body": body}


def load(job: dict[str, Any]) -> dict[str, Any]:
    """Run the load in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.client"], input=json.dumps(job), capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def report(name: str, portal: Portal, postmaster: int, job: dict[str, Any]) -> None:
    """Drive one operation and print its row."""
    before = cpu_seconds(portal.process.pid), cpu_seconds(postmaster)
    result = load(job)
    after = cpu_seconds(portal.process.pid), cpu_seconds(postmaster)
    spent = [(end - start) / result["requests"] * 1000 for start, end in zip(before, after, strict=True)]
    failed = f" ({result['failed']} failed)" if result["failed"] else ""
    print(
        f"| {name} | {result['requests']:,}{failed} | {result['requests'] / result['seconds']:,.0f}"
        f" | {result['p50']:.1f} | {result['p95']:.1f} | {result['p99']:.1f} | {spent[0]:.2f} | {spent[1]:.2f} |",
        flush=True,
    )


def measure(portal: Portal, postmaster: int, operations: list[Operation]) -> None:
    """Print a row for each operation; what only reads is asked for a while before."""
    for operation in operations:
        warm = {"kind": "http", "port": portal.port, "requests": operation.requests[:50]}
        if operation.requests[0]["method"] == "GET":
            load(warm | {"connections": operation.connections, "count": min(200, operation.count)})
        job = {"requests": operation.requests, "connections": operation.connections, "count": operation.count}
        report(operation.name, portal, postmaster, {"kind": "http", "port": portal.port} | job)
