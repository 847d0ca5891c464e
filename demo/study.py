"""The source files of the demo studies: study version documents and the pilot's published records."""

import csv
import gzip
import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
PILOT = DATA / "cdisc-pilot"
PROTOCOL = "CDISCPILOT01"

FILES = {
    "dm": PILOT / "raw" / "dm_raw.csv.gz",
    "vs": PILOT / "raw" / "vs_raw.csv.gz",
    "ae": PILOT / "raw" / "ae_raw.csv.gz",
    "ec": PILOT / "raw" / "ec_raw.csv.gz",
    "ds": PILOT / "raw" / "ds_raw.csv.gz",
    "sv": PILOT / "sdtm" / "sv.csv.gz",
}

Row = dict[str, str]


@dataclass(frozen=True)
class Records:
    """Everything the source files say about one subject: rows by file, in file order."""

    number: str
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def site(self) -> str:
        return self.number.partition("-")[0]

    @property
    def demographics(self) -> Row:
        return self.rows["dm"][0]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Return the rows of a source file as they are, every cell a text."""
    with gzip.open(FILES[name], "rt", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def subjects() -> tuple[Records, ...]:
    """Return all subjects of the pilot in the order of its demographics file."""
    found: dict[str, Records] = {}
    for row in rows("dm"):
        found[row["PATNUM"]] = Records(row["PATNUM"])
        found[row["PATNUM"]].rows["dm"].append(row)
    for name in ("vs", "ae", "ec", "ds"):
        for row in rows(name):
            found[row["PATNUM"]].rows[name].append(row)
    for row in rows("sv"):
        # USUBJID is PATNUM behind the number of the study's country.
        found[row["USUBJID"].partition("-")[2]].rows["sv"].append(row)
    return tuple(found.values())


def document(folder: str) -> dict[str, Any]:
    """Return the study version document of a demo study."""
    loaded: dict[str, Any] = json.loads((DATA / folder / "study.json").read_text(encoding="utf-8"))
    return loaded
