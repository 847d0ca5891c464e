"""The embedded server starts, whatever was killed and whatever lies around."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from edc import postgres
from edc.postgres import binaries, home, processes
from edc.postgres.server import PORT, Server
from tests.setup.conftest import PASSWORD

pytestmark = pytest.mark.slow
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")


def connect(embedded: Server, password: str = PASSWORD) -> psycopg.Connection:
    address = {"host": str(embedded.socket), "port": PORT, "dbname": "postgres", "user": "postgres"}
    return psycopg.connect(**address, password=password, autocommit=True)


def kill_everything(embedded: Server) -> None:
    while living := processes.living_in(embedded.data):
        for pid in living:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def claim(embedded: Server, pid: int) -> None:
    """Make the lock files of a dead server name this process."""
    socket_lock = embedded.socket / f".s.PGSQL.{PORT}.lock"
    for lock in (embedded.data / "postmaster.pid", socket_lock):
        rest = lock.read_text().split("\n", 1)[1]
        lock.write_text(f"{pid}\n{rest}")


def test_it_starts_once_answers_and_stops(embedded):
    assert embedded.start(admin_password=PASSWORD) is True
    assert embedded.start(admin_password=PASSWORD) is False
    with connect(embedded) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    embedded.stop()

    assert not embedded.answers()
    assert processes.living_in(embedded.data) == set()


def test_stopping_what_does_not_run_is_no_error(embedded, folder):
    embedded.stop()
    Server(folder / "nothing").stop()

    assert not embedded.answers()


def test_a_new_data_folder_is_made_whole_beside_a_half_made_one(folder):
    embedded = Server(folder / "postgres", durable=False)
    embedded.make_folders()
    half = folder / "postgres" / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    embedded.start(admin_password=PASSWORD)

    with connect(embedded) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SELECT lower('ÄÉ')").fetchone() == ("äé",)
    assert not half.exists()


@pytest.fixture
def stranger():
    """A live process that has nothing to do with PostgreSQL."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.fixture
def zombie():
    """A process that has ended and that nobody asked about."""
    process = subprocess.Popen(["true"])
    while "\nState:\tZ" not in Path(f"/proc/{process.pid}/status").read_text():
        time.sleep(0.01)
    yield process
    process.wait()


