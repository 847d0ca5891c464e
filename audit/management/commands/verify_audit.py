"""Verify the whole audit trail, or a part of it; ends with status 1 when anything is wrong."""

from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit import selectors
from audit.selectors import NoList, Part, Report

PARTS = {"trial": "trial_id", "site": "site_id", "patient": "patient_id"}


class Command(BaseCommand):
    help = "Recompute every chain of the audit trail and compare the data with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in PARTS:
            parser.add_argument(f"--{name}", type=UUID, metavar="ID", help=f"only what happened to this {name}")
        parser.add_argument(
            "--in-python", action="store_true", help="hash in Python instead of the database: slower, and independent"
        )
        parser.add_argument(
            "--against", type=Path, metavar="FILE", help="also hold the trail against a list that audit_heads made"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        part = next((Part(column, options[name]) for name, column in PARTS.items() if options[name]), None)
        started = monotonic()
        report = selectors.verify(part, in_python=options["in_python"])
        if options["against"]:
            hold_against(options["against"], report)
        heads = f" and {report.heads:,} heads" if options["against"] else ""
        self.stdout.write(
            f"{report.events:,} events in {report.streams:,} chains, {report.rows:,} rows, {report.versions:,} versions"
            f"{heads} in {monotonic() - started:.1f} s: {'whole' if report.is_whole else 'BROKEN'}"
        )
        for fault in report.faults:
            self.stderr.write(fault)
        if not report.is_whole:
            raise CommandError(f"{len(report.faults)} faults.", returncode=1)


def hold_against(path: Path, report: Report) -> None:
    """Add to the report what the list of heads in this file has and the trail has not."""
    try:
        with path.open(encoding="ascii", errors="replace") as lines:
            selectors.verify_heads(report, lines)
    except (OSError, NoList) as error:
        raise CommandError(f"{path}: {error}") from error
