"""`python -m edc.postgres start | stop | url | psql … | dump | load | run COMMAND …`: the database of this install.

`dump` writes all of it as SQL, `load` reads that into an empty one; with EDC_DATABASE_ROLE=owner, `psql` is the owner.
"""

import os
import signal
import subprocess
import sys
from types import FrameType

from edc import postgres
from edc.postgres import address, binaries


def client(program: str, arguments: list[str]) -> int:
    """Run a PostgreSQL client against the database, as the application or, for EDC_DATABASE_ROLE=owner, the owner."""
    to = address.owner() if address.as_owner() else address.app()
    names = {"PGHOST": to.host, "PGPORT": to.port, "PGDATABASE": to.name, "PGUSER": to.user, "PGPASSWORD": to.password}
    more = {f"PG{name.upper()}": value for name, value in to.more}
    command = [str(binaries.find() / program), *arguments]
    return subprocess.run(command, env=binaries.environment() | names | more).returncode


def run(command: list[str]) -> int:
    """Run a command while the database is ready, passing on what is asked of us to stop."""
    with postgres.used():
        child = subprocess.Popen(command)

        def pass_on(number: int, _frame: FrameType | None) -> None:
            child.send_signal(number)

        signal.signal(signal.SIGTERM, pass_on)
        signal.signal(signal.SIGHUP, pass_on)
        # Ctrl-C reaches the command by itself; we only have to outlive it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = child.wait()
    return 128 - status if status < 0 else status


def main(arguments: list[str]) -> int:
    """Do what the command line asks; return the exit status."""
    match arguments:
        case ["start"]:
            postgres.start()
        case ["stop"]:
            postgres.stop()
        case ["url"]:
            print((address.owner() if address.as_owner() else address.app()).url())
        case ["psql", *rest]:
            with postgres.used():
                return client("psql", rest)
        case ["dump"]:
            os.environ["EDC_DATABASE_ROLE"] = "owner"
            with postgres.used():
                return client("pg_dump", [])
        case ["load"]:
            os.environ["EDC_DATABASE_ROLE"] = "owner"
            with postgres.used():
                return client("psql", ["--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--no-psqlrc"])
        case ["run", *command] if command:
            return run(command)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except postgres.Unavailable as problem:
        sys.exit(f"edc: {problem}")
