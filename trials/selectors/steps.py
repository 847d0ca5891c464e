"""The steps in which a draft was built, and what undoing brings back."""

from dataclasses import dataclass
from typing import Any

from trials.models import StudyVersion

# How the trail calls a step back; the number is the version whose document is there again.
BACK_TO = "Undone: back to version "
MOST_STEPS = 500


@dataclass(frozen=True)
class Step:
    """What undoing would undo, and the version and document that it would bring back."""

    what: str
    number: int
    document: dict[str, Any]


def step_before(study_version: StudyVersion) -> Step | None:
    """Return the step that undoing takes back: the last one that was not taken back yet, or None."""
    rows = study_version.history.filter(version__lte=study_version.version).order_by("-version")
    known = {
        number: (digest, reason or "")
        for number, digest, reason in rows.values_list("version", "digest", "history_change_reason")[:MOST_STEPS]
    }
    at = _stands_for(study_version.version, known)
    before = at - 1
    while before in known and known[before][0] == known[at][0]:
        before -= 1
    if at not in known or before not in known:
        return None
    document = study_version.history.filter(version=before).values_list("document", flat=True)[0]
    return Step(known[at][1], before, document)


def _stands_for(number: int, known: dict[int, tuple[str, str]]) -> int:
    """Return the version that made this document: for one that was brought back, the one it was brought back from."""
    while number in known and known[number][1].startswith(BACK_TO):
        number = int(known[number][1].removeprefix(BACK_TO))
    return number
