"""Tidy CSV: a zip with one file for each form and each table in it, the subjects, and a code book.

A row is a filled-in form, or a row of a table; a column is an item. What a cell cannot say (why there is no value, the
unit in which a number was entered) is in a file of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Self
from zipfile import ZIP_DEFLATED, ZipFile

from captures.exports.study import FilledForm, Participant, Study, Version
from edc.base.spreadsheets import MARK, lines_of
from trials.definition import Form, Item, ItemType, Section, place_of, rows_in
from trials.definition.values import amount_of, as_standard, missing_code, reason_of

KEYS = ("subject", "site", "visit", "visit_repeat", "form_repeat", "study_version", "status", "observed_at")
SUBJECTS = ("subject", "site", "disposition", "enrolled_on", "day_one", "arm")
BESIDE = ("file", *KEYS[:5], "row", "item", "value", "unit", "missing", "reason")
BOOK = (
    *("file", "column", "study_version", "item", "type", "question", "unit", "required", "minimum", "maximum"),
    *("choices", "calculation", "condition", "source"),
)
# So much of a table waits in memory while its form is written.
IN_MEMORY = 4_000_000

Row = Sequence[str]


class Tables:
    """Files that a statistician opens as they are."""

    label, suffix, media_type = "Tables (CSV) with a code book", "zip", "application/zip"

    def write(self, study: Study, out: BinaryIO) -> None:
        """Write the archive, one file after the other."""
        with ZipFile(out, "w", ZIP_DEFLATED) as archive, _Part(BESIDE) as beside:
            for version in study.versions:
                for form in version.definition.forms:
                    _write_form(archive, study, version, form, beside)
            _write_subjects(archive, study)
            with archive.open("codebook.csv", "w") as file:
                file.write(MARK + lines_of([BOOK, *_book(study)]))
            beside.into(archive, "beside_values.csv")


class _Part:
    """Lines of a file that waits until the one before it is written."""

    def __init__(self, head: Row) -> None:
        self.file: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- closed by __exit__
        self.file.write(MARK + lines_of([head]))
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()

    def add(self, rows: Sequence[Row]) -> None:
        self.rows += len(rows)
        self.file.write(lines_of(rows))

    def into(self, archive: ZipFile, name: str) -> None:
        """Put the file into the archive, if there are lines in it."""
        if not self.rows:
            return
        self.file.seek(0)
        with archive.open(name, "w", force_zip64=True) as file:
            while piece := self.file.read(1 << 20):
                file.write(piece)


def _write_form(archive: ZipFile, study: Study, version: Version, form: Form, beside: _Part) -> None:
    name, tables = f"{_folder(study, version)}{form.oid}", list(form.groups.values())
    flat = [item for item in form.items.values() if item.type != ItemType.DESCRIPTIVE]
    waiting = {table.oid: _Part((*KEYS, "row", *_columns(table.items))) for table in tables}
    try:
        with archive.open(f"{name}.csv", "w", force_zip64=True) as file:
            file.write(MARK + lines_of([(*KEYS, *_columns(flat))]))
            for participant, filled in study.forms(version, form.oid):
                keys = _keys(participant, filled, version)
                file.write(lines_of([[*keys, *(_cell(item, filled.values.get(item.oid)) for item in flat)]]))
                beside.add(list(_beside(f"{name}.csv", keys, form, filled)))
                for table in tables:
                    waiting[table.oid].add(_rows(table, keys, filled))
                study.rows += 1
                study.values += len(filled.values)
        for table in tables:
            waiting[table.oid].into(archive, f"{name}.{table.oid}.csv")
    finally:
        for part in waiting.values():
            part.file.close()


def _folder(study: Study, version: Version) -> str:
    return f"{version.oid}/" if len(study.versions) > 1 else ""


def _rows(table: Section, keys: Row, filled: FilledForm) -> list[Row]:
    rows = rows_in(filled.values).get(table.oid, [])
    return [
        [*keys, row, *(_cell(item, filled.values.get(place_of(item.oid, table.oid, row))) for item in table.items)]
        for row in rows
    ]


def _columns(items: Any) -> list[str]:
    return [item.oid for item in items]


def _keys(participant: Participant, filled: FilledForm, version: Version) -> list[str]:
    observed = filled.observed.isoformat() if filled.observed else ""
    place = [participant.number, participant.site, filled.visit, str(filled.visit_repeat), str(filled.form_repeat)]
    return [*place, version.oid, filled.status, observed]


def _cell(item: Item, value: Any) -> str:
    """Return a value as one cell: codes side by side, a number in the item's own unit, nothing for none."""
    if value is None or missing_code(value):
        return ""
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, Mapping):
        standard = as_standard(item, value)
        return str(value.get("name", "")) if standard is None else str(standard)
    return str(value)


def _beside(file: str, keys: Row, form: Form, filled: FilledForm) -> Iterator[Row]:
    """Yield what the cells of a form cannot say."""
    tables = rows_in(filled.values)
    places = {item.oid: (item.oid, "") for item in form.items.values()}
    for table in form.groups.values():
        for row in tables.get(table.oid, ()):
            places |= {place_of(item.oid, table.oid, row): (item.oid, row) for item in table.items}
    if filled.not_done:
        yield [file, *keys[:5], "", "", "", "", filled.status, filled.not_done]
    for place, value in filled.values.items():
        if isinstance(value, Mapping) and place in places:
            item, row = places[place]
            unit, code = str(value.get("unit", "")), missing_code(value) or ""
            yield [file, *keys[:5], row, item, amount_of(value), unit, code, reason_of(value)]


def _write_subjects(archive: ZipFile, study: Study) -> None:
    with archive.open("subjects.csv", "w", force_zip64=True) as file:
        file.write(MARK + lines_of([SUBJECTS]))
        for one in study.participants():
            days = [day.isoformat() if day else "" for day in (one.enrolled_on, one.day_one)]
            file.write(lines_of([[one.number, one.site, one.disposition, *days, one.arm]]))


def _book(study: Study) -> Iterator[Row]:
    """Yield what each column of each file means."""
    for version in study.versions:
        folder = _folder(study, version)
        for form in version.definition.forms:
            for section in form.sections:
                file = f"{folder}{form.oid}.{section.oid}.csv" if section.repeating else f"{folder}{form.oid}.csv"
                for item in section.items:
                    if item.type != ItemType.DESCRIPTIVE:
                        yield [file, item.oid, version.oid, *_said(item)]


def _said(item: Item) -> list[str]:
    choices = item.code_list.choices if item.code_list else ()
    ends = [[one.minimum for one in item.ranges if one.minimum], [one.maximum for one in item.ranges if one.maximum]]
    return [
        *(item.name, item.type.value, item.question, item.unit, "yes" if item.required else ""),
        *("; ".join(filter(None, limits)) for limits in ends),
        "; ".join(f"{one.code} = {one.label}" for one in choices),
        *(item.calculation, item.condition, item.source),
    ]
