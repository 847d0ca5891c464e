"""Bring the permissions of every role's group to what `trials.roles` says; run it after that table changed."""

from typing import Any

from django.core.management.base import BaseCommand

from trials.services import sync_rights


class Command(BaseCommand):
    help = "Give every role's group the rights that the role table says, and take away the others."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = sync_rights()
        self.stdout.write(f"{changed} group{'' if changed == 1 else 's'} changed.")
