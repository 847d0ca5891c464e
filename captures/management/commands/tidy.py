"""Take away what has served its time: sessions, idempotency keys, unsent entries; the portal does so once a day."""

from typing import Any

from django.core.management.base import BaseCommand

from captures.services import tidy


class Command(BaseCommand):
    help = "Remove ended sessions, old idempotency keys and forgotten unsent entries; nothing of the trail."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = tidy()
        if removed is None:
            self.stdout.write("Another process tidies up already.")
        else:
            self.stdout.write(f"Removed: {', '.join(f'{count} {what}' for what, count in removed.items())}.")
