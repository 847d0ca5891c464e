"""Sheets of a spreadsheet as rows of texts, from xlsx and from the older xls."""

import io
import warnings
import zipfile
from collections.abc import Iterable
from datetime import datetime, time
from itertools import islice
from typing import Any

import openpyxl
import xlrd

from trials.formats.study import FileRefused
from trials.formats.texts import fit

LARGEST = 32 * 1024**2
MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS = 256 * 1024**2, 20_000, 200

Rows = list[list[str]]


def sheets_of(data: bytes) -> dict[str, Rows]:
    """Return the rows of each sheet by its name in small letters; refuse what is damaged or too big."""
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
                    raise FileRefused("byte 0", "the spreadsheet", "It unpacks to more than can be read.")
        with warnings.catch_warnings():
            # They tell of what a sheet looks like, which nobody asks.
            warnings.simplefilter("ignore")
            return _new(data) if data.startswith(b"PK") else _old(data)
    except FileRefused:
        raise
    except Exception as error:  # noqa: BLE001 -- a damaged spreadsheet breaks its readers in any way
        raise FileRefused("the file", "the spreadsheet", f"It is damaged: {error}.") from None


def _new(data: bytes) -> dict[str, Rows]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        return {
            sheet.title.strip().lower(): [_texts(row) for row in islice(sheet.iter_rows(values_only=True), MOST_ROWS)]
            for sheet in book.worksheets
        }
    finally:
        book.close()


def _old(data: bytes) -> dict[str, Rows]:
    book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO())
    return {
        sheet.name.strip().lower(): [_texts(sheet.row_values(n)) for n in range(min(sheet.nrows, MOST_ROWS))]
        for sheet in (book.sheet_by_index(number) for number in range(book.nsheets))
    }


def _texts(cells: Iterable[Any]) -> list[str]:
    return [_text(cell) for cell in islice(cells, MOST_COLUMNS)]


def _text(cell: Any) -> str:
    """Return what a cell shows; whole numbers without a point, as they were typed."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | time):
        return cell.isoformat()
    return fit(str(cell))
