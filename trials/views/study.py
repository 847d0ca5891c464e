"""One version of a trial's study: what is filled in when, and the steps of its life."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Refused, require
from edc.base.http import form_page
from trials import forms, permissions, selectors, services
from trials.definition.cases import tallies_of
from trials.models import StudyVersion
from trials.services.publishing import PUBLISHABLE
from trials.services.reviewing import IN_MAKING
from trials.services.study import MOVES

Status = StudyVersion.Status
STEPS: dict[str, str] = {
    Status.DRAFT: "Send back to draft",
    Status.IN_REVIEW: "Hand in for review",
    Status.APPROVED: "Approve",
    Status.RETIRED: "Retire: no site uses it any more",
}


@login_required
@require_safe
def study_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a study version: its visits and forms as a matrix, each form with its items."""
    user = user_of(request)
    row = get_object_or_404(selectors.study_versions_worked_with(user), pk=pk)
    study = row.definition
    context = {
        "study_version": row,
        "trial": row.trial,
        "study": study,
        "tallies": tallies_of(study),
        "matrix": [(form, [(visit, visit.form(form.oid)) for visit in study.visits]) for form in study.forms],
        "steps": _steps(user, row),
        "may_build": permissions.can_build_study(user, row.trial),
        **_around(user, row),
    }
    return render(request, "trials/study_version.html", context)


def _around(user: User, row: StudyVersion) -> dict[str, Any]:
    """Return where the version holds, what may be done with it, and what reviewers say about it."""
    reviews = permissions.can_review_study(user, row)
    sites = selectors.sites_worked_at(user, row.trial)
    return {
        "standings": selectors.standings(row.trial_id, sites, at=timezone.now()) if row.published_at else [],
        "may_publish": row.status in PUBLISHABLE and permissions.can_build_study(user, row.trial),
        "earlier": selectors.version_to_compare(user, row),
        "comments": selectors.comments_on(row) if reviews else None,
        "comment_form": forms.CommentForm() if reviews and row.status in IN_MAKING else None,
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move_study_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move a study version to the next state of its life, with the reason why."""
    user = user_of(request)
    row = get_object_or_404(selectors.study_versions_worked_with(user).defer("document"), pk=pk)
    require(permissions.can_build_study(user, row.trial) or permissions.can_approve_study(user, row))
    initial = {"to": request.GET.get("to", ""), "version": row.version}
    form = forms.MoveForm(request.POST or None, steps=lambda: _steps(user, row), initial=initial)
    if form.is_valid():
        try:
            moved = services.move_study_version(study_version=row, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"Version {moved.number} is now {moved.get_status_display().lower()}.")
            return redirect("trials:study_version", pk=pk)
    earlier = selectors.version_to_compare(user, row)
    context = {"form": form, "study_version": row, "trial": row.trial, "earlier": earlier}
    return form_page(request, "trials/move_study_version.html", context)


def _steps(user: User, row: StudyVersion) -> list[tuple[str, str]]:
    """Return the next states that this person may bring the version to, and what going there is called."""
    builds, approves = permissions.can_build_study(user, row.trial), permissions.can_approve_study(user, row)
    allowed = {to: approves if to == Status.APPROVED else builds for to in MOVES[row.status]}
    return [(to, label) for to, label in STEPS.items() if allowed.get(to)]
