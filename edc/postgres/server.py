"""A private PostgreSQL server in one folder, reached through a socket only."""

import contextlib
import fcntl
import functools
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from edc.postgres import binaries, home, processes
from edc.postgres.home import Unavailable

PORT = "5432"
ADMIN = "postgres"
# The shortest limit on a socket's path among the systems we run on (macOS), less its closing zero.
LONGEST_SOCKET = 103
PATIENCE = 60.0
# Seconds after which a server is taken down that lost its socket (cleaners of temporary folders) or hangs at its end.
LOST_PATIENCE = 10.0
# Seconds an orderly end may take. (PostgreSQL 18 hangs when it is asked to stop while it recovers from a crash.)
STOP_PATIENCE = 15

CONFIGURATION = """\
include_if_exists = '{data}/postgresql.conf'
hba_file = '{hba}'
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 2GB
work_mem = 8MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'server-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_min_messages = warning
# No clinical value may reach a log: neither the statement nor the detail of an error is written.
log_min_error_statement = panic
log_error_verbosity = terse
"""

# Everybody needs a password, and only the superuser, who prepares the roles, has business in the stock databases.
CONNECTIONS = f"""\
local all {ADMIN} scram-sha-256
local postgres,template1 all reject
local all all scram-sha-256
"""

# For clusters that are thrown away: nothing has to outlive a power cut.
THROW_AWAY = """\
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = 128MB
autovacuum = off
"""


