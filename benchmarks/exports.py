"""A study taken out in each format, at growing sizes, beside `COPY` of the same values as the limit."""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

from benchmarks.study import VALUES_OF_A_SUBJECT, Study, found, grow
from captures.exports import WRITERS
from edc.postgres import address, home

# The last one is a million values.
SIZES = [int(size) for size in os.environ.get("BENCH_SUBJECTS", "4,40,417").split(",")]
HEAD = "| export | values | seconds | values/s | peak memory MB | file MB |\n|---|---|---|---|---|---|"
COPY = """
copy (select s.number, c.visit, c.visit_repeat, c.form, c.form_repeat, v.key, v.value
    from captures_datacapture c join patients_subject s on s.id = c.subject_id
    cross join jsonb_each_text(c.data) v where c.trial_id = '{trial}') to stdout
"""
# Runs the command in a process of its own, and says how long it took and how much memory it had at most.
MEASURED = """
import resource, sys, time
import django
django.setup()
from django.core.management import call_command
begun = time.perf_counter()
call_command(*sys.argv[1:])
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run(_postmaster: int) -> None:
    """Grow the study, and print what each format costs at each size."""
    study = found()
    print(HEAD)
    for size in SIZES:
        print(f"Growing to {size:,} subjects …", file=sys.stderr)
        grow(study, size)
        values = size * VALUES_OF_A_SUBJECT
        with TemporaryDirectory() as folder:
            _row("COPY", values, *_copied(study, Path(folder) / "copy"))
            for name in WRITERS:
                _row(name, values, *_exported(study, name, Path(folder) / name))


def _row(name: str, values: int, seconds: float, memory: float, size: int) -> None:
    speed = f"{values / seconds:,.0f}"
    shown = f"{memory:,.0f}" if memory else "–"
    print(f"| {name} | {values:,} | {seconds:.1f} | {speed} | {shown} | {size / 1e6:.1f} |", flush=True)


def _copied(study: Study, path: Path) -> tuple[float, float, int]:
    begun = time.perf_counter()
    order = COPY.format(trial=study.sites[0].trial_id)
    with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(order) as rows:
        for piece in rows:
            file.write(piece)
    return time.perf_counter() - begun, 0, path.stat().st_size


def _exported(study: Study, name: str, path: Path) -> tuple[float, float, int]:
    order = ["export_study", study.sites[0].trial.protocol_number, "--format", name, "-o", str(path)]
    return *run_measured(order), path.stat().st_size


def run_measured(order: list[str]) -> tuple[float, float]:
    """Run a command of the portal in a process of its own; return its seconds, and the memory it had at most in MB."""
    url = address.embedded(address.APP, home.all_secrets()["app_password"], connection.settings_dict["NAME"]).url()
    command, env = [sys.executable, "-c", MEASURED, *order], os.environ | {"DATABASE_URL": url}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env, cwd=home.PROJECT)
    seconds, memory = done.stdout.splitlines()[-1].split()
    return float(seconds), int(memory) / 1024
