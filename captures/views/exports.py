"""Take a trial's study out: ask for a file, see how far it is, fetch it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from captures import permissions, services
from captures.exports import WRITERS
from captures.forms import ExportForm
from captures.selectors.exports import exports_owned_by, latest_exports, may_identify
from edc.accounts.http import user_of
from edc.base.errors import Refused, require
from edc.base.http import form_page
from trials.models import ClinicalTrial
from trials.selectors import trials_worked_in


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show this person's exports of a trial, and begin another."""
    user = user_of(request)
    trial: ClinicalTrial = get_object_or_404(trials_worked_in(user), pk=pk)
    require(permissions.can_export(user, trial), "Your role does not allow taking data out of the portal.")
    form = ExportForm(request.POST or None, may_identify=may_identify(user, trial))
    if form.is_valid():
        try:
            services.ask_for_export(trial=trial, by=user, **form.cleaned_data)
            messages.success(request, "The export is being written. You can leave this page and come back.")
            return redirect("captures:exports", pk=trial.pk)
        except Refused as refused:
            form.refuse(refused)
    rows = latest_exports(user, trial)
    context = {
        "trial": trial,
        "form": form,
        "rows": [(row, WRITERS[row.format].label) for row in rows],
        "under_way": any(row.is_under_way for row in rows),
    }
    return form_page(request, "captures/exports.html", context)


@login_required
@require_safe
def export_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand out the file of an export to who asked for it."""
    user = user_of(request)
    export = get_object_or_404(exports_owned_by(user), pk=pk)
    try:
        file = services.open_export(export=export, by=user)
    except services.FileGone as gone:
        context = {"trial": export.trial, "gone": gone}
        return render(request, "captures/export_gone.html", context, status=410)
    writer = WRITERS[export.format]
    name = f"{export.trial.protocol_number}-{export.created_at:%Y-%m-%d}-{export.format}.{writer.suffix}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=writer.media_type)
