"""Which processes of a server still live. An id alone proves nothing: ids are reused, and zombies keep theirs."""

import subprocess
import sys
from pathlib import Path

NAME = "postgres"


def living_in(data: Path) -> set[int]:
    """Return the ids of live PostgreSQL processes that work in this data folder."""
    return by_proc(data) if sys.platform == "linux" else by_lsof(data)


def by_proc(data: Path) -> set[int]:
    """Ask Linux. The working folder of a zombie cannot be read, so it does not count."""
    found = set()
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdecimal() and (process / "cwd").readlink() == data and name_of(process) == NAME:
                found.add(int(process.name))
        except OSError:
            continue
    return found


def name_of(process: Path) -> str:
    """Return the name of a process from its folder in /proc."""
    return (process / "comm").read_text().strip()


def by_lsof(data: Path) -> set[int]:
    """Ask macOS and the BSDs."""
    asked = ["lsof", "-a", "-c", NAME, "-d", "cwd", "-Fpn"]
    found, pid = set(), 0
    for line in subprocess.run(asked, capture_output=True, text=True).stdout.splitlines():
        if line.startswith("p"):
            pid = int(line[1:])
        elif line == f"n{data}":
            found.add(pid)
    return found
