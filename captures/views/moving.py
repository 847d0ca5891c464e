"""What a study version touches of what was entered, moving it there, and bringing it back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from captures import permissions, selectors, services
from captures.forms import MoveCaptures, UndoMove
from captures.models import CaptureMove
from edc.accounts.http import user_of
from edc.base.errors import Refused, require
from edc.base.http import form_page
from trials.definition import Difference
from trials.models import Site, StudyVersion
from trials.permissions import can_build_study
from trials.roles import Right
from trials.selectors import sites_with, study_versions_worked_with, version_at


@login_required
@require_safe
def impact(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List the sites that have forms in older versions than this one, and the moves there were."""
    user = user_of(request)
    new = get_object_or_404(study_versions_worked_with(user), pk=pk)
    require(can_build_study(user, new.trial))
    sites = sites_with(user, Right.VIEW_DATA).filter(trial=new.trial)
    context = {
        "study_version": new,
        "trial": new.trial,
        "rows": selectors.older_captures(sites.order_by().values("pk"), new),
        "moves": selectors.moves_visible_to(user).filter(to_version=new)[: selectors.ON_A_PAGE],
    }
    return render(request, "captures/moving/impact.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: UUID, site: UUID, number: int) -> HttpResponse:
    """Show form by form what the version touches of what a site entered in an older one, and move it."""
    user = user_of(request)
    new = get_object_or_404(study_versions_worked_with(user), pk=pk)
    where = get_object_or_404(sites_with(user, Right.VIEW_DATA).filter(trial=new.trial), pk=site)
    old = get_object_or_404(study_versions_worked_with(user), trial=new.trial, number=number)
    require(permissions.can_move_captures(user, where))
    form = MoveCaptures(request.POST or None)
    if form.is_valid():
        try:
            made = services.move_captures(site=where, from_version=old, to_version=new, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"Moved to version {new.number}: {made.moved:,}.")
            return redirect("captures:moved", pk=made.pk)
    return form_page(request, "captures/moving/move.html", _touched(request, where, old, new) | {"form": form})


def _touched(request: HttpRequest, site: Site, old: StudyVersion, new: StudyVersion) -> dict[str, Any]:
    in_force = version_at(site.pk)
    after = _key(request.GET.get("after", ""))
    asides, following = selectors.values_without_place(user_of(request), site, old, new, after=after)
    impacts = selectors.impact_at(site, old, new)
    return {
        "study_version": new,
        "trial": new.trial,
        "old": old,
        "site": site,
        "impacts": [(one, [_words(part) for part in one.differences if part.thing == "Item"]) for one in impacts],
        "total": sum(one.total for one in impacts),
        "asides": asides,
        "next_url": f"?after={following}" if following else "",
        "is_in_force": in_force is not None and in_force.pk == new.pk,
    }


def _words(part: Difference) -> tuple[Difference, str]:
    """Return an item that differs, and how in a line."""
    said = [f"{change.what} {change.old or '–'} → {change.new or '–'}" for change in part.changes]
    return part, "; ".join(said) or part.kind.value.lower()


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def moved(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what a move came to, with the values that it set aside, and undo it."""
    user = user_of(request)
    row = get_object_or_404(selectors.moves_visible_to(user), pk=pk)
    may_undo = row.state == CaptureMove.State.DONE and permissions.can_move_captures(user, row.site)
    if request.method == "POST":
        require(permissions.can_move_captures(user, row.site))
    form = UndoMove(request.POST or None, initial={"version": row.version})
    if form.is_valid():
        try:
            services.undo_move(move=row, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The move is undone: every form is as it was, with every value.")
            return redirect("captures:moved", pk=pk)
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 18):
        raise Http404
    rows, following = selectors.set_aside_by(row, after=int(after))
    context = {
        "move": row,
        "trial": row.trial,
        "form": form,
        "may_undo": may_undo,
        "asides": [
            (one.capture, selectors.words_aside(user_of(request), one.capture, row.from_version).items())
            for one in rows
        ],
        "next_url": f"?after={following}" if following else "",
    }
    return form_page(request, "captures/moving/moved.html", context)
