"""PostgreSQL for this install: found or started, with its two roles and its address. Nothing here knows Django."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from edc.postgres import home, roles
from edc.postgres.address import connection, given
from edc.postgres.home import Unavailable
from edc.postgres.server import Server, locked

__all__ = ["Unavailable", "connection", "given", "secrets", "start", "stop", "used"]


def secrets() -> dict[str, str]:
    """Return the application's secrets of this install; the first call makes them."""
    return {name: value for name, value in home.all_secrets().items() if name.endswith("_key")}


def embedded() -> Server:
    """Return the embedded server of this install."""
    return Server(home.folder() / "postgres")


def start(*, keep: bool = True) -> None:
    """Make the database ready. `keep`: an embedded server stays when its last user leaves, until `stop`."""
    if given():
        roles.prepare_given()
        return
    server = embedded()
    started = server.start(admin_password=home.all_secrets()["admin_password"])
    kept = server.folder / "kept"
    if keep:
        kept.touch()
    elif started:
        kept.unlink(missing_ok=True)
    roles.prepare_embedded()


def stop() -> None:
    """Stop the embedded server."""
    embedded().stop()


@contextmanager
def used() -> Iterator[None]:
    """Have the database ready while this runs. The last user stops an embedded server that `start` did not keep."""
    if given():
        start()
        yield
        return
    server = embedded()
    server.make_folders()
    users = server.folder / "users"
    try:
        with locked(users, fcntl.LOCK_SH):
            start(keep=False)
            yield
    finally:
        with suppress(BlockingIOError), locked(users, fcntl.LOCK_EX | fcntl.LOCK_NB):
            if not (server.folder / "kept").exists():
                server.stop()
