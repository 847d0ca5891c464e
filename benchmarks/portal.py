"""The portal's daily traffic: what a participant's phone and a clinician's screen ask for most."""

import sys
from typing import Any

from django.db import connection

from benchmarks import data
from benchmarks.running import COUNT, HEAD, WORKERS, Operation, bearer, get, measure, post, report
from tests.browser import Portal, start_portal, stop


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


def run(postmaster: int) -> None:
    """Fill the database, serve it, and print the table."""
    amount = f"{data.PATIENTS:,} patients, {data.PATIENTS * data.CAPTURES_OF_A_PATIENT:,} captures"
    print(f"Filling the database: {amount} …", file=sys.stderr)
    world = data.fill()
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    connection.close()
    portal = start_portal(name, workers=WORKERS)
    try:
        print(HEAD)
        measure(portal, postmaster, operations(world, data.PASSWORD))
        push(portal, postmaster, world)
    finally:
        stop(portal)


def push(portal: Portal, postmaster: int, world: data.World) -> None:
    """Report how long a message takes to the socket of somebody else."""
    messages = [
        post(f"/api/v1/conversations/{thread}/messages/", token, {"body": "Hello"})
        for thread, token in world.team_conversations * 20
    ][:300]
    job = {"kind": "push", "port": portal.port, "headers": bearer(world.team), "requests": messages}
    report("push: message sent to socket of the team", portal, postmaster, job)
