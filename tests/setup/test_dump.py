"""The way from one major version of PostgreSQL to the next: dump, move away, load."""

import os
import subprocess
import sys

import pytest

from edc.postgres import binaries, home

pytestmark = pytest.mark.slow


@pytest.fixture
def postgres_cli(folder):
    """Run `python -m edc.postgres` for the install in `folder`."""

    def run(*arguments, text: str = "", **env: str) -> str:
        env = os.environ | {"EDC_HOME": str(folder)} | env
        command = [sys.executable, "-m", "edc.postgres", *arguments]
        done = subprocess.run(command, input=text, env=env, cwd=home.PROJECT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_data_of_an_older_version_comes_along(folder, postgres_cli):
    newest, older = sorted(binaries.candidates(), key=binaries.major, reverse=True)[:2]
    old, new = {"EDC_PG_BIN": str(older)}, {"EDC_PG_BIN": str(newest)}
    table = "CREATE TABLE kept (value text); INSERT INTO kept VALUES ('Ærø')"
    postgres_cli("psql", "-c", table, EDC_DATABASE_ROLE="owner", **old)
    dumped = postgres_cli("dump", **old)

    (folder / "postgres").rename(folder / "moved away")
    postgres_cli("load", text=dumped, **new)

    read = "SELECT value, lower(value), current_user, current_setting('server_version_num')::int / 10000 FROM kept"
    assert postgres_cli("psql", "-Atc", read, **new) == f"Ærø|ærø|edc_app|{binaries.major(newest)}\n"
    assert (folder / "moved away" / "data" / "PG_VERSION").read_text().strip() == str(binaries.major(older))
