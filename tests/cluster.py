"""A throw-away PostgreSQL for one test run: migrated once as the owner, cloned for each worker, gone afterwards."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from edc.postgres import address, home, roles, server

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "edc-test-"
# What a run may see of the developer's environment begins with none of these.
FOREIGN = ("EDC_", "DATABASE_", "PG", "DJANGO_")
KEPT = {"EDC_BROWSER_TESTS", "EDC_CHROMIUM", "EDC_PG_BIN"}


held_locks: list[IO[str]] = []


class Cluster:
    """The server of this run; its database `edc` is the template of every other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = server.Server(folder / "postgres", durable=False)

    def start(self) -> None:
        self.server.start(admin_password=home.all_secrets()["admin_password"])
        roles.prepare_embedded()
        owner = os.environ | {"EDC_DATABASE_ROLE": "owner"}
        migrate = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=PROJECT, env=owner, check=True)

    def remove(self) -> None:
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        while held_locks:
            held_locks.pop().close()


def make_folder() -> Path:
    """Make the folder of this run and hold its lock as long as we live, so that no other run sweeps it away."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=temporary_folder()))
    folder.chmod(0o711)
    lock = (folder / "running").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    held_locks.append(lock)
    return folder


def temporary_folder() -> str | None:
    """Return a folder the server's user can enter."""
    user = home.server_user()
    return "/tmp" if user and not os.access(tempfile.gettempdir(), os.X_OK) else None


def sweep() -> None:
    """Remove what runs that were killed have left behind."""
    for folder in Path(temporary_folder() or tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "running").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Cluster(folder).remove()


def clone(name: str) -> None:
    """Make the database `name` anew from the migrated one, throwing out whoever is connected to it."""
    admin = address.embedded(server.ADMIN, home.all_secrets()["admin_password"], "postgres")
    with roles.connected(admin) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        roles.make_database(connection, name, template=address.DATABASE)
