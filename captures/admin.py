"""Records in the Django admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from captures import selectors
from captures.models import CaptureMove, DataCapture, DataQuery, StudyImport
from edc.accounts.http import user_of
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
    exclude = ("entered_by", "submitted_by", "finalised_by", "not_done_by", "source_keys", "set_aside")
    unsaid = ("version", "updated_at", *exclude)

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.captures_visible_to(user).values("pk"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what is shown of a capture, or of a version of one, with the values that this person may see."""
        if obj is not None:
            selectors.as_seen(user_of(request), [obj])
        return super().get_fieldsets(request, obj)

    def set_history_delta_changes(
        self,
        request: HttpRequest,
        historical_records: Any,
        foreign_keys_are_objs: bool = True,  # noqa: FBT001, FBT002 -- as simple-history calls it
    ) -> None:
        """Put beside each version what it changed among the values that this person may see."""
        selectors.as_seen(user_of(request), historical_records)
        super().set_history_delta_changes(request, historical_records, foreign_keys_are_objs)


@admin.register(DataQuery)
class DataQueries(TrackedRecords):
    right = Right.VIEW_DATA.value
    list_display = ("subject", "place", "state", "source", "message", "created_at")
    list_filter = ("state", "source")
    list_select_related = ("subject",)
    search_fields = ("subject__number",)
    date_hierarchy = "created_at"
    # The values stand on the query's page, for those who may see them.
    exclude = ("value", "last_value")
    unsaid = ("version", "updated_at", *exclude)

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.queries_visible_to(user).values("pk"))


@admin.register(CaptureMove)
class CaptureMoves(TrackedRecords):
    right = Right.VIEW_DATA.value
    list_display = ("site", "from_version", "to_version", "state", "moved", "values_set_aside", "created_at")
    list_filter = ("state",)
    list_select_related = ("site", "from_version", "to_version")

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.moves_visible_to(user).values("pk"))


@admin.register(StudyImport)
class StudyImports(TrackedRecords):
    right = Right.VIEW_DATA.value
    list_display = ("file_name", "trial", "state", "looked_at_by", "created_at", "taken_at", "undone_at")
    list_filter = ("state",)
    list_select_related = ("trial", "looked_at_by")
    exclude = ("summary",)
    unsaid = ("version", "updated_at", *exclude)

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=selectors.study_imports_visible_to(user).values("pk"))
