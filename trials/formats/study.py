"""What a reader makes of another system's study file: our document, its records as a stream, and what it left out."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that was not taken over: where it stands, what it is and why, in words for the user."""

    place: str
    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}: {self.reason}"


class FileRefused(ValueError):
    """The file cannot be read as a whole; `problem` says where it broke and why."""

    def __init__(self, place: str, what: str, reason: str) -> None:
        self.problem = Problem(place, what, reason)
        super().__init__(str(self.problem))


@dataclass
class Counts:
    """How many there are in the file, each counted as it is written there."""

    visits: int = 0
    forms: int = 0
    groups: int = 0
    items: int = 0
    code_lists: int = 0
    choices: int = 0
    units: int = 0
    checks: int = 0
    conditions: int = 0
    methods: int = 0
    users: int = 0
    sites: int = 0
    subjects: int = 0
    visit_records: int = 0
    form_records: int = 0
    group_records: int = 0
    values: int = 0
    filled: int = 0
    audit_records: int = 0
    signatures: int = 0
    annotations: int = 0

    def as_json(self) -> dict[str, int]:
        return asdict(self)


@dataclass(slots=True)
class Key:
    """Where a record hangs, each part as the file writes it; None below its level, and for keys that are absent."""

    subject: str
    site: str | None = None
    visit: str | None = None
    visit_repeat: str | None = None
    form: str | None = None
    form_repeat: str | None = None
    group: str | None = None
    group_repeat: str | None = None
    item: str | None = None


@dataclass(slots=True)
class StoredValue:
    """A value of an item.

    `value` is None if the file says that there is none (`is_null`), and "" if it was cleared: what was never entered
    has no record at all. `transaction` is Insert, Update or Upsert; `audit` and `signature` name records by their id.
    """

    subject: str
    site: str | None
    visit: str | None
    visit_repeat: str | None
    form: str | None
    form_repeat: str | None
    group: str | None
    group_repeat: str | None
    item: str
    value: str | None
    is_null: bool = False
    unit: str | None = None
    transaction: str = "Insert"
    audit: str | None = None
    signature: str | None = None
    file_name: str | None = None
    mime_type: str | None = None


@dataclass(slots=True)
class Level:
    """A subject, visit, form or row of a group that the file has, whether or not there are values in it."""

    at: Key
    transaction: str = "Insert"


@dataclass(slots=True)
class Removal:
    """All that was stored at and below `at` is taken back."""

    at: Key


@dataclass(slots=True)
class AuditRecord:
    """Who changed something, when and why. `at` is None for a record that values name by its `id`."""

    at: Key | None
    user: str
    location: str
    time: str
    reason: str = ""
    source: str = ""
    edit_point: str = ""
    id: str | None = None


@dataclass(slots=True)
class Signature:
    """Who signed, when, and by which definition of a signature."""

    at: Key | None
    user: str
    location: str
    time: str
    definition: str = ""
    id: str | None = None


@dataclass(slots=True)
class Annotation:
    """A remark or flag, as (value, type) pairs."""

    at: Key | None
    number: str
    comment: str = ""
    flags: tuple[tuple[str, str], ...] = ()


Record = StoredValue | Level | Removal | AuditRecord | Signature | Annotation


def _nothing() -> Iterator[Record]:
    return iter(())


@dataclass
class StudyFile:
    """A study as one file tells it.

    `document` is a study version, or None where the file has data only; `records` reads the file's data in its own
    order, anew at every call, holding one form at a time. `refused` broke the format's rules and was left out;
    `unsupported` was understood and has no place here. Names by OID: `users`, `sites`, `units`, what signatures mean.
    """

    kind: str
    document: dict[str, Any] | None
    refused: list[Problem] = field(default_factory=list)
    unsupported: list[Problem] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    protocol: str = ""
    study: str = ""
    version: str = ""
    transactional: bool = False
    has_data: bool = False
    users: dict[str, str] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    records: Callable[[], Iterator[Record]] = _nothing

    def values(self) -> Iterator[StoredValue]:
        """Yield the values alone."""
        return (record for record in self.records() if isinstance(record, StoredValue))


@dataclass
class Found:
    """What readers note on their way; what repeats is noted once, with its first place and how often it came."""

    refused: list[Problem] = field(default_factory=list)
    unsupported: list[Problem] = field(default_factory=list)
    told: set[Problem] = field(default_factory=set)
    often: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], str] = field(default_factory=dict)

    def refuse(self, place: str, what: str, reason: str) -> None:
        self.refused.append(Problem(place, what, reason))

    def cannot(self, place: str, what: str, reason: str) -> None:
        problem = Problem(place, what, reason)
        if problem not in self.told:
            self.told.add(problem)
            self.unsupported.append(problem)

    def cannot_often(self, place: str, what: str, reason: str, count: int = 1) -> None:
        """Note something that is listed once, however often it comes."""
        self.often[what, reason] += count
        self.first.setdefault((what, reason), place)

    def all_unsupported(self) -> list[Problem]:
        """Return what has no place here, the repeated ones with their number."""
        repeated = [
            Problem(self.first[key], key[0] if count == 1 else f"{key[0]} ({count} times)", key[1])
            for key, count in self.often.items()
        ]
        return self.unsupported + repeated
