"""Work that is too long for a request: done by a process of its own, started where something waits.

What waits is a row of the feature that asks for it, written in the transaction that asks: no second table can say
otherwise, and what was asked for is done after a crash too (docs/adr/0005-rows-that-wait.md).
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from django.db import DatabaseError, connections, transaction

log = logging.getLogger(__name__)

# Looked for so often, in seconds, also where nobody announced anything: another process may have taken the request.
EVERY = 15
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"

# One for each kind of work that this process looks after.
_announced: list[threading.Event] = []


def announce() -> None:
    """Say that something waits, once this transaction is there."""
    for announced in _announced:
        transaction.on_commit(announced.set)


def work(command: str, *, waits: Callable[[], bool]) -> None:
    """In the background, run a command of the portal whenever something waits for it."""
    announced = threading.Event()
    _announced.append(announced)

    def run() -> None:
        while True:
            announced.wait(EVERY)
            announced.clear()
            try:
                due = waits()
            except DatabaseError as error:
                log.warning("What waits could not be looked for, and is looked for again: %s", error)
                due = False
            finally:
                connections.close_all()
            if due:
                _run(command)

    threading.Thread(target=run, name=command, daemon=True).start()


def _run(command: str) -> None:
    """Run the command and wait for its end; it ends with us, for we hold its standard input."""
    with subprocess.Popen([sys.executable, str(MANAGE), command, "--with-parent"], stdin=subprocess.PIPE) as process:
        if process.wait() != 0:
            log.warning("%s ended with status %s.", command, process.returncode)
