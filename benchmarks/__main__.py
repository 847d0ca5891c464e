"""`make bench`: the production serving set-up under load, as one table. A report, never a test."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import cpu_seconds
from tests import cluster
from tests.browser import Portal, start_portal, stop

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


def operations(world: Any, password: str) -> list[Operation]:
    """Return the rows: what a participant's phone and a clinician's screen ask for most."""
    sign_in = [
        {
            "method": "POST",
            "path": "/api/v1/auth/token/",
            "body": {"email": email, "password": password, "name": "Benchmark"},
        }
        for email in world.participant_emails
    ]
    message = [
        post(f"/api/v1/conversations/{c}/messages/", t, {"body": "Good morning"}) for c, t in world.conversations
    ]
    finalise = [post(f"/api/v1/captures/{c}/finalize/", t, {}, **{"If-Match": '"1"'}) for c, t in world.captures]
    return [
        Operation("own profile", get("/api/v1/me/", world.participants)),
        Operation("20 latest captures, own", get("/api/v1/captures/?limit=20", world.participants)),
        Operation("20 latest captures, site staff", get("/api/v1/captures/?limit=20", [*world.investigators.values()])),
        Operation("active trials", get("/api/v1/trials/?status=ACTIVE", world.participants)),
        Operation("send message", message, count=COUNT // 2),
        Operation("finalise capture", finalise, count=min(COUNT // 2, len(finalise))),
        Operation("sign-in (argon2)", sign_in, count=100, connections=2),
    ]


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


def run(portal: Portal, postmaster: int, world: Any, password: str) -> None:
    """Print the table."""
    print(HEAD)
    for operation in operations(world, password):
        warm = {"kind": "http", "port": portal.port, "requests": operation.requests[:50]}
        if operation.requests[0]["method"] == "GET":
            load(warm | {"connections": operation.connections, "count": 200})
        job = {"requests": operation.requests, "connections": operation.connections, "count": operation.count}
        report(operation.name, portal, postmaster, {"kind": "http", "port": portal.port} | job)
    messages = [
        post(f"/api/v1/conversations/{thread}/messages/", token, {"body": "Hello"})
        for thread, token in world.team_conversations * 20
    ][:300]
    job = {"kind": "push", "port": portal.port, "headers": bearer(world.team), "requests": messages}
    report("push: message sent to socket of the team", portal, postmaster, job)


def main() -> None:
    """Make a throw-away server, fill it, serve, measure."""
    folder = cluster.make_folder()
    os.environ |= {"EDC_ENVIRONMENT": "test", "EDC_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "edc.settings"}
    database = cluster.Cluster(folder, durable=True)
    try:
        print("Making the database …", file=sys.stderr)
        database.start()
        import django  # noqa: PLC0415 -- the settings look at the environment set above

        django.setup()
        from django.db import connection  # noqa: PLC0415 -- needs the settings

        from benchmarks import data  # noqa: PLC0415 -- needs the apps

        print(
            f"Filling it: {data.PATIENTS:,} patients, {data.PATIENTS * data.CAPTURES_OF_A_PATIENT:,} captures …",
            file=sys.stderr,
        )
        world = data.fill()
        name = connection.settings_dict["NAME"]
        with connection.cursor() as cursor:
            cursor.execute("analyze")
        connection.close()
        portal = start_portal(name, workers=WORKERS)
        try:
            run(portal, database.server.postmaster(), world, data.PASSWORD)
        finally:
            stop(portal)
    finally:
        database.remove()


if __name__ == "__main__":
    main()
