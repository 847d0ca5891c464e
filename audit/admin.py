"""Records in the Django admin: the trail as the database wrote it; the audit page has it in words."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.models import AuditLog
from audit.permissions import can_read_trail
from audit.selectors import reach_of
from edc.accounts.models import User
from edc.base.admin import Records


@admin.register(AuditLog)
class Events(Records):
    list_display = ("created_at", "action", "entity_type", "field", "actor_role", "source", "reason")
    list_filter = ("source", "entity_type")
    ordering = ("-created_at", "-id")
    fields = (
        *("created_at", "action", "entity_type", "entity_id", "entity_version", "field", "actor_role", "source"),
        *("request_id", "trial_id", "site_id", "subject_id", "reason", "stream", "sequence"),
    )

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        condition, parameters = reach_of(user).everything()
        return rows.extra(where=[condition], params=parameters)  # noqa: S610 -- ours

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = request.user
        return isinstance(user, User) and can_read_trail(user)
