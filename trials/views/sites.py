"""Sites of a trial: opened and changed by its administrators."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from edc.accounts.http import user_of
from edc.base.errors import Refused, require
from edc.base.http import form_page
from trials import forms, permissions, selectors, services
from trials.models import ClinicalTrial
from trials.roles import Right


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_site(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a site in a trial."""
    user = user_of(request)
    trial: ClinicalTrial = get_object_or_404(selectors.trials_worked_in(user), pk=pk)
    require(permissions.can_manage_members(user, trial))
    form = forms.NewSite(request.POST or None)
    if form.is_valid():
        try:
            made = services.create_site(trial=trial, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"Site {made.code} is open.")
            return redirect(sites_of(trial.pk))
    return form_page(request, "trials/add_site.html", {"form": form, "trial": trial})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_site(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a site's address, phone, plan or status."""
    user = user_of(request)
    site = get_object_or_404(selectors.sites_with(user, Right.VIEW_TRIAL), pk=pk)
    require(permissions.can_manage_site(user, site))
    form = forms.ChangeSite(request.POST or None, site=site)
    if form.is_valid():
        try:
            reason, version = form.cleaned_data["reason"], form.cleaned_data["version"]
            services.change_site(site=site, changes=form.changes, reason=reason, version=version, by=user)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"Site {site.code} is changed.")
            return redirect(sites_of(site.trial_id))
    return form_page(request, "trials/change_site.html", {"form": form, "site": site, "trial": site.trial})


def sites_of(trial: UUID) -> str:
    """Return the address of the trial's sites."""
    return reverse("trials:detail", args=[trial]) + "?view=sites"
