"""`bin/edc export_study`: write a trial's study and data to a file."""

from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from captures.exports import WRITERS
from captures.services import export_study
from edc.accounts.selectors import person_by_email
from edc.base.errors import Refused
from trials.selectors import trial_by_protocol


class Command(BaseCommand):
    help = "Write a trial's study versions and data to a file (docs/study-exports.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("protocol", help="the protocol number of the trial")
        parser.add_argument("--format", choices=sorted(WRITERS), default="odm")
        parser.add_argument("--as-of", help="the data as they were then, such as 2026-03-01T12:00Z")
        parser.add_argument("--by", help="the e-mail address of who takes it out: with what they may have, no more")
        parser.add_argument("-o", "--output", type=Path, required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        trial = trial_by_protocol(options["protocol"])
        person = person_by_email(options["by"]) if options["by"] else None
        if trial is None or (options["by"] and person is None):
            raise CommandError("There is no such trial, or no such person.")
        as_of, output = self._moment(options["as_of"]), options["output"]
        # Whole or not at all: an export that stops leaves no file that looks like one.
        try:
            with NamedTemporaryFile(dir=output.parent, prefix=".export-", delete=False) as file:
                place = Path(file.name)
                try:
                    told = {"trial": trial, "to": options["format"], "as_of": as_of, "identified": True, "by": person}
                    written = export_study(out=cast("BinaryIO", file), **told)
                    place.replace(output)
                finally:
                    place.unlink(missing_ok=True)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}.") from None
        self.stderr.write(f"{output}: {written.rows:,} forms with {written.values:,} values, SHA-256 {written.sha256}.")

    @staticmethod
    def _moment(text: str | None) -> datetime | None:
        if not text:
            return None
        try:
            moment = parse_datetime(text)
        except ValueError:
            moment = None
        if moment is None:
            raise CommandError(f"{text} is no time: write 2026-03-01T12:00Z.")
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
