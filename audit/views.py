"""The audit page: find, read, take out, verify."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import forms, selectors, services
from audit.models import AuditLog
from audit.permissions import can_export_trail, can_open_sealed, can_read_trail
from audit.selectors import Asked, Place
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import BadRequest, Refused, require
from edc.base.http import form_page

EVENTS_ON_A_PAGE = 50
CHECKS_SHOWN = 10
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@login_required
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    require(can_read_trail(user), "Your role does not allow reading the audit trail.")
    form = forms.TrailFilter(request.GET, user=user)
    context: dict[str, Any] = {"form": form, "chips": form.chips(request.path), "can_export": can_export_trail(user)}
    if form.is_valid():
        before = Place.read(request.GET.get("before", ""))
        page = selectors.page_of_events(user, form.asked(), before=before, limit=EVENTS_ON_A_PAGE)
        context |= {"page": page, "rows": _rows(page.events, user), "is_first": before is None}
        if page.older:
            context["older_url"] = f"?{_query(form.query(), before=str(page.older))}"
        context["newest_url"] = f"?{form.query()}"
        context["export_query"] = form.query()
    return render(request, "audit/log.html", context, status=HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK)


@login_required
@require_safe
def event(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = user_of(request)
    return render(request, "audit/event.html", _event_context(user, pk))


@login_required
@require_POST
def sealed(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the identity that an event holds under seal; the service records that it was read."""
    user = user_of(request)
    context = _event_context(user, pk)
    context["opened"] = services.open_sealed(event=context["event"], by=user)
    return render(request, "audit/event.html", context)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    user = user_of(request)
    to = request.GET.get("format", "csv")
    form = forms.TrailFilter(request.GET, user=user)
    if to not in services.FORMATS or not form.is_valid():
        raise BadRequest("The trail cannot be taken out like this: its filters or its format are not known.")
    pieces = services.export_trail(asked=form.asked(), to=to, by=user)
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[to])
    response["Content-Disposition"] = f'attachment; filename="audit-trail-{timezone.now():%Y%m%dT%H%M%SZ}.{to}"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def integrity(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    require(can_read_trail(user), "Your role does not allow reading the audit trail.")
    form = forms.CheckTrail(request.POST or None, user=user)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            context["report"] = services.check_trail(part=form.cleaned_data["part"], by=user)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The check is done and on record.")
    checks = selectors.page_of_events(user, Asked(action="audit.verified"), limit=CHECKS_SHOWN)
    context["checks"] = _rows(checks.events, user)
    return form_page(request, "audit/integrity.html", context)


def _event_context(user: User, pk: UUID) -> dict[str, Any]:
    events = selectors.with_hashed_text(selectors.events_visible_to(user))
    row: AuditLog = get_object_or_404(events, pk=pk)
    before, after = selectors.neighbours_of(row, among=selectors.events_visible_to(user))
    return {
        "event": row,
        "words": selectors.words_of([row], by=user)[row.pk],
        "before": before,
        "after": after,
        "is_intact": selectors.hash_of(row) == bytes(row.hash),
        "hash": bytes(row.hash).hex(),
        "previous_hash": bytes(row.previous_hash).hex(),
        "can_open": can_open_sealed(user, row),
    }


def _rows(events: list[AuditLog], user: User) -> list[dict[str, Any]]:
    words = selectors.words_of(events, by=user)
    return [{"event": event, "words": words[event.pk]} for event in events]


def _query(given: str, **more: str) -> str:
    return "&".join(part for part in (given, urlencode(more)) if part)
