"""Draw the allowed moves between states into docs/lifecycles.md, from the tables that the services obey."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from captures.services import MOVES as CAPTURE_MOVES
from captures.services import QUERY_MOVES
from captures.services.moving import MOVES as MOVE_MOVES
from patients.services.appointments import MOVES as APPOINTMENT_MOVES
from patients.services.subjects import MOVES as SUBJECT_MOVES
from trials.services.publishing import SUPERSEDING
from trials.services.study import MOVES as STUDY_VERSION_MOVES
from trials.services.trials import APPROVAL
from trials.services.trials import MOVES as TRIAL_MOVES

FILE = Path("docs") / "lifecycles.md"
DRAWN = {
    "Trial": TRIAL_MOVES | {state: TRIAL_MOVES[state] | moves for state, moves in APPROVAL.items()},
    "Study version": STUDY_VERSION_MOVES | {to: STUDY_VERSION_MOVES[to] | then for to, then in SUPERSEDING.items()},
    "Subject": SUBJECT_MOVES,
    "Capture": CAPTURE_MOVES,
    "Data query": QUERY_MOVES,
    "Move of captures between study versions": MOVE_MOVES,
    "Appointment": APPOINTMENT_MOVES,
}


def drawing() -> str:
    """Return the page."""
    parts = ["# Lifecycles\n\nMade by `make diagrams` from the tables of moves in the services.\n"]
    for name, moves in DRAWN.items():
        parts.append(f"## {name}\n\n```mermaid\nstateDiagram-v2\n{_lines(moves)}\n```\n")
    return "\n".join(parts)


def _lines(moves: Mapping[str, frozenset[str]]) -> str:
    return "\n".join(f"    {state} --> {to}" for state in moves for to in sorted(moves[state]))


class Command(BaseCommand):
    help = "Draw docs/lifecycles.md; with --check, fail when it is not what would be drawn."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / FILE
        if not options["check"]:
            path.write_text(drawing())
        elif path.read_text() != drawing():
            raise CommandError(f"{FILE} is out of date: make diagrams")
