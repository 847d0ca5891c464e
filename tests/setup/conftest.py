"""Private PostgreSQL servers for the tests of the set-up itself."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edc.postgres import home
from edc.postgres.server import Server

PASSWORD = "for-this-test-only"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return an empty folder with a short path that the server's user may enter."""
    path = Path(tempfile.mkdtemp(prefix="edc-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    for data in path.rglob("PG_VERSION"):
        if data.parent.name == "data":
            Server(data.parent.parent).stop()
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def _initialised() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="edc-", dir="/tmp"))
    path.chmod(0o711)
    server = Server(path / "postgres", durable=False)
    server.start(admin_password=PASSWORD)
    server.stop()
    yield server.data
    shutil.rmtree(path)


@pytest.fixture
def embedded(folder, _initialised) -> Server:
    """Return a server whose data folder was made by an earlier start, and that is stopped."""
    stopped = Server(folder / "postgres", durable=False)
    stopped.make_folders()
    subprocess.run(["cp", "-Rp", _initialised, stopped.data], check=True)
    return stopped


@pytest.fixture
def install(folder, embedded, monkeypatch) -> Path:
    """Return the folder of another install, whose embedded server is `embedded`."""
    for name in [name for name in os.environ if name.startswith("DATABASE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EDC_HOME", str(folder))
    secrets = home.new_secrets() | {"admin_password": PASSWORD}
    monkeypatch.setattr(home, "new_secrets", lambda: secrets)
    return folder
