"""Every route, every role, every distance: `matrix.txt` says what happens, and leaves nothing out.

A cell reads: `may` (done, or refused for the state of things only), 400 (found wanting before rights were asked),
403 (seen, not allowed), 404 (does not exist for them), 401 or `sign-in` (who are you?), 405 (no such act). After a
deliberate change, write the file anew with `WRITE_MATRIX=1 pytest tests/permissions -n0` and review each changed line.
"""

import json
import os
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.permissions import bodies
from tests.permissions.routes import Route, routes
from tests.permissions.world import ANYWHERE, PLACES, ROLES, World, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FILE = Path(__file__).parent / "matrix.txt"
ALL = list(routes())
seen: dict[tuple[str, str, str], dict[str, str]] = {}


def rows() -> dict[tuple[str, str, str], dict[str, str]]:
    """Read the file: one line for each route, method and place, one word for each role."""
    lines = [line.split() for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    return {(name, method, place): dict(zip(ROLES, cells, strict=True)) for name, method, place, *cells in lines}


def asked_of(route: Route) -> list[tuple[str, str, str]]:
    places = PLACES if route.kind else (ANYWHERE,)
    return [(route.name, method, place) for method in route.methods for place in places]


def word(status: int, address: str) -> str:
    if status in {302, 303} and address.startswith("/accounts/login/"):
        return "sign-in"
    if status in {400, 401, 403, 404, 405, 415, 422, 428}:
        return str(status)
    return "may" if status < 500 else f"FAULT-{status}"


def ask(client: Client, world: World, route: Route, method: str, place: str) -> str:
    """Send a request, to the API with a body of the right shape, and take back whatever it did."""
    path = reverse(route.name, kwargs=world.objects[place][route.kind] if route.kind else _free(route))
    with transaction.atomic():
        if path.startswith("/api/"):
            body = json.dumps(bodies.BODIES.get(route.name, {})) if method != "GET" else ""
            version = f'"{world.versions[place].get(route.kind, 1)}"' if route.kind else "*"
            headers = {"If-Match": version}
            answer = client.generic(method, path, body, content_type="application/json", headers=headers)
        else:
            answer = client.generic(method, path, content_type="application/x-www-form-urlencoded")
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return word(answer.status_code, answer.headers.get("Location", ""))


def _free(route: Route) -> dict[str, str]:
    return {"rest": "nowhere"} if route.name == "api:elsewhere" else {}


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_this_role_as_the_matrix_says(role):
    world = build()
    client = Client(raise_request_exception=False)
    if person := world.people[role]:
        client.force_login(person)
    cookies = client.cookies.output(header="", sep=";")

    found = {}
    for route in ALL:
        for row in asked_of(route):
            client.cookies.clear()
            client.cookies.load(cookies)
            found[row] = ask(client, world, route, row[1], row[2])

    if os.environ.get("WRITE_MATRIX"):
        for row, cell in found.items():
            seen.setdefault(row, {})[role] = cell
        _write()
    expected = {row: cells[role] for row, cells in rows().items()}
    wrong = {row: f"{cell}, expected {expected.get(row)}" for row, cell in found.items() if cell != expected.get(row)}
    assert wrong == {}


def test_the_matrix_names_every_route_and_no_other():
    assert set(rows()) == {row for route in ALL for row in asked_of(route)}


def test_nothing_in_the_matrix_is_a_fault():
    assert "FAULT" not in FILE.read_text()


def _write() -> None:
    head = "# route method place " + " ".join(ROLES)
    lines = [" ".join([*row, *(cells.get(role, "?") for role in ROLES)]) for row, cells in seen.items()]
    FILE.write_text("\n".join([head, *lines]) + "\n")
