"""Cells that a spreadsheet opens as text or number, and never runs as a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|\.\d+)([eE][+-]?\d{1,3})?\Z")
STARTS_A_FORMULA = frozenset("=+-@")
CONTROL = frozenset("\t\r\n\0")
# The mark by which spreadsheets know UTF-8: it begins the file.
MARK = "\ufeff".encode()


def safe_cell(text: str) -> str:
    """Return the text as it may stand in a CSV file; an apostrophe goes before what would start a formula.

    Full-width signs count as their plain ones; a number keeps its sign.
    """
    if not text or NUMBER.match(text):
        return text
    plain = unicodedata.normalize("NFKC", text).lstrip(" \u00a0")
    if text[0] in CONTROL or (plain and plain[0] in STARTS_A_FORMULA):
        return f"'{text}"
    return text


def lines_of(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows of a CSV file; every cell is safe to open."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()
