"""What the pages of study building share: the draft, its frame, and saving one edit."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from edc.accounts.http import user_of
from edc.base.errors import Refused, require
from trials import permissions, selectors, services
from trials.definition import ItemType
from trials.definition.editing import Document, name_of, rows_of, where_is
from trials.forms.build import BuildForm
from trials.models import StudyVersion

View = Callable[[HttpRequest, StudyVersion], HttpResponse]
MOST_REMARKS = 50
TABS = (
    ("trials:build", "Visits and forms"),
    ("trials:build_checks", "Checks"),
    ("trials:build_code_lists", "Code lists"),
)


def building(view: View) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """Open the page for who builds the study, with the draft; what is no draft is shown as it is."""

    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request: HttpRequest, pk: UUID) -> HttpResponse:
        row = get_object_or_404(selectors.study_versions_worked_with(user_of(request)), pk=pk)
        require(permissions.can_build_study(user_of(request), row.trial))
        if row.status != StudyVersion.Status.DRAFT:
            messages.info(request, "Only a draft can be changed. Copy this version into a new draft to go on from it.")
            return redirect("trials:study_version", pk=pk)
        return view(request, row)

    return page


def frame(request: HttpRequest, row: StudyVersion, page: str) -> dict[str, Any]:
    """Return what the frame of each page shows of the draft."""
    document = row.document
    counts = {
        "trials:build_checks": len(document.get("checks", [])),
        "trials:build_code_lists": len(rows_of(document, "code_lists")),
    }
    return {
        "study_version": row,
        "trial": row.trial,
        "study": row.definition,
        "step": selectors.step_before(row),
        "remarks": _remarks(request, row),
        "did": request.GET.get("did", ""),
        "tabs": [
            {"label": label, "url": reverse(name, args=[row.pk]), "current": name == page, "count": counts.get(name, 0)}
            for name, label in TABS
        ],
    }


def _remarks(request: HttpRequest, row: StudyVersion) -> list[tuple[str, str, str]]:
    """Return what reviewers said that is not dealt with: about what, the text, who; on a part's page, of it alone."""
    asked = {request.GET[name] for name in ("item", "check", "list", "visit") if request.GET.get(name)}
    found = []
    for comment in selectors.comments_on(row).filter(resolved_at=None)[:MOST_REMARKS]:
        about = where_is(row.document, comment.path)
        if not asked or about.oid in asked:
            found.append((about.words, comment.text, str(comment.written_by)))
    return found


def save(
    request: HttpRequest, row: StudyVersion, form: BuildForm, edit: Callable[[Document], Any], what: str
) -> StudyVersion | None:
    """Make the edit; where it is refused, show why on the form and return None."""
    try:
        return services.edit_study_version(
            study_version=row, edit=edit, what=what, version=form.cleaned_data["version"], by=user_of(request)
        )
    except Refused as refused:
        form.refuse(refused)
        return None


def part_or_404(row: StudyVersion, kind: str, oid: str) -> dict[str, Any]:
    """Return the part of the draft with this OID."""
    for part in rows_of(row.document, kind):
        if part["oid"] == oid:
            return part
    raise Http404


def address(name: str, row: StudyVersion, anchor: str = "", **asked: Any) -> str:
    """Return the address of a page about this draft."""
    asked = {key: value for key, value in asked.items() if value not in (None, "")}
    query = f"?{urlencode(asked)}" if asked else ""
    return reverse(name, args=[row.pk]) + query + (f"#{anchor}" if anchor else "")


def called(part: dict[str, Any]) -> str:
    """Return what a part is called, short enough for the trail."""
    name = name_of(part)
    return name if len(name) <= 60 else f"{name[:59]}…"


def names_of(row: StudyVersion, form: str, *, visits: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the names that expressions of this form may use, by heading, each with what it stands for."""
    study = row.definition
    own = study.forms_by_oid.get(form)
    found = []
    if own is not None:
        items = [item for item in own.every_item.values() if item.type != ItemType.DESCRIPTIVE]
        found.append((own.name, [(f"[{item.oid}]", item.label) for item in items]))
    if visits and study.visits:
        found.append(("Another visit, before an item of it", [(f"[{one.oid}]", one.name) for one in study.visits]))
    return found