class Server:
    """PostgreSQL in a folder. It outlives its starter; whatever was killed, the next start recovers."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable
        self.data = folder / "data"
        self.user = home.server_user()

    @property
    def socket(self) -> Path:
        """The folder of the socket: ours, or a short one where ours is too deep for a socket."""
        return socket_folder(self.folder)

    def start(self, *, admin_password: str) -> bool:
        """Start the server unless it answers; return whether it had to be started. Others who start wait here."""
        self.make_folders()
        with locked(self.folder / "lock"):
            if self.answers():
                return False
            if self.still_lives():
                return False
            if not self.data.exists():
                self.create(admin_password)
            self.write_configuration()
            self.launch()
            return True

    def stop(self) -> None:
        """Stop the server; clients are disconnected, what they committed is kept."""
        if not self.data.exists():
            return
        with locked(self.folder / "lock"):
            if self.postmaster() in processes.living_in(self.data):
                self.end()

    @functools.cached_property
    def programs(self) -> Path:
        """Return the folder of programs that fit the data and that the server's user can run."""
        version = self.data / "PG_VERSION"
        found = binaries.find(version.read_text().strip() if version.exists() else "")
        return binaries.within_reach(found, user=self.user, store=self.folder / "programs")

    def answers(self) -> bool:
        """Return whether the server takes connections."""
        if not (self.socket / f".s.PGSQL.{PORT}").exists():
            return False
        return self.attempt(self.programs / "pg_isready", "-q", "-h", self.socket, "-p", PORT).returncode == 0

    def make_folders(self) -> None:
        """Make our folders; refuse when the server's user could not enter them."""
        home.make_folder(self.folder.parent)
        home.make_folder(self.folder, mode=0o711 if self.user else 0o700)
        home.make_folder(self.folder / "programs", mode=0o711)
        home.make_folder(self.socket, mode=0o700, owner=self.user)
        found, server_id = self.socket.lstat(), self.user.pw_uid if self.user else os.geteuid()
        if self.socket.is_symlink() or found.st_uid != server_id or found.st_mode & 0o077:
            raise Unavailable(f"{self.socket} is not a private folder of the user who runs PostgreSQL. Remove it.")
        if self.user and self.attempt("/usr/bin/env", "test", "-x", self.socket).returncode:
            raise Unavailable(
                f"User `{self.user.pw_name}`, who runs PostgreSQL for root, cannot enter {self.folder}."
                " Set EDC_HOME to a folder that others may enter."
            )

    def create(self, admin_password: str) -> None:
        """Make the data folder beside its place and move it there, so that it is there whole or not at all."""
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        home.make_folder(draft, mode=0o700, owner=self.user)
        if binaries.major(self.programs) >= 17:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        else:
            locale = ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
        with tempfile.NamedTemporaryFile("w", dir=self.socket) as password:
            password.write(admin_password)
            password.flush()
            if self.user:
                os.chown(password.name, self.user.pw_uid, self.user.pw_gid)
            self.run(
                *(self.programs / "initdb", "-D", draft, "-U", ADMIN, f"--pwfile={password.name}"),
                *("--auth=scram-sha-256", "-E", "UTF8", *locale),
                *([] if self.durable else ["--no-sync"]),
            )
        draft.rename(self.data)

    def write_configuration(self) -> None:
        """Write the server's settings and who may connect: passwords only, through the socket only."""
        hba = self.folder / "pg_hba.conf"
        hba.write_text(CONNECTIONS)
        names = {"data": quoted(self.data), "hba": quoted(hba), "socket": quoted(self.socket), "port": PORT}
        text = CONFIGURATION.format(**names) + ("" if self.durable else THROW_AWAY)
        (self.folder / "postgresql.conf").write_text(text)
        for path in (hba, self.folder / "postgresql.conf"):
            path.chmod(0o644)

    def still_lives(self) -> bool:
        """Return True once a server that is starting answers, or False once nothing of a dead one is left."""
        socket = self.socket / f".s.PGSQL.{PORT}"
        end = time.monotonic() + PATIENCE
        while living := processes.living_in(self.data):
            if self.answers():
                return True
            if time.monotonic() > end:
                raise Unavailable(f"A PostgreSQL in {self.data} runs but does not answer (process {min(living)}).")
            is_lost = not socket.exists() or self.written_down("stopping")
            if is_lost and self.postmaster() in living and time.monotonic() > end - PATIENCE + LOST_PATIENCE:
                self.end()
            time.sleep(0.05)
        for leftover in (self.data / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
            leftover.unlink(missing_ok=True)
        return False

    def end(self) -> None:
        """End the server: in order, or, where that hangs, at once, which costs a recovery at the next start."""
        ending = (self.programs / "pg_ctl", "-D", self.data, "-w", "-m")
        if self.attempt(*ending, "fast", "-t", STOP_PATIENCE, "stop").returncode and self.postmaster():
            self.run(*ending, "immediate", "-t", int(PATIENCE), "stop")
        # pg_ctl looks at the postmaster's file only: its processes may take a moment longer.
        end = time.monotonic() + PATIENCE
        while processes.living_in(self.data) and time.monotonic() < end:
            time.sleep(0.05)

    def written_down(self, state: str) -> bool:
        """Return whether the server wrote down that it is in this state."""
        with contextlib.suppress(OSError):
            return (self.data / "postmaster.pid").read_text().rstrip().endswith(state)
        return False

    def postmaster(self) -> int:
        """Return the process id the server wrote down, or 0."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().split()[0])
        return 0

    def launch(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c config_file={shlex.quote(str(self.folder / 'postgresql.conf'))}"
        log = self.data / "start.log"
        done = self.attempt(
            *(self.programs / "pg_ctl", "-D", self.data, "-l", log, "-o", options, "-w", "-t", int(PATIENCE), "start"),
            quiet=True,
        )
        if done.returncode:
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            reason = next((line for line in reversed(lines) if "FATAL" in line or "PANIC" in line), "no reason given")
            raise Unavailable(f"PostgreSQL does not start: {reason.strip()} (more in {self.data})")

    def run(self, *command: object) -> None:
        """Run a program as the server's user."""
        done = self.attempt(*command)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            raise Unavailable(f"{Path(str(command[0])).name} failed: {lines[-1]}")

    def attempt(self, *command: object, quiet: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a program as the server's user. `quiet`: it leaves a server behind that would hold our pipes open."""
        output = subprocess.DEVNULL if quiet else subprocess.PIPE
        return subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
            **binaries.as_user(self.user),
        )


def socket_folder(folder: Path) -> Path:
    """Return where the server in `folder` has its socket."""
    ours = folder / "socket"
    if len(os.fsencode(ours / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
        return ours
    return Path(f"/tmp/edc-{os.geteuid()}-{home.digest(folder)}")  # noqa: S108 -- owner and mode are checked at start


def quoted(path: Path) -> str:
    """Return a path for a value between quotes in the server's settings."""
    return str(path).replace("\\", "\\\\").replace("'", "''")


@contextlib.contextmanager
def locked(path: Path, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends."""
    with path.open("a") as file:
        fcntl.flock(file, kind)
        yield
