"""The portal as production serves it: connections, restarts of PostgreSQL, and a clean end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from edc import serve
from edc.accounts.models import Session
from tests.browser import start_portal, stop

pytestmark = pytest.mark.slow

PAGE = "/accounts/login/"


def get(portal, path=PAGE) -> int:
    with urllib.request.urlopen(portal.url + path, timeout=20) as answer:
        return answer.status


def backends(*, listening: bool = False) -> list[int]:
    """Return the database connections of the portal that answer requests, or listen for news."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND (query ILIKE 'listen%%') = %s",
            [listening],
        )
        return [pid for (pid,) in cursor.fetchall()]


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(child) for child in found.stdout.split()]


def exists(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return ")" in (stat := Path(f"/proc/{pid}/stat").read_text()) and stat.rsplit(")", 1)[1].split()[0] != "Z"
    return False


def wait_until(fact, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not (found := fact()) and time.monotonic() < end:
        time.sleep(0.05)
    return bool(found)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


@pytest.fixture
def own_portal(transactional_db):
    """Start portals of this test's own; what is left of them ends with it."""
    started = []

    def start(**options):
        started.append(start_portal(connection.settings_dict["NAME"], **options))
        return started[-1]

    yield start
    for portal in started:
        stop(portal)


def test_bursts_of_requests_leave_no_connection_behind(server):
    with ThreadPoolExecutor(12) as pool:
        for _burst in range(4):
            assert set(pool.map(lambda _n: get(server), range(36))) == {200}

            assert len(backends()) <= settings.THREADS


def test_requests_go_on_when_postgresql_drops_every_connection(server):
    assert get(server) == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert {get(server) for _ in range(6)} == {200}


def test_the_server_does_not_say_what_it_is(server):
    with urllib.request.urlopen(server.url + PAGE, timeout=20) as answer:
        assert "Server" not in answer.headers


def test_a_body_over_the_limit_is_refused_before_django(server):
    request = urllib.request.Request(server.url + PAGE, data=b"x" * (settings.LARGEST_BODY + 1))

    with pytest.raises(urllib.error.HTTPError, match="413"):
        urllib.request.urlopen(request, timeout=60)


@pytest.mark.parametrize("how", ["asked", "its parent ended"])
@pytest.mark.parametrize("workers", [1, 2])
def test_it_ends_clean_and_leaves_its_port(own_portal, how, workers):
    portal = own_portal(workers=workers)
    assert get(portal) == 200

    if how == "asked":
        portal.process.terminate()
    else:
        portal.process.stdin.close()

    assert portal.process.wait(timeout=serve.GRACE + 5) in {0, -signal.SIGTERM}
    assert is_free(portal.port)


def test_workers_end_when_the_one_who_watches_over_them_is_killed(own_portal):
    portal = own_portal(workers=2)
    workers = children(portal.process.pid)

    portal.process.kill()

    assert wait_until(lambda: not any(exists(worker) for worker in workers))
    assert is_free(portal.port)


def test_a_killed_worker_is_replaced(own_portal):
    portal = own_portal(workers=2)
    victim = children(portal.process.pid)[-1]

    os.kill(victim, signal.SIGKILL)

    assert wait_until(lambda: not exists(victim))
    assert {get(portal) for _ in range(6)} == {200}


def test_the_access_log_keeps_no_query(own_portal, capfd):
    portal = own_portal(quiet=False)

    get(portal, PAGE + "?next=/find/Miller/")
    stop(portal)

    logged = capfd.readouterr().err
    assert f'"GET {PAGE} HTTP/1.1" 200' in logged
    assert "Miller" not in logged


def test_it_takes_away_sessions_that_are_over_by_itself(own_portal):
    long_ago = timezone.now() - timedelta(days=2)
    over = Session.objects.create(session_key="over", session_data="", expire_date=long_ago, last_seen_at=long_ago)

    own_portal(workers=2)

    assert wait_until(lambda: not Session.objects.filter(pk=over.pk).exists())


def test_it_leaves_them_to_the_command_where_it_is_told_so(own_portal):
    long_ago = timezone.now() - timedelta(days=2)
    Session.objects.create(session_key="over", session_data="", expire_date=long_ago, last_seen_at=long_ago)

    portal = own_portal(EDC_TIDY_HOURS="0")

    assert {get(portal) for _ in range(6)} == {200}
    assert Session.objects.filter(session_key="over").exists()


def test_it_is_started_by_one_command():
    done = subprocess.run([sys.executable, "-m", "edc.serve", "--help"], capture_output=True, text=True)

    assert done.returncode == 0
    assert "--workers" in done.stdout
