"""Print which role may do what, as Markdown; `--write` puts it into a file between its markers."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trials.roles import RIGHTS, Right, Role

START, END = "<!-- role-table -->", "<!-- /role-table -->"


def role_table() -> str:
    """Return one row for each right and one column for each role."""
    rows = ["| | " + " | ".join(role.label for role in Role) + " |", "|---|" + ":-:|" * len(Role)]
    for right in Right:
        marks = ("✓" if right in RIGHTS[role] else "" for role in Role)
        rows.append(f"| {right.label} | " + " | ".join(marks) + " |")
    return "\n".join(rows)


def with_table(text: str) -> str:
    """Return the text with the table between its markers; raises ValueError where they are missing."""
    before, _, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"There is no {START} … {END}.")
    return f"{before}{START}\n{role_table()}\n{END}{after}"


class Command(BaseCommand):
    help = "Print which role may do what, as a Markdown table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the markers of this file")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path | None = options["write"]
        if file is None:
            self.stdout.write(role_table())
            return
        try:
            file.write_text(with_table(file.read_text()))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
