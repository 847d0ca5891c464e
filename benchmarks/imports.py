"""A study file brought in at growing sizes, beside `COPY` of the same values into a bare table as the limit."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from django.core.management import call_command
from django.db import connection

from benchmarks.exports import COPY, SIZES, run_measured
from benchmarks.study import VALUES_OF_A_SUBJECT, Study, found, grow
from captures.models import DataCapture
from edc.postgres import address, home
from tests import factories

HEAD = "| import | values | seconds | values/s | peak memory MB | file MB |\n|---|---|---|---|---|---|"
TABLE = """
drop table if exists bare;
create table bare (subject text, visit text, visit_repeat int, form text, form_repeat int, item text,
    value text)
"""


def run(_postmaster: int) -> None:
    """Grow the study, take it out as ODM, and print what bringing that into an empty trial costs at each size."""
    study = found()
    print(HEAD)
    for size in SIZES:
        print(f"Growing to {size:,} subjects …", file=sys.stderr)
        grow(study, size)
        values = size * VALUES_OF_A_SUBJECT
        with TemporaryDirectory() as folder:
            _row("COPY", values, *_copied(study, Path(folder) / "copy"))
            _row("ODM", values, *_brought_in(study, Path(folder) / "study.xml", values))


def _row(name: str, values: int, seconds: float, memory: float, size: int) -> None:
    shown = f"{memory:,.0f}" if memory else "–"
    print(f"| {name} | {values:,} | {seconds:.1f} | {values / seconds:,.0f} | {shown} | {size / 1e6:.1f} |", flush=True)


def _copied(study: Study, path: Path) -> tuple[float, float, int]:
    order = COPY.format(trial=study.sites[0].trial_id)
    with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(order) as rows:
        for piece in rows:
            file.write(piece)
    # The portal's own role makes no tables.
    owner = address.embedded(address.OWNER, home.all_secrets()["owner_password"], connection.settings_dict["NAME"])
    with psycopg.connect(owner.url(), autocommit=True) as server:
        server.execute(TABLE)
        begun = time.perf_counter()
        with path.open("rb") as file, server.cursor() as cursor, cursor.copy("copy bare from stdin") as table:
            while piece := file.read(1 << 20):
                table.write(piece)
        return time.perf_counter() - begun, 0, path.stat().st_size


def _brought_in(study: Study, path: Path, values: int) -> tuple[float, float, int]:
    """Bring the study into a trial of its own; that all of it is there is looked at."""
    call_command("export_study", study.sites[0].trial.protocol_number, format="odm", output=path)
    trial = factories.draft_trial()
    by = factories.data_manager_of(trial).email
    seconds, memory = run_measured(["import_study", str(path), "--protocol", trial.protocol_number, "--by", by])
    stored = sum(
        len(data) for data in DataCapture.objects.filter(trial=trial).values_list("data", flat=True).iterator()
    )
    if stored != values:
        sys.exit(f"{stored:,} values of {values:,} are there.")
    return seconds, memory, path.stat().st_size
