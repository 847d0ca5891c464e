"""What every page of records in the Django admin has in common: rows are looked at, and services change them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.paginator import Paginator
from django.db.models import ForeignKey, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from edc.base.errors import Refused

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

MOST_COUNTED = 10_000


def rights_held(request: HttpRequest) -> frozenset[str]:
    """Return the rights that this person holds anywhere, asked once for a request."""
    known: frozenset[str] | None = getattr(request, "rights_held", None)
    if known is None:
        known = import_string(settings.RIGHTS_OF)(request.user)
        request.rights_held = known  # type: ignore[attr-defined]
    return known


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages that count no further than anybody turns them: a large table is not counted whole."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


class Records(ModelAdmin):
    """Rows as they are. Whoever holds `right` anywhere sees those that a selector shows; nobody edits them here."""

    right = ""
    # Whether the first page of the records leads here.
    on_index = True
    actions_on_top = True
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    paginator = BoundedPaginator

    def visible(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Return those of the rows that this person may see."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.visible(super().get_queryset(request), request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.right in rights_held(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return super().get_model_perms(request) if self.on_index else {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ChangesInWords(HistoricalRecordContextHelper):
    """What a version changed, as it reads elsewhere: names, labels, and times in the reader's zone."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        column = self.model._meta.get_field(change.field)
        if value in (None, "") or (isinstance(column, ForeignKey) and value.pk is None):
            return "–"
        if isinstance(value, datetime):
            local = timezone.localtime(value)
            return f"{formats.date_format(local, 'd M Y H:i')} {local.tzname()}"
        if isinstance(value, date):
            return formats.date_format(value, "d M Y")
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if choices := getattr(column, "flatchoices", None):
            return dict(choices).get(value, value)
        return getattr(value, "shown_as", super().prepare_delta_change_value(change, value))


class TrackedRecords(SimpleHistoryAdmin, Records):
    """Rows with every version they had; a version is seen by whoever sees the row."""

    # Columns that say nothing to a reader of versions, or hold what is sealed.
    unsaid: tuple[str, ...] = ("version", "updated_at")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._seen(request, object_id)
        answer: HttpResponse = super().history_view(request, object_id, extra_context)
        return answer

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._seen(request, object_id)
        if request.method not in {"GET", "HEAD"}:
            raise Http404
        answer: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return answer

    def set_history_delta_changes(
        self,
        request: HttpRequest,
        historical_records: Any,
        foreign_keys_are_objs: bool = True,  # noqa: FBT001, FBT002 -- as simple-history calls it
    ) -> None:
        """Put beside each version what it changed."""
        newer = None
        for version in historical_records:
            if newer is not None:
                delta = newer.diff_against(
                    version, excluded_fields=self.unsaid, foreign_keys_are_objs=foreign_keys_are_objs
                )
                helper = self.get_historical_record_context_helper(request, newer)
                newer.history_delta_changes = helper.context_for_delta_changes(delta)
            newer = version

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> ChangesInWords:
        return ChangesInWords(self.model, historical_record)

    def _seen(self, request: HttpRequest, object_id: str) -> None:
        """Answer 404 for a row that this person does not see, so that its versions do not exist either."""
        if self.get_object(request, object_id) is None:
            raise Http404


class Reason(forms.Form):
    reason = forms.CharField(label="Reason", widget=forms.Textarea({"rows": 3}), max_length=500)


def with_reason(title: str, act: Callable[[Any, str, Any], object]) -> Any:
    """Return an admin action that asks for a reason, then calls a service for each chosen row.

    What the service refuses is shown, and the other rows go on.
    """

    def run(records: ModelAdmin, request: HttpRequest, rows: QuerySet[Model]) -> HttpResponse | None:
        form = Reason(request.POST if "reason" in request.POST else None)
        chosen = list(rows)
        if not form.is_valid():
            context = {
                **records.admin_site.each_context(request),
                "title": title,
                "form": form,
                "rows": chosen,
                "opts": records.model._meta,
                "action": request.POST.get("action", ""),
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/reason.html", context)
        for row in chosen:
            try:
                act(row, form.cleaned_data["reason"], request.user)
            except Refused as refused:
                records.message_user(request, f"{row}: {refused}", messages.ERROR)
            else:
                records.message_user(request, f"{row}: done.", messages.SUCCESS)
        return None

    run.__name__ = title.lower().replace(" ", "_")
    run.short_description = title  # type: ignore[attr-defined]
    return run
