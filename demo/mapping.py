"""The pilot's published rows as captures and back: every filled cell goes to one place and is rebuilt from it.

Nothing here touches the database. A row with a filled cell that has no place is refused, so nothing is dropped
in silence.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from operator import attrgetter

from demo.columns import NAMED, NUMBER, SUBJECT, TABLES, TEXT, Columns, Values
from demo.study import PROTOCOL, Records, Row, document
from trials.definition import Definition, read_definition

UNSCHEDULED = "UNSCHEDULED"
NOON = "12:00"


@dataclass(frozen=True)
class Capture:
    """One filled-in form as a capture holds it; `day` and `time` (local to the site) are when it was observed."""

    subject: str
    visit: str
    visit_repeat: int
    form: str
    form_repeat: int
    values: Values
    day: str
    time: str = NOON


@cache
def definition() -> Definition:
    """Return the pilot's study version."""
    return read_definition(document("cdisc-pilot"))


@cache
def _visits() -> dict[str, str]:
    """Return visit OIDs by their names, which the files spell in different cases."""
    return {visit.name.casefold(): visit.oid for visit in definition().visits}


# -- vital signs: all rows of a visit make one capture ---------------------------------------------------------------

VITALS = {"STUDY": PROTOCOL, "FORM": "VS", "FORML": "Vital Signs"}
POINTS = {
    "after Lying Down for 5 Minutes": "L5",
    "after Standing for 1 Minute": "S1",
    "after Standing for 3 Minutes": "S3",
}
# The source has a row for each time point, one for the temperature and one for weight and height.
AT_POINT: Columns = {
    "SUBPOS": ("POS", TEXT),
    "SYS_BP": ("SYS", NUMBER),
    "DIA_BP": ("DIA", NUMBER),
    "PULSE": ("PULSE", NUMBER),
}
TEMPERATURE: Columns = {"IT.TEMP": ("VS_TEMP", NUMBER), "IT.TEMP_LOC": ("VS_TEMP_LOC", TEXT)}
BODY: Columns = {"IT.HEIGHT_VSORRES": ("VS_HEIGHT", NUMBER), "IT.WEIGHT": ("VS_WEIGHT", NUMBER)}
VITALS_COLUMNS = [*VITALS, SUBJECT, "INSTANCE", "VTLD", "TMPTC", *AT_POINT, *TEMPERATURE, *BODY]


def _vitals_columns(point: str) -> Columns:
    if not point:
        return TEMPERATURE | BODY
    return {column: (f"VS_{POINTS[point]}_{item}", way) for column, (item, way) in AT_POINT.items()}


def _vitals_values(rows: list[Row]) -> Values:
    """Return the values of one visit's rows, or raise ValueError where a cell has no place or two."""
    values = {"VS_DAT": NAMED.read(rows[0]["VTLD"])}
    for row in rows:
        columns = _vitals_columns(row["TMPTC"])
        expected = {**VITALS, SUBJECT: row[SUBJECT], "VTLD": rows[0]["VTLD"]}
        for column, cell in row.items():
            if not cell or column in {"INSTANCE", "TMPTC"} or expected.get(column) == cell:
                continue
            if column not in columns or columns[column][0] in values:
                raise ValueError(f"VS: column {column} holds {cell!r}, which has no place")
            item, way = columns[column]
            values[item] = way.read(cell)
    return values


def _vitals_rows(values: Values, subject: str, visit_name: str) -> Iterator[Row]:
    """Return the rows that one visit's values came from."""
    groups = [(point, _vitals_columns(point)) for point in POINTS]
    for point, columns in [*groups, ("", TEMPERATURE), ("", BODY)]:
        cells = {column: way.write(values[item]) for column, (item, way) in columns.items() if item in values}
        if cells:
            row = {**VITALS, SUBJECT: subject, "INSTANCE": visit_name, "VTLD": NAMED.write(values["VS_DAT"])}
            yield dict.fromkeys(VITALS_COLUMNS, "") | row | {"TMPTC": point} | cells


# -- all of a subject ------------------------------------------------------------------------------------------------


def _number(name: str) -> str:
    """Return the number of an unscheduled visit, as in Unscheduled 4.1."""
    return name.rpartition(" ")[2]


class _Places:
    """Where a subject's captures go: unscheduled visits and repeated forms are numbered as they come."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.forms: dict[tuple[str, int, str], int] = defaultdict(int)
        names = [row["VISIT"] for row in records.rows["sv"] if row["VISIT"].casefold() not in _visits()]
        numbers = sorted((_number(name) for name in names), key=float)
        self.unscheduled = {number: repeat for repeat, number in enumerate(numbers, 1)}

    def visit(self, name: str) -> tuple[str, int]:
        """Return the visit and its repeat by the name a row gives."""
        if oid := _visits().get(name.casefold()):
            return oid, 1
        return UNSCHEDULED, self.unscheduled[_number(name)]

    def capture(self, visit: tuple[str, int], form: str, values: Values, day: str, time: str = "") -> Capture:
        self.forms[*visit, form] += 1
        repeat = self.forms[*visit, form]
        return Capture(self.records.number, *visit, form, repeat, values, day, time or NOON)


def _visit_records(places: _Places) -> Iterator[Capture]:
    """Return the visits and calls at which the study asks for no more than their date."""
    for row in places.records.rows["sv"]:
        visit = places.visit(row["VISIT"])
        if definition().visits_by_oid[visit[0]].form("SV"):
            number = {"SV_NUMBER": _number(row["VISIT"])} if visit[0] == UNSCHEDULED else {}
            yield places.capture(visit, "SV", {"SV_DAT": row["SVSTDTC"], **number}, row["SVSTDTC"])


def captures_of(records: Records) -> list[Capture]:
    """Return a subject's captures by the day they were observed; raise ValueError where a cell has no place."""
    places = _Places(records)
    captures = list(_visit_records(places))
    vitals: dict[str, list[Row]] = defaultdict(list)
    for row in records.rows["vs"]:
        vitals[row["INSTANCE"]].append(row)
    for name, rows in vitals.items():
        values = _vitals_values(rows)
        captures.append(places.capture(places.visit(name), "VS", values, values["VS_DAT"]))
    for file, table in TABLES.items():
        for row in records.rows[file]:
            values = table.values(row)
            visit = places.visit(row[table.visit_column]) if table.visit_column else (table.visit, 1)
            day, time = values[table.day], values.get(table.time, "")
            captures.append(places.capture(visit, table.form, values, day, time))
    return sorted(captures, key=attrgetter("day"))


def rows_of(captures: list[Capture]) -> dict[str, list[Row]]:
    """Return the source rows of one subject's captures, by file; the inverse of `captures_of`."""
    files = {table.form: file for file, table in TABLES.items()}
    names = {(visit.oid, 1): visit.name for visit in definition().visits}
    for capture in captures:
        if "SV_NUMBER" in capture.values:
            names[capture.visit, capture.visit_repeat] = f"Unscheduled {capture.values['SV_NUMBER']}"
    rows: dict[str, list[Row]] = defaultdict(list)
    for capture in captures:
        name = names[capture.visit, capture.visit_repeat]
        if capture.form == "VS":
            rows["vs"].extend(_vitals_rows(capture.values, capture.subject, name))
        elif file := files.get(capture.form):
            rows[file].append(TABLES[file].row(capture.values, capture.subject, name))
    return rows
