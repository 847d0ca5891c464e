"""Writers of studies: from a study version and a stream of its data to a file of another system."""

from captures.exports.odm import Snapshot, Transactional
from captures.exports.odm2 import Snapshot2
from captures.exports.study import (
    Act,
    Elsewhere,
    FilledForm,
    Location,
    Participant,
    Person,
    Study,
    Told,
    Version,
    Writer,
)
from captures.exports.tables import Tables

# By the name that commands, pages and the API know them by.
WRITERS: dict[str, Writer] = {
    "odm": Snapshot(),
    "odm-transactional": Transactional(),
    "odm2": Snapshot2(),
    "csv": Tables(),
}

__all__ = [
    "WRITERS",
    "Act",
    "Elsewhere",
    "FilledForm",
    "Location",
    "Participant",
    "Person",
    "Snapshot",
    "Snapshot2",
    "Study",
    "Tables",
    "Told",
    "Transactional",
    "Version",
    "Writer",
]
