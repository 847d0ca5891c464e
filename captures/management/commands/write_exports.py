"""`bin/edc write_exports`: write the exports that wait; the portal runs it by itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from captures.services import write_next_export
from edc.serve import end_with_parent


class Command(BaseCommand):
    help = "Write every export that waits, then end. The portal runs this itself when somebody asks for one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["with_parent"]:
            end_with_parent()
        while write_next_export(now=timezone.now()):
            pass
