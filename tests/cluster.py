"""A throw-away PostgreSQL for one test run: migrated once as the owner, cloned for each worker, gone afterwards."""

import asyncio
import contextlib
import fcntl
import hashlib
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

KNOWN = PROJECT / "var" / "tests"
MOST_KEPT = 6
PACKAGES = ["audit", "trials", "patients", "messaging", "captures", "edc"]
DOORS = {"views", "api", "admin", "consumers", "urls", "pages", "forms", "templatetags"}
WITHOUT_A_SAY = DOORS | {"services", "selectors"}

held_locks: list[IO[str]] = []


class Cluster:
    """The server of this run; its database `edc` is the template of every other."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self.server = server.Server(folder / "postgres", durable=durable)

    def start(self) -> None:
        """Start the server with a migrated database: the one of an earlier run, if nothing that shapes it changed."""
        known = KNOWN / fingerprint()
        if not self.restore(known):
            self.serve()
            owner = os.environ | {"EDC_DATABASE_ROLE": "owner"}
            migrate = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=PROJECT, env=owner, check=True)
            self.server.stop()
            self.keep(known)
        (self.folder / "known").write_text(str(known))
        self.serve()

    def serve(self) -> None:
        self.server.start(admin_password=home.all_secrets()["admin_password"])
        roles.prepare_embedded()

    def restore(self, known: Path) -> bool:
        """Copy what an earlier run kept; return whether there was anything."""
        self.server.make_folders()
        try:
            os.utime(known)
            copy(known / "data", self.server.data)
            copy(known / "secrets.json", self.folder / "secrets.json")
        except (OSError, subprocess.CalledProcessError):
            shutil.rmtree(self.server.data, ignore_errors=True)
            (self.folder / "secrets.json").unlink(missing_ok=True)
            return False
        return True

    def keep(self, known: Path) -> None:
        """Keep the migrated database for later runs, and forget all but the few that were used last."""
        KNOWN.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=KNOWN, prefix="draft-"))
        copy(self.server.data, draft / "data")
        copy(self.folder / "secrets.json", draft / "secrets.json")
        try:
            draft.rename(known)
        except OSError:
            shutil.rmtree(draft)
        by_use = sorted(KNOWN.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in by_use[:-MOST_KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def remove(self) -> None:
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        while held_locks:
            held_locks.pop().close()


def copy(source: Path, target: Path) -> None:
    """Copy files with their owners and modes."""
    if not source.exists():
        raise FileNotFoundError(source)
    subprocess.run(["cp", "-Rp", source, target], check=True, stderr=subprocess.DEVNULL)


def fingerprint() -> str:
    """Return what tells migrated databases apart: every file of ours that has a say in one, and what we stand on."""
    shaping = [PROJECT / "requirements.txt", Path(__file__)]
    for package in PACKAGES:
        files = (PROJECT / package).rglob("*.py")
        shaping += [file for file in files if not WITHOUT_A_SAY & {part.removesuffix(".py") for part in file.parts}]
    total = hashlib.sha256(os.environ.get("EDC_PG_BIN", "").encode())
    for file in sorted(shaping):
        total.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:16]


def migrated() -> Path:
    """Return where the migrated database of this run is kept."""
    return Path((home.folder() / "known").read_text())


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


def close_connections() -> None:
    """Close this thread's database connections: Django keeps others while an event loop counts as running."""
    from django.db import connections

    connections.close_all()
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    connections.close_all()
    asyncio._set_running_loop(loop)
