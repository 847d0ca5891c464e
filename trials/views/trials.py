"""The list of trials, and one trial: what it is, where it stands, and the steps of its life."""

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
from edc.base.paging import page_of
from trials import forms, permissions, selectors, services
from trials.models import ClinicalTrial
from trials.roles import Right
from trials.services.trials import APPROVAL, MOVES

ON_A_PAGE = 25
Status = ClinicalTrial.Status
# The way of a trial that nothing interrupts.
LIFE = (Status.DRAFT, Status.IN_REVIEW, Status.APPROVED, Status.ACTIVE, Status.CLOSED, Status.ARCHIVED)
# Where a trial that is interrupted stands on that way.
STANDS_AT = {Status.SUSPENDED: Status.ACTIVE}
STEPS: dict[str, str] = {
    Status.DRAFT: "Send back to draft",
    Status.IN_REVIEW: "Hand in for review",
    Status.ACTIVE: "Make it active",
    Status.SUSPENDED: "Suspend",
    Status.CLOSED: "Close",
    Status.ARCHIVED: "Archive",
}
VIEWS = {"": "Overview", "sites": "Sites", "members": "Members", "study": "Study versions", "history": "History"}


@login_required
@require_safe
def trials(request: HttpRequest) -> HttpResponse:
    """List the trials that this person works in, newest first."""
    user = user_of(request)
    page = page_of(request, selectors.trials_listed(user), by="-created_at", size=ON_A_PAGE)
    context = {
        "page": page,
        "may_create": permissions.can_create_trial(user),
        "may_manage_accounts": user.may_manage_accounts,
    }
    return render(request, "trials/list.html", context)


@login_required
@require_safe
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one view of a trial: ?view= names which."""
    user, trial = _seen(request, pk)
    may_read_history = permissions.can_read_history(user, trial)
    views = {name: label for name, label in VIEWS.items() if name != "history" or may_read_history}
    asked = request.GET.get("view", "")
    view = asked if asked in views else ""
    context = {
        "trial": trial,
        "view": view,
        "tabs": [
            {"label": label, "url": f"?view={name}" if name else request.path, "current": name == view}
            for name, label in views.items()
        ],
        "may_export": selectors.has_right(user, Right.EXPORT_DATA, trial=trial.pk),
        "may_edit": trial.status == Status.DRAFT and permissions.can_manage_trial(user, trial),
        **PARTS[view](request, user, trial),
    }
    return render(request, f"trials/{view or 'overview'}.html", context)


def _overview(_request: HttpRequest, user: User, trial: ClinicalTrial) -> dict[str, Any]:
    at = LIFE.index(Status(STANDS_AT.get(Status(trial.status), trial.status)))
    manages = permissions.can_manage_trial(user, trial)
    return {
        "life": [
            (step.label, "done" if place < at else "here" if place == at else "") for place, step in enumerate(LIFE)
        ],
        "steps": _steps(trial) if manages else [],
        "may_decide": trial.status in APPROVAL and permissions.can_approve_trial(user, trial),
        "approvals": selectors.approvals_of(trial)[:ON_A_PAGE],
        "needs_study": trial.status == Status.APPROVED and not selectors.has_publication(trial.pk),
    }


def _sites(request: HttpRequest, user: User, trial: ClinicalTrial) -> dict[str, Any]:
    rows = selectors.sites_worked_at(user, trial)
    return {
        "page": page_of(request, rows, by="created_at", size=ON_A_PAGE),
        "may_manage": permissions.can_manage_members(user, trial),
    }


def _members(request: HttpRequest, user: User, trial: ClinicalTrial) -> dict[str, Any]:
    rows = selectors.members_of(user, trial)
    return {
        "page": page_of(request, rows, by="-starts_at", size=ON_A_PAGE),
        "may_manage": permissions.can_manage_members(user, trial),
        "may_manage_accounts": user.may_manage_accounts,
        "now": timezone.now(),
    }


def _study(request: HttpRequest, user: User, trial: ClinicalTrial) -> dict[str, Any]:
    rows = selectors.study_versions_worked_with(user).filter(trial=trial).defer("document")
    return {
        "page": page_of(request, rows, by="-created_at", size=ON_A_PAGE),
        "may_build": permissions.can_build_study(user, trial),
    }


def _history(_request: HttpRequest, _user: User, trial: ClinicalTrial) -> dict[str, Any]:
    return {"versions": selectors.versions_of_trial(trial)}


PARTS = {"": _overview, "sites": _sites, "members": _members, "study": _study, "history": _history}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a new trial, in draft."""
    user = user_of(request)
    require(permissions.can_create_trial(user))
    form = forms.NewTrial(request.POST or None)
    if form.is_valid():
        try:
            made = services.create_trial(by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The trial is written, as a draft.")
            return redirect("trials:detail", pk=made.pk)
    return form_page(request, "trials/new.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Rewrite a trial in draft."""
    user, trial = _seen(request, pk)
    require(permissions.can_manage_trial(user, trial))
    form = forms.EditTrial(request.POST or None, trial=trial)
    if form.is_valid():
        try:
            services.change_trial(trial=trial, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "Saved.")
            return redirect("trials:detail", pk=pk)
    return form_page(request, "trials/edit.html", {"form": form, "trial": trial})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move a trial to the next state of its life, with the reason why."""
    user, trial = _seen(request, pk)
    require(permissions.can_manage_trial(user, trial))
    initial = {"to": request.GET.get("to", ""), "version": trial.version}
    form = forms.MoveForm(request.POST or None, steps=lambda: _steps(trial), initial=initial)
    if form.is_valid():
        try:
            moved = services.move_trial(trial=trial, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"The trial is now {moved.get_status_display().lower()}.")
            return redirect("trials:detail", pk=pk)
    return form_page(request, "trials/move.html", {"form": form, "trial": trial})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Decide, as an investigator, on a trial in review."""
    user, trial = _seen(request, pk)
    require(permissions.can_approve_trial(user, trial), "An investigator of the trial who did not write it decides.")
    form = forms.DecideTrial(request.POST or None, initial={"version": trial.version})
    if form.is_valid():
        try:
            decided = services.approve_trial(trial=trial, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(
                request, f"Your decision is kept. The trial is now {decided.get_status_display().lower()}."
            )
            return redirect("trials:detail", pk=pk)
    return form_page(request, "trials/approve.html", {"form": form, "trial": trial})


def _steps(trial: ClinicalTrial) -> list[tuple[str, str]]:
    """Return the next states of a trial, and what going there is called, in the order of its life."""
    return [(to, label) for to, label in STEPS.items() if to in MOVES[trial.status]]


def _seen(request: HttpRequest, pk: UUID) -> tuple[User, ClinicalTrial]:
    user = user_of(request)
    trials_seen = selectors.trials_worked_in(user).select_related("written_by")
    return user, get_object_or_404(trials_seen, pk=pk)
