"""What is checked of the trail, and what came of it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from audit.triggers import SCOPE

MOST_FAULTS = 100


@dataclass(frozen=True)
class Part:
    """What is checked: everything that happened in one trial, at one site, to one patient or subject."""

    column: str
    id: UUID

    def __post_init__(self) -> None:
        if self.column not in SCOPE:
            raise ValueError(f"The trail has no part {self.column}.")


@dataclass
class Report:
    """How much was checked, and what was wrong, each fault in one line."""

    events: int = 0
    streams: int = 0
    rows: int = 0
    versions: int = 0
    heads: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.faults


def streams_of(part: Part) -> str:
    """Return the statement for the chains that the part touches; its parameter is the part's id."""
    return f"select p.stream from audit_auditlog p where p.{part.column} = %(id)s"  # noqa: S608 -- one of SCOPE


def parameters(part: Part | None) -> dict[str, Any]:
    return {"most": MOST_FAULTS, "id": part.id if part else None}
