"""Where building begins: an empty draft, or a copy of any version that this person sees in the trial."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from edc.accounts.http import user_of
from edc.base.errors import Refused, require
from edc.base.http import form_page
from trials import permissions, selectors, services
from trials.forms.build import NewDraft
from trials.models import ClinicalTrial


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin a study version of the trial with nothing but its name."""
    user = user_of(request)
    trial: ClinicalTrial = get_object_or_404(selectors.trials_worked_in(user), pk=pk)
    require(permissions.can_build_study(user, trial))
    form = NewDraft(request.POST or None, initial={"name": trial.title[:200]})
    if form.is_valid():
        try:
            made = services.create_study_version(trial=trial, by=user, **form.asked)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect("trials:build", pk=made.pk)
    context = {"form": form, "trial": trial, "here": "Build a version"}
    return form_page(request, "trials/build/start.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy_study_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin a draft with everything that a version has."""
    user = user_of(request)
    row = get_object_or_404(selectors.study_versions_worked_with(user), pk=pk)
    require(permissions.can_build_study(user, row.trial))
    form = NewDraft(request.POST or None, initial={"name": row.name})
    if form.is_valid():
        document = {**row.document, "name": form.cleaned_data["name"]}
        try:
            made = services.create_study_version(
                trial=row.trial, document=document, key=form.cleaned_data["key"], by=user
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"Version {made.number} is a draft with everything of version {row.number}.")
            return redirect("trials:build", pk=made.pk)
    context = {"form": form, "trial": row.trial, "of": row, "here": "Copy into a new draft"}
    return form_page(request, "trials/build/start.html", context)
