"""Write where every chain of the audit trail ends, to keep outside of the portal."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from audit import selectors


class Command(BaseCommand):
    help = "Write the last hash of every chain; verify_audit --against FILE holds the trail against it later."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="a file that is not there")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["output"]
        last = ""
        try:
            # A list is never written over; who made one earlier keeps it.
            with path.open("x", encoding="ascii") as file, transaction.atomic():
                for last in selectors.heads():
                    file.write(last)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise CommandError(str(error)) from error
        _, chains, digest = last.split()
        self.stdout.write(f"{int(chains):,} chains; SHA-256 of the list: {digest}")
