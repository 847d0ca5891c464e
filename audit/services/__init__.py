"""Write what is tracked, record acts that change no row, take the trail out, check it; tidy up beside it."""

from audit.services.checking import check_trail, open_sealed
from audit.services.exporting import FORMATS, export_trail
from audit.services.tidying import tidy
from audit.services.writing import change_many, insert_many, locked, once, record, save

__all__ = [
    "FORMATS",
    "change_many",
    "check_trail",
    "export_trail",
    "insert_many",
    "locked",
    "once",
    "open_sealed",
    "record",
    "save",
    "tidy",
]