@pytest.mark.parametrize(
    "kind",
    ["stranger", pytest.param("zombie", marks=pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"))],
)
def test_a_lock_file_that_names_another_process_is_cleared(embedded, kind, request):
    embedded.start(admin_password=PASSWORD)
    kill_everything(embedded)
    other = request.getfixturevalue(kind)
    claim(embedded, other.pid)

    assert embedded.start(admin_password=PASSWORD) is True

    with connect(embedded) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert kind == "zombie" or other.poll() is None


def test_stopping_never_signals_a_stranger(embedded, stranger):
    embedded.start(admin_password=PASSWORD)
    kill_everything(embedded)
    claim(embedded, stranger.pid)

    embedded.stop()

    time.sleep(0.1)
    assert stranger.poll() is None


@pytest.mark.parametrize("victims", ["postmaster", "everything"])
def test_nothing_acknowledged_is_lost_when_it_is_killed_under_a_writer(embedded, victims):
    embedded = Server(embedded.folder, durable=True)
    embedded.start(admin_password=PASSWORD)
    acknowledged = []
    with connect(embedded) as connection:
        connection.execute("CREATE TABLE written (n int)")

    def write() -> None:
        with contextlib.suppress(psycopg.OperationalError), connect(embedded) as connection:
            while True:
                connection.execute("INSERT INTO written VALUES (%s)", [len(acknowledged)])
                acknowledged.append(len(acknowledged))

    writer = threading.Thread(target=write)
    writer.start()
    while len(acknowledged) < 200:
        time.sleep(0.01)
    if victims == "postmaster":
        os.kill(embedded.postmaster(), signal.SIGKILL)
    else:
        kill_everything(embedded)
    assert embedded.start(admin_password=PASSWORD) is True
    writer.join(timeout=10)

    with connect(embedded) as connection:
        found = {n for (n,) in connection.execute("SELECT n FROM written")}
    assert set(acknowledged) <= found


def test_of_eight_starters_one_starts_and_all_are_served(embedded):
    with ThreadPoolExecutor(8) as pool:
        starters = [Server(embedded.folder, durable=False) for _ in range(8)]
        started = list(pool.map(lambda one: one.start(admin_password=PASSWORD), starters))

    assert sorted(started) == [False] * 7 + [True]
    assert embedded.answers()


def test_a_server_whose_socket_was_swept_away_is_restarted(embedded, monkeypatch):
    monkeypatch.setattr("edc.postgres.server.LOST_PATIENCE", 0.2)
    embedded.start(admin_password=PASSWORD)
    (embedded.socket / f".s.PGSQL.{PORT}").unlink()

    assert embedded.start(admin_password=PASSWORD) is True

    assert embedded.answers()


@pytest.fixture
def hung(embedded, monkeypatch):
    """A server that cannot end in order: one of its processes does not get to run."""
    monkeypatch.setattr("edc.postgres.server.STOP_PATIENCE", 1)
    embedded.start(admin_password=PASSWORD)
    with connect(embedded) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
        os.kill(connection.execute(query).fetchone()[0], signal.SIGSTOP)
    return embedded


def test_a_server_that_hangs_at_its_end_is_ended_all_the_same(hung):
    hung.stop()

    assert processes.living_in(hung.data) == set()
    assert hung.start(admin_password=PASSWORD) is True


def test_a_server_that_hung_when_its_last_user_went_is_restarted(hung, monkeypatch):
    monkeypatch.setattr("edc.postgres.server.LOST_PATIENCE", 0.2)
    os.kill(hung.postmaster(), signal.SIGINT)
    while not hung.written_down("stopping"):
        time.sleep(0.01)

    assert hung.start(admin_password=PASSWORD) is True

    assert hung.answers()


def test_a_deep_folder_gets_a_short_private_socket_folder(folder):
    embedded = Server(folder / ("deep" * 20) / ("deeper" * 10) / "postgres", durable=False)
    embedded.folder.parent.mkdir(parents=True)

    embedded.start(admin_password=PASSWORD)

    assert not embedded.socket.is_relative_to(embedded.folder)
    assert embedded.socket.stat().st_mode & 0o777 == 0o700
    connect(embedded).close()
    embedded.stop()
    embedded.socket.rmdir()


def test_a_socket_folder_that_others_may_enter_is_refused(embedded):
    embedded.socket.chmod(0o755)

    with pytest.raises(postgres.Unavailable, match="not a private folder"):
        embedded.start(admin_password=PASSWORD)


def test_data_of_another_version_is_refused_with_the_way_out(embedded):
    (embedded.data / "PG_VERSION").write_text("14\n")

    with pytest.raises(postgres.Unavailable, match=r"made by PostgreSQL 14.*dump > edc.sql.*load < edc.sql") as refused:
        embedded.start(admin_password=PASSWORD)

    assert "\n" not in str(refused.value)


def test_a_moved_folder_starts_at_its_new_place(embedded, folder):
    embedded.start(admin_password=PASSWORD)
    embedded.stop()
    moved = Server(embedded.folder.rename(folder / "it's moved"), durable=False)

    moved.start(admin_password=PASSWORD)

    connect(moved).close()
    moved.stop()
    moved.folder.rename(embedded.folder)


def test_nobody_gets_in_without_the_password(embedded):
    embedded.start(admin_password=PASSWORD)

    for wrong in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            connect(embedded, wrong)
    with connect(embedded) as connection:
        methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert set(methods) == {("scram-sha-256",), ("reject",)}


def test_no_clinical_value_reaches_the_servers_log(embedded):
    embedded.start(admin_password=PASSWORD)

    with connect(embedded) as connection:
        connection.execute("CREATE TABLE known (value text PRIMARY KEY)")
        connection.execute("INSERT INTO known VALUES ('systolic-188')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO known VALUES ('systolic-188')")
    embedded.stop()

    logged = "".join(log.read_text() for log in (embedded.data / "log").iterdir())
    assert "duplicate key" in logged
    assert "systolic-188" not in logged


def test_the_last_user_stops_a_server_that_was_not_asked_to_stay(install, embedded):
    with postgres.used():
        with postgres.used():
            assert embedded.answers()
        assert embedded.answers()
    assert not embedded.answers()

    postgres.start()
    with postgres.used():
        pass

    assert embedded.answers()
    postgres.stop()


@needs_root
def test_root_runs_it_as_an_ordinary_user(embedded):
    embedded.start(admin_password=PASSWORD)

    owner = Path(f"/proc/{embedded.postmaster()}").stat().st_uid
    assert owner == home.server_user().pw_uid != 0


@needs_root
def test_an_ordinary_user_runs_it_as_oneself(folder):
    user = home.server_user()
    os.chown(folder, user.pw_uid, user.pw_gid)
    script = (
        "import os, sys, pathlib, shlex, edc.postgres as postgres\n"
        "os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1]))\n"
        "with postgres.used():\n"
        "    print(postgres.embedded().user, postgres.embedded().answers())\n"
    )
    command = [sys.executable, "-c", script, str(user.pw_uid), str(user.pw_gid)]

    env = os.environ | {"EDC_HOME": str(folder), "PYTHONPATH": str(home.PROJECT)}
    done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("None True\n", "")
    assert {path.stat().st_uid for path in folder.rglob("*")} == {user.pw_uid}


@needs_root
def test_a_closed_parent_folder_stays_closed_and_is_named(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(postgres.Unavailable, match="cannot enter"):
        Server(closed / "install" / "postgres").start(admin_password=PASSWORD)

    assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
def test_programs_in_a_closed_folder_are_copied_and_the_folder_stays_closed(folder):
    user, found = home.server_user(), binaries.find()
    package = found.parents[1]
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for part in (package, *package.parent.glob(f"{package.name}.libs")):
        subprocess.run(["cp", "-a", part, closed / part.name], check=True)
    hidden = closed / found.relative_to(package.parent)
    assert not binaries.runs(hidden, user)

    reached = binaries.within_reach(hidden, user=user, store=folder / "programs")

    assert reached.is_relative_to(folder / "programs")
    assert binaries.runs(reached, user)
    assert closed.stat().st_mode & 0o777 == 0o700
