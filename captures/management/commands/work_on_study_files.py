"""`bin/edc work_on_study_files`: look at, and bring in, the study files that wait; the portal runs it by itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from captures.services.importing import work_on_next_file
from edc.serve import end_with_parent


class Command(BaseCommand):
    help = "Work on every study file that waits, then end. The portal runs this itself for files that are long."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["with_parent"]:
            end_with_parent()
        while work_on_next_file(now=timezone.now()):
            pass
