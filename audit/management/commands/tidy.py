"""Take away sessions and idempotency keys that have served their time; the portal does so itself once a day."""

from typing import Any

from django.core.management.base import BaseCommand

from audit.services import tidy


class Command(BaseCommand):
    help = "Remove sessions that are over and idempotency keys older than a day; nothing of the trail."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = tidy()
        if removed is None:
            self.stdout.write("Another process tidies up already.")
        else:
            self.stdout.write(f"Removed: {', '.join(f'{count} {what}' for what, count in removed.items())}.")
