"""Who does what in a trial: roles are given and ended by its administrators."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from edc.accounts.http import user_of
from edc.accounts.selectors import staff_for_roles
from edc.base.errors import Refused, require
from edc.base.http import form_page
from trials import forms, permissions, selectors, services
from trials.models import ClinicalTrial


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give an approved account a role in the trial."""
    user = user_of(request)
    trial: ClinicalTrial = get_object_or_404(selectors.trials_worked_in(user), pk=pk)
    require(permissions.can_manage_members(user, trial))
    people, sites = staff_for_roles(user), selectors.sites_worked_at(user, trial)
    initial = {"email": request.GET.get("email", "")}
    form = forms.GrantMembership(request.POST or None, people=people, sites=sites, initial=initial)
    if form.is_valid():
        try:
            made = services.grant_membership(trial=trial, by=user, **form.granted)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{made.user} is now {made.get_role_display().lower()}.")
            return redirect(members_of(trial.pk))
    return form_page(request, "trials/grant.html", {"form": form, "trial": trial})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_membership(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a role now, with the reason why."""
    user = user_of(request)
    membership = get_object_or_404(selectors.memberships_visible_to(user), pk=pk)
    require(permissions.can_manage_members(user, membership.trial))
    form = forms.EndMembership(request.POST or None, initial={"version": membership.version})
    if form.is_valid():
        try:
            services.end_membership(membership=membership, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{membership.user} is no longer {membership.get_role_display().lower()}.")
            return redirect(members_of(membership.trial_id))
    context = {"form": form, "membership": membership, "trial": membership.trial}
    return form_page(request, "trials/end_membership.html", context)


def members_of(trial: UUID) -> str:
    """Return the address of the trial's members."""
    return reverse("trials:detail", args=[trial]) + "?view=members"
