"""What writers are given: a study as it is, or was, with its data as a stream."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO, Protocol

from trials.definition import Definition


@dataclass(frozen=True)
class Version:
    """A study version that data of the export were entered under; `since` is when it came into force."""

    oid: str
    name: str
    document: Mapping[str, Any]
    definition: Definition
    since: date


@dataclass(frozen=True)
class Person:
    """Somebody who entered or signed; a participant has no name here."""

    oid: str
    name: str
    role: str


@dataclass(frozen=True)
class Location:
    """A site, or a place that another system told of."""

    code: str
    name: str
    kind: str = "Site"


@dataclass(frozen=True, slots=True)
class Act:
    """Who changed something, when, why and through which door; `as_told` is a time in another system's spelling."""

    user: str
    site: str
    at: datetime
    reason: str = ""
    source: str = ""
    as_told: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What another system told of who did something there, at a place of a form or, with none, at all of it.

    `signature` is the OID of what somebody signed by; without one it is a change.
    """

    act: Act
    place: str = ""
    signature: str = ""


@dataclass
class Elsewhere:
    """Whom, where and by what definition of a signature other systems told of things."""

    people: list[Person] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    meanings: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Participant:
    """A subject under its pseudonym; `arm` only where it may be known."""

    number: str
    site: str
    disposition: str = ""
    enrolled_on: date | None = None
    day_one: date | None = None
    arm: str = ""


@dataclass(slots=True)
class FilledForm:
    """A form of a subject; repeats are numbers as people count them, and keys what another system called them.

    `values` maps places to values as captures store them. In a history it is one change: `removed` are the places whose
    value was taken away, `act` says who did it, and `transaction` is Insert, Update or Remove; or Context, for what
    another system `told` and no more, which may be of a whole visit or subject. `not_done` is why there are no values.
    """

    visit: str
    form: str
    values: Mapping[str, Any]
    visit_repeat: int = 1
    form_repeat: int = 1
    keys: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""
    observed: datetime | None = None
    signature: Act | None = None
    act: Act | None = None
    transaction: str = ""
    removed: tuple[str, ...] = ()
    inserted: frozenset[str] = frozenset()
    told: tuple[Told, ...] = ()
    not_done: str = ""


Entry = tuple[Participant, list[FilledForm]]


def _nobody(_version: Version) -> Iterator[Entry]:
    return iter(())


def _nothing(_version: Version, _form: str) -> Iterator[tuple[Participant, FilledForm]]:
    return iter(())


@dataclass
class Study:
    """A study to be written. The streams read anew at each call, one subject or one form at a time, by subject number.

    `participants` are all subjects; `entries` and `changes` yield each once with its forms, or with their changes in
    the order in which they were made; `forms` yields what was filled in of one form. `rows` and `values` count what was
    written.
    """

    oid: str
    name: str
    made_at: datetime
    versions: list[Version]
    description: str = ""
    as_of: datetime | None = None
    people: list[Person] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    participants: Callable[[], Iterator[Participant]] = lambda: iter(())
    entries: Callable[[Version], Iterator[Entry]] = _nobody
    changes: Callable[[Version], Iterator[Entry]] = _nobody
    forms: Callable[[Version, str], Iterator[tuple[Participant, FilledForm]]] = _nothing
    elsewhere: Callable[[], Elsewhere] = Elsewhere
    rows: int = 0
    values: int = 0


class Writer(Protocol):
    """Writes a study in one format; holds no more of its data than one subject."""

    label: str
    suffix: str
    media_type: str

    def write(self, study: Study, out: BinaryIO) -> None:
        """Write the whole study, counting rows and values in it."""
