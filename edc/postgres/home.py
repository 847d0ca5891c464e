"""Where this install keeps its database and its secrets."""

import base64
import contextlib
import hashlib
import json
import os
import pwd
import secrets as randomness
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


class Unavailable(Exception):
    """PostgreSQL cannot be used. The text says why and what to do, in one line."""


def digest(path: Path) -> str:
    """Return a short name for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def folder() -> Path:
    """Return the folder of this install: EDC_HOME, or `var` in the project, or as root one that others may enter."""
    if configured := os.environ.get("EDC_HOME", "").strip():
        return Path(configured).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib") / f"edc-{digest(PROJECT)}"
    return PROJECT / "var"


def server_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as where we are root, which PostgreSQL refuses; None where we are not."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Unavailable("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as.")


def make_folder(path: Path, *, mode: int = 0o755, owner: pwd.struct_passwd | None = None) -> None:
    """Make a folder with this mode and owner if there is none; never touch one that is there, nor any parent."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
    except FileExistsError:
        return
    except OSError as error:
        raise Unavailable(f"{path} cannot be made ({error.strerror}). Set EDC_HOME to a folder of yours.") from error
    path.chmod(mode)
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def all_secrets() -> dict[str, str]:
    """Return the secrets and database passwords of this install; the first call makes them, in a file only we read."""
    path = folder() / "secrets.json"
    try:
        found: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        write_once(path, json.dumps(new_secrets(), indent=1))
        found = json.loads(path.read_text())
    except OSError as error:
        raise Unavailable(f"{path} cannot be read ({error.strerror}). Set EDC_HOME to a folder of yours.") from error
    return found


def new_secrets() -> dict[str, str]:
    """Return fresh secrets."""
    return {
        "secret_key": randomness.token_urlsafe(50),
        "field_key": base64.b64encode(randomness.token_bytes(32)).decode(),
        "blind_index_key": base64.b64encode(randomness.token_bytes(32)).decode(),
        "admin_password": randomness.token_urlsafe(24),
        "owner_password": randomness.token_urlsafe(24),
        "app_password": randomness.token_urlsafe(24),
    }


def write_once(path: Path, text: str) -> None:
    """Write a private file whole, unless another process was first."""
    make_folder(path.parent)
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Unavailable(
            f"{path.parent} cannot be written ({error.strerror}). Set EDC_HOME to one of yours."
        ) from error
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
