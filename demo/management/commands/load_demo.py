"""`bin/edc load_demo`: the demo studies and accounts; `--accounts` prints who to sign in as."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from demo import cast
from demo.loading import load_pilot
from demo.walks import load_walks
from edc.base.errors import Refused


class Command(BaseCommand):
    help = "Load the demo studies and make the demo accounts; what is there already stays as it is."
    # The server checks the whole portal; this command needs none of it but the database.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="only print the demo accounts")
        parser.add_argument("--subjects", type=int, help="load only the first so many subjects of the pilot")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["accounts"]:
            self.stdout.write(accounts_table())
            return
        try:
            load_walks(today=timezone.localdate(), tell=self.stdout.write)
            cast.give_passwords()
            load_pilot(most=options["subjects"], tell=self.stdout.write)
        except Refused as refused:
            raise CommandError(str(refused)) from None


def accounts_table() -> str:
    """Return the demo accounts as a table for the terminal: address, role, first thing to try."""
    rows = [
        (account.email, account.role.label if account.role else "Participant", account.first)
        for account in cast.ACCOUNTS
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {email:<{widths[0]}}  {role:<{widths[1]}}  {first}" for email, role, first in rows]
    return "\n".join(["Demo accounts:", *lines, f"The password of each: {cast.PASSWORD}"])
