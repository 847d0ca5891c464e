"""`make demo`: it starts, prints its accounts, survives any kill, and stops what it started."""

import contextlib
import os
import signal
import socket
import subprocess
import urllib.request

import pytest

from edc.postgres import home, processes
from tests import cluster
from tests.browser import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def demo(folder):
    """Start the demo of an install whose tables are made, and give the process once it says it runs."""
    install = cluster.Cluster(folder, durable=True)
    assert install.restore(cluster.migrated())
    env = os.environ | {"EDC_HOME": str(folder), "EDC_ENVIRONMENT": "demo", "SUBJECTS": "2", "PORT": str(free_port())}
    started = []

    def start(**more) -> tuple[subprocess.Popen[str], list[str]]:
        command = ["make", "--no-print-directory", "demo"]
        process = subprocess.Popen(command, env=env | more, cwd=home.PROJECT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if "is running at" in line:
                break
        return process, lines

    start.install = install
    start.url = f"http://127.0.0.1:{env['PORT']}/"
    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def answers(url: str) -> bool:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.status == 200


def offspring(pid: int) -> list[int]:
    """Return the processes below this one, the nearest first."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [child for one in map(int, found) for child in (one, *offspring(one))]


def test_it_recovers_from_any_kill_and_leaves_nothing_behind(demo):
    process, lines = demo()
    assert answers(demo.url)
    assert any("coordinator@demo.example" in line for line in lines)
    for pid in [process.pid, *offspring(process.pid)][:2]:
        os.kill(pid, signal.SIGKILL)
    for pid in processes.living_in(demo.install.server.data):
        # Some end by themselves once their parent is gone.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    process, lines = demo()

    assert answers(demo.url)
    assert not any("of 2 subjects" in line for line in lines), "loaded twice"
    process.send_signal(signal.SIGTERM)
    rest = process.stdout.read()
    process.wait(timeout=30)
    assert "edc: stopped" in rest
    assert processes.living_in(demo.install.server.data) == set()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(demo.url.split(":")[2].rstrip("/")))) != 0


def test_a_taken_port_is_said_before_anything_is_started(demo):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        process, lines = demo(PORT=str(taken.getsockname()[1]))

    assert process.wait(timeout=10) != 0
    assert lines[0].startswith("edc: Port ")
    assert processes.living_in(demo.install.server.data) == set()


@pytest.mark.parametrize(("name", "value"), [("PORT", "http"), ("PORT", "70000"), ("WORKERS", "0")])
def test_a_setting_that_is_no_number_is_named(demo, name, value):
    process, lines = demo(**{name: value})

    assert process.wait(timeout=10) != 0
    assert lines[0] == f"edc: {name} must be a whole number, not '{value}'."
