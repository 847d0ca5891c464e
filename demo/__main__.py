"""`make demo`: from nothing to the running portal with the demo study, and everything stopped again at the end."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from edc import postgres, serve
from edc.postgres.home import PROJECT

HOST = "127.0.0.1"
PATIENCE = 60.0
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to stop."""


def main() -> int:
    """Run the demo until it is stopped; return the exit status."""
    for number in STOPS:
        signal.signal(number, stopped)
    try:
        port, workers = whole_number("PORT", 8000), whole_number("WORKERS", 1)
        refuse_taken_port(port)
        say(
            "starting PostgreSQL"
            if "DATABASE_URL" not in os.environ
            else "connecting to the PostgreSQL of DATABASE_URL"
        )
        with postgres.used():
            return run(port, workers)
    except Stopped:
        say("stopped")
        return 0
    except postgres.Unavailable as problem:
        say(str(problem))
        return 1


def run(port: int, workers: int) -> int:
    """Make the database ready, serve, and wait."""
    say("collecting the static files and bringing the tables up to date")
    with managing("collectstatic", "--no-input", "--verbosity", "0"):
        manage("migrate", "--verbosity", "0", role="owner")
    say("loading the demo study")
    manage("load_demo", *subjects())
    say("starting the portal")
    with child(serve.command(port=port, workers=workers, host=HOST, quiet=True)) as portal:
        if not answers(portal, port):
            say("the portal did not start; the reason is above")
            return 1
        manage("load_demo", "--accounts")
        say(f"the portal is running at http://{HOST}:{port}/ (stop it with Ctrl-C)")
        status = portal.wait()
    say(f"the portal ended by itself, with status {status}")
    return 1


def manage(*command: str, role: str = "") -> None:
    """Run a management command and wait for it."""
    with managing(*command, role=role):
        pass


@contextlib.contextmanager
def managing(*command: str, role: str = "") -> Iterator[None]:
    """Run a management command beside what else is done here; end with its message if it fails."""
    with child([sys.executable, str(PROJECT / "manage.py"), *command], EDC_DATABASE_ROLE=role) as process:
        yield
        if process.wait():
            raise postgres.Unavailable(f"`{command[0]}` failed; the reason is above.")


@contextlib.contextmanager
def child(command: list[str], **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that ends with us: asked first, then killed. Ctrl-C reaches us alone."""
    env = os.environ | more
    process = subprocess.Popen(command, cwd=PROJECT, env=env, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=serve.GRACE + 5)
        process.kill()
        process.wait()


def answers(portal: subprocess.Popen[bytes], port: int) -> bool:
    """Return whether the portal came up."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and portal.poll() is None:
        connection = http.client.HTTPConnection(HOST, port, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        time.sleep(0.1)
    return False


def refuse_taken_port(port: int) -> None:
    """Say early that somebody else listens where we want to."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            other = f"make demo PORT={port + 1}"
            raise postgres.Unavailable(f"Port {port} is taken ({error.strerror}). Choose another: {other}") from error


def whole_number(name: str, default: int) -> int:
    """Read a number from the environment."""
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65_536:
        raise postgres.Unavailable(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def subjects() -> list[str]:
    """Return how many subjects of the pilot are wanted, where SUBJECTS says so; all of them take a minute."""
    return ["--subjects", str(whole_number("SUBJECTS", 0))] if os.environ.get("SUBJECTS", "").strip() else []


def stopped(_number: int, _frame: FrameType | None) -> NoReturn:
    """Stop everything, once: what follows is not disturbed any more."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def say(text: str) -> None:
    """Tell the person who waits what happens."""
    print(f"edc: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
