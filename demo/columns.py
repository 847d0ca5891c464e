"""The columns of the pilot's source files, and how each writes its values."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from time import strptime

from demo.study import PROTOCOL, Row

Values = dict[str, str]
SUBJECT = "PATNUM"


@dataclass(frozen=True)
class Way:
    """How a value is written in the source: `read` makes the stored value of a cell, `write` the cell of a value."""

    read: Callable[[str], str]
    write: Callable[[str], str]


def _same(text: str) -> str:
    return text


def _number(cell: str) -> str:
    """Drop the zeros that pad a number in front: 067.0 is 67.0."""
    return re.sub(r"^0+(?=\d)", "", cell)


def _date(pattern: str) -> Way:
    """Return the way of dates written in `pattern`; a lone year is a partial date and stays one."""

    def read(cell: str) -> str:
        return cell if len(cell) == len("2014") else date(*strptime(cell, pattern)[:3]).isoformat()

    def write(value: str) -> str:
        return value if len(value) == len("2014") else date.fromisoformat(value).strftime(pattern)

    return Way(read, write)


TEXT = Way(_same, _same)
NUMBER = Way(_number, _same)
WHOLE = Way(lambda cell: cell.removesuffix(".0"), lambda value: f"{value}.0")
YES_NO = Way({"Yes": "Y", "No": "N"}.__getitem__, {"Y": "Yes", "N": "No"}.__getitem__)
SLASHES, DASHES = _date("%m/%d/%Y"), _date("%m-%d-%Y")
NAMED = _date("%d-%b-%Y")

ARMS = {"Pbo": "Placebo", "Xan_Lo": "Xan Low", "Xan_Hi": "Xan High", "Scrnfail": "Screen Failure"}
Columns = dict[str, tuple[str, Way]]


@dataclass(frozen=True)
class Table:
    """One source file whose rows are captures, one each.

    A column is an item's value (`columns`), the same value in other words (`twins`), the subject number, the visit,
    or a constant that the form itself stands for. `day` and `time` are the items that say when it was observed.
    """

    form: str
    columns: Columns
    constants: Row
    day: str
    time: str = ""
    # The column that names the visit and how this file spells its name; or the one visit that every row belongs to.
    visit_column: str = ""
    spelling: Callable[[str], str] = _same
    visit: str = ""
    twins: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()

    def values(self, row: Row) -> Values:
        """Return the values of a row, or raise ValueError where a filled cell has no place."""
        values = {item: way.read(row[column]) for column, (item, way) in self.columns.items() if row[column]}
        known = {*self.columns, SUBJECT, self.visit_column}
        expected = self.constants | {column: words[values[item]] for column, (item, words) in self.twins.items()}
        for column, cell in row.items():
            if column not in known and cell != expected.get(column, ""):
                raise ValueError(f"{self.form}: column {column} holds {cell!r}, which has no place")
        return values

    def row(self, values: Values, subject: str, visit_name: str) -> Row:
        """Return the row these values came from."""
        cells = {c: way.write(values[item]) if item in values else "" for c, (item, way) in self.columns.items()}
        twins = {column: words[values[item]] for column, (item, words) in self.twins.items()}
        visit = {self.visit_column: self.spelling(visit_name)} if self.visit_column else {}
        return {**self.constants, SUBJECT: subject, **visit, **cells, **twins, **dict.fromkeys(self.empty, "")}


TABLES: dict[str, Table] = {
    "dm": Table(
        form="DM",
        visit="SCREENING_1",
        day="DM_COLDT",
        constants={"STUDY": PROTOCOL},
        twins={"PLANNED_ARM": ("DM_ARM", ARMS), "ACTUAL_ARM": ("DM_ACTARM", ARMS)},
        columns={
            "IT.AGE": ("DM_AGE", WHOLE),
            "IT.SEX": ("DM_SEX", TEXT),
            "IT.ETHNIC": ("DM_ETHNIC", TEXT),
            "IT.RACE": ("DM_RACE", TEXT),
            "COUNTRY": ("DM_COUNTRY", TEXT),
            "PLANNED_ARMCD": ("DM_ARM", TEXT),
            "ACTUAL_ARMCD": ("DM_ACTARM", TEXT),
            "COL_DT": ("DM_COLDT", SLASHES),
            "IC_DT": ("DM_ICDT", SLASHES),
        },
    ),
    "ae": Table(
        form="AE",
        visit="LOG",
        day="AE_DTCOL",
        constants={"STUDY": PROTOCOL, "FOLDER": "AE", "FOLDERL": "Adverse Events"},
        empty=frozenset({"AEPTCD", "AEHLTCD", "AEHLGTCD", "AEBDSYCD", "IT.AEACN"}),
        columns={
            "IT.AETERM": ("AE_TERM", TEXT),
            "AEOUTCOME": ("AE_OUTCOME", TEXT),
            "AELLT": ("AE_LLT", TEXT),
            "AELLTCD": ("AE_LLTCD", WHOLE),
            "AEDECOD": ("AE_DECOD", TEXT),
            "AEHLT": ("AE_HLT", TEXT),
            "AEHLGT": ("AE_HLGT", TEXT),
            "AEBODSYS": ("AE_BODSYS", TEXT),
            "AESOC": ("AE_SOC", TEXT),
            "AESOCCD": ("AE_SOCCD", WHOLE),
            "IT.AESEV": ("AE_SEV", TEXT),
            "IT.AESER": ("AE_SER", YES_NO),
            "IT.AEREL": ("AE_REL", TEXT),
            "AESCAN": ("AE_SCAN", YES_NO),
            "AESCNO": ("AE_SCONG", YES_NO),
            "AEDIS": ("AE_SDISAB", YES_NO),
            "IT.AESDTH": ("AE_SDTH", YES_NO),
            "IT.AESHOSP": ("AE_SHOSP", YES_NO),
            "IT.AESLIFE": ("AE_SLIFE", YES_NO),
            "AESOD": ("AE_SOD", YES_NO),
            "AEDTCOL": ("AE_DTCOL", SLASHES),
            "IT.AESTDAT": ("AE_STDAT", SLASHES),
            "IT.AEENDAT": ("AE_ENDAT", SLASHES),
        },
    ),
    "ec": Table(
        form="EC",
        visit_column="VISITNAME",
        day="EC_STDAT",
        constants={"STUDY": PROTOCOL, "FOLDER": "EC", "FOLDERL": "Exposure as Collected"},
        columns={
            "IT.ECREFID": ("EC_REFID", TEXT),
            "DRUGAD": ("EC_DRUG", TEXT),
            "IT.ECSTDAT": ("EC_STDAT", NAMED),
            "IT.ECENDAT": ("EC_ENDAT", NAMED),
            "IT.ECDSTXT": ("EC_DOSE", TEXT),
            "IT.ECDOSU": ("EC_DOSU", TEXT),
            "DOSFM": ("EC_FORM", TEXT),
            "DOSFRQ": ("EC_FRQ", TEXT),
            "IT.ECROUTE": ("EC_ROUTE", TEXT),
        },
    ),
    "ds": Table(
        form="DISC1",
        visit_column="INSTANCE",
        spelling=str.title,
        day="DS_DTCOL",
        time="DS_TMCOL",
        # SITENM holds the study's name in every row, not a site's.
        constants={"STUDY": PROTOCOL, "SITENM": "CDISCPILOT", "FORM": "DISC1", "FORML": "Subject Disposition"},
        columns={
            "IT.DSTERM": ("DS_TERM", TEXT),
            "IT.DSDECOD": ("DS_DECOD", TEXT),
            "OTHERSP": ("DS_OTHER", TEXT),
            "DSDTCOL": ("DS_DTCOL", DASHES),
            "DSTMCOL": ("DS_TMCOL", TEXT),
            "IT.DSSTDAT": ("DS_STDAT", DASHES),
            "DEATHDT": ("DS_DEATHDT", SLASHES),
        },
    ),
}
