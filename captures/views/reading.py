"""A capture to read, with its history; to finalise it, and to open it again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from captures import selectors, services
from captures.forms import ReopenForm
from captures.models import DataCapture
from captures.permissions import can_change, can_finalise, can_raise_query
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require

VERSIONS_ON_THE_CAPTURE, VERSIONS_READ = 5, 200
UNPROCESSABLE = 422
Status = DataCapture.Status
CLOSED = (Status.FINALISED, Status.NOT_DONE)


@login_required
@require_safe
def capture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the values of a capture, who entered them and when, and each value's history beside it."""
    user = user_of(request)
    row = get_object_or_404(selectors.captures_at_work(user), pk=pk)
    return _page(request, user, row, ReopenForm(initial={"version": row.version}))


@login_required
@require_POST
def finalise(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Finalise a submitted capture as the investigator."""
    user = user_of(request)
    row = get_object_or_404(selectors.captures_at_work(user), pk=pk)
    accepts = request.POST.get("accept_missing") == "yes"
    try:
        services.finalise_capture(capture=row, version=_version(request), accept_missing=accepts, by=user)
    except services.AnswersMissing as refused:
        return _page(request, user, row, ReopenForm(), missing=refused.names, status=UNPROCESSABLE)
    messages.success(request, "The form is finalised.")
    return redirect("captures:capture", pk=pk)


@login_required
@require_POST
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a finalised capture for correction, with the reason."""
    user = user_of(request)
    row = get_object_or_404(selectors.captures_at_work(user), pk=pk)
    require(can_finalise(user, row))
    form = ReopenForm(request.POST)
    if form.is_valid():
        try:
            services.reopen_capture(capture=row, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
            if row.status != Status.FINALISED:
                # Somebody opened it already: there is no form to show this beside.
                raise
        else:
            messages.success(request, "The form is open again.")
            return redirect("captures:capture", pk=pk)
    return _page(request, user, row, form, status=form.http_status)


def _version(request: HttpRequest) -> int:
    """Return which version the investigator looked at: what they did not see they do not finalise."""
    text = request.POST.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Invalid({"version": ["Open the form and finalise it there."]})
    return int(text)


def _page(
    request: HttpRequest,
    user: User,
    row: DataCapture,
    reopening: ReopenForm,
    *,
    missing: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    versions = selectors.versions_of(row, by=user, most=VERSIONS_READ)
    changes = selectors.changes_by_item(versions)
    queries = selectors.by_place(selectors.queries_of(user, row))
    sections = [
        (
            section,
            [(one, changes.get(one.place, []), queries.pop(one.place, [])) for one in section.answers],
        )
        for section in selectors.answers_of(row, by=user)
    ]
    may_finalise = can_finalise(user, row)
    context: dict[str, Any] = _common(row, "capture") | {
        "sections": sections,
        "versions": versions[:VERSIONS_ON_THE_CAPTURE],
        "more_versions": len(versions) > VERSIONS_ON_THE_CAPTURE,
        "state": selectors.state_of_capture(row),
        "can_change": bool(row.form) and row.status not in CLOSED and can_change(user, row),
        "can_restore": row.status == Status.NOT_DONE and can_change(user, row),
        "can_ask": can_raise_query(user, row),
        # About the whole form, and about what is no longer shown.
        "queries": [line for lines in queries.values() for line in lines],
        "missing": missing,
        "page_has_errors": bool(missing),
        "can_finalise": row.status == Status.SUBMITTED and may_finalise,
        "form": reopening if row.status == Status.FINALISED and may_finalise else None,
    }
    return render(request, "captures/capture.html", context, status=status)


def _common(row: DataCapture, here: str) -> dict[str, Any]:
    """Return what the three pages of a capture share."""
    visit = row.visit_definition
    repeat = f" {row.visit_repeat}" if visit and visit.repeating else ""
    pages = (("Values", "capture"), ("History", "history"), ("Compare versions", "compare"))
    return {
        "capture": row,
        "subject": row.subject,
        "visit_title": f"{visit.name}{repeat}" if visit else "",
        "tabs": [
            {"label": label, "url": reverse(f"captures:{name}", args=[row.pk]), "current": name == here}
            for label, name in pages
        ],
    }


@login_required
@require_safe
def history(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show every version of a capture, field by field, newest first."""
    row = get_object_or_404(selectors.captures_at_work(user_of(request)), pk=pk)
    before = _number(request.GET.get("before")) or row.version + 1
    versions = selectors.versions_of(row, by=user_of(request), before=before)
    context = _common(row, "history") | {
        "source_records": selectors.source_records_of(user_of(request), row) if row.study_import_id else [],
        "versions": versions,
        "is_first": before > row.version,
        "older": versions[-1].number if versions and versions[-1].number > 1 else None,
    }
    return render(request, "captures/history.html", context)


@login_required
@require_safe
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show two versions of a capture side by side."""
    row = get_object_or_404(selectors.captures_at_work(user_of(request)), pk=pk)
    numbers = selectors.version_numbers(row)
    new = _number(request.GET.get("to")) or row.version
    old = _number(request.GET.get("from")) or max(new - 1, 1)
    found = selectors.differences(row, by=user_of(request), old=old, new=new)
    if found is None:
        raise Http404
    everything = request.GET.get("show") == "all"
    context = _common(row, "compare") | {
        "numbers": numbers,
        "old": old,
        "new": new,
        "everything": everything,
        "changed": sum(difference.is_changed for difference in found),
        "differences": [difference for difference in found if everything or difference.is_changed],
    }
    return render(request, "captures/compare.html", context)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
