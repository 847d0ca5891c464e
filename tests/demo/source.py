"""Compare what the database holds with the source files."""

from collections import Counter, defaultdict
from decimal import Decimal

from captures.models import DataCapture
from demo import mapping, study

FILES = ("dm", "vs", "ae", "ec", "ds")
# Numbers whose zeros in front the portal does not keep.
NUMBERS = {"IT.HEIGHT_VSORRES", "IT.WEIGHT", "IT.TEMP", "SYS_BP", "DIA_BP", "PULSE"}


def plain(row):
    """Return a row so that equal contents compare equal, however a number is padded."""
    return tuple(sorted((name, Decimal(cell) if cell and name in NUMBERS else cell) for name, cell in row.items()))


def rebuilt():
    """Return the rows that the pilot's captures in the database come from, counted by file."""
    by_subject = defaultdict(list)
    rows = DataCapture.objects.filter(trial__protocol_number=study.PROTOCOL).select_related("subject")
    for row in rows:
        place = (row.visit, row.visit_repeat, row.form, row.form_repeat)
        by_subject[row.subject.number].append(mapping.Capture(row.subject.number, *place, row.data, day=""))
    counted = {file: Counter() for file in FILES}
    for captures in by_subject.values():
        for file, found in mapping.rows_of(captures).items():
            counted[file].update(plain(row) for row in found)
    return counted
