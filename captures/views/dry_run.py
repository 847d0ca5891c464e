"""What a check of a draft would find in the data that the trial has, before anybody publishes it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from captures import selectors
from edc.accounts.http import user_of
from edc.base.errors import require
from trials import permissions
from trials.selectors import study_versions_worked_with

SECONDS = 5.0


@login_required
@require_safe
def dry_run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Run a check (?check=OID) of a study version over the captures that this person sees; nothing is stored."""
    user = user_of(request)
    row = get_object_or_404(study_versions_worked_with(user), pk=pk)
    require(permissions.can_build_study(user, row.trial))
    study = row.definition
    checks = [check for check in study.checks if check.oid == request.GET.get("check")]
    if "check" in request.GET and not checks:
        raise Http404
    runs = [
        (check, study.forms_by_oid[check.form], selectors.dry_run(user, row.trial, study, check, seconds=SECONDS))
        for check in checks
    ]
    context = {"study_version": row, "trial": row.trial, "study": study, "runs": runs}
    return render(request, "captures/dry_run.html", context)
