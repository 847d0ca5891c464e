"""Records in the Django admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from captures import selectors
from captures.models import DataCapture
from edc.accounts.models import User
from edc.base.admin import TrackedRecords
from trials.roles import Right


@admin.register(DataCapture)
class Captures(TrackedRecords):
    right = Right.VIEW_DATA.value
    list_display = ("subject", "visit", "form", "status", "timestamp", "missing_items", "flagged_items")
    list_filter = ("status", "visit", "form")
    list_select_related = ("subject",)
    search_fields = ("subject__number",)
    date_hierarchy = "timestamp"
    # Who did what stands in the versions, where participants have no name.
    exclude = ("entered_by", "submitted_by", "finalised_by", "not_done_by")
    unsaid = ("version", "updated_at", *exclude)

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.captures_visible_to(user).values("pk"))
