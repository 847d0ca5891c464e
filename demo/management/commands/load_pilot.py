"""`bin/edc load_pilot`: load the CDISC pilot study into a demo database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.loading import load_pilot
from edc.base.errors import Refused


class Command(BaseCommand):
    help = "Load the CDISC pilot study (306 subjects) into a demo database; what is there already stays as it is."
    # The server checks the whole portal; this command needs none of it but the database.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subjects", type=int, help="load only the first so many subjects")

    def handle(self, *_args: Any, **options: Any) -> None:
        most = options["subjects"]
        if most is not None and most < 1:
            raise CommandError("--subjects must be 1 or more.")
        try:
            load_pilot(most=most, tell=self.stdout.write)
        except Refused as refused:
            raise CommandError(str(refused)) from None
