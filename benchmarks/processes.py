"""CPU time of a process and all below it, from /proc: what the server and PostgreSQL cost, the load's own left out."""

import os
from collections import defaultdict
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int) -> float:
    """Return user and system seconds of the process and its descendants, those that ended included."""
    children: dict[int, list[int]] = defaultdict(list)
    spent: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            children[int(fields[1])].append(int(folder.name))
            spent[int(folder.name)] = sum(int(ticks) for ticks in fields[11:15])
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        total += spent.get(pid, 0)
        waiting += children[pid]
    return total / TICK
