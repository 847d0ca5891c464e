"""What an import comes to."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from trials.formats import Problem
from trials.formats.study import Found

MOST_LISTED = 200
NUMBERS = (
    *("sites", "subjects", "captures_new", "captures_changed", "captures_same", "captures_taken_back", "values"),
    *("values_lost", "prompts", "queries", "records"),
)


@dataclass
class Result:
    """How many there are of each, what could not be stored as it came, and whose captures stand against it."""

    numbers: Counter[str] = field(default_factory=Counter)
    found: Found = field(default_factory=Found)
    new_sites: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    def stand_against(self, what: str) -> None:
        """Note a capture that an import may not write."""
        self.numbers["conflicts"] += 1
        if len(self.conflicts) < MOST_LISTED:
            self.conflicts.append(what)

    @property
    def problems(self) -> list[Problem]:
        return self.found.refused + self.found.all_unsupported()

    def as_json(self) -> dict[str, Any]:
        """Return the numbers, and the names of new sites."""
        return {name: self.numbers[name] for name in NUMBERS} | {"new_sites": self.new_sites}
