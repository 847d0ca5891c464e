"""Study files: choose one, look at what it would change, bring it in, take it back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from captures import selectors
from captures.forms import TakeBack, UploadStudyFile
from captures.models import StudyImport
from captures.services import importing
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.errors import Refused, require
from edc.base.http import form_page
from trials.permissions import can_bring_in
from trials.selectors import trials_worked_in

RECENT = 20
State = StudyImport.State
COUNTED = (
    *(("visits", "Visits"), ("forms", "Forms"), ("items", "Items"), ("checks", "Checks")),
    *(("subjects", "Subjects"), ("values", "Values"), ("audit_records", "Audit records")),
)
CHANGES = (
    *(("sites", "New sites"), ("subjects", "New subjects"), ("captures_new", "New forms")),
    *(("captures_changed", "Changed forms"), ("captures_same", "Forms that stay as they are")),
    *(("captures_taken_back", "Forms taken back"), ("values", "Values"), ("values_lost", "Values without a place")),
    *(("prompts", "Values that checks ask about"), ("queries", "New data queries")),
    ("records", "Records of the other system"),
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose a study file; show those that were brought in."""
    user = user_of(request)
    trial = get_object_or_404(trials_worked_in(user), pk=pk)
    require(can_bring_in(user, trial))
    form = UploadStudyFile(request.POST or None, request.FILES or None, trial=trial)
    if form.is_valid():
        file, site = form.cleaned_data["file"], form.cleaned_data["site"]
        try:
            row = importing.keep_and_look(trial=trial, name=file.name, blocks=file.chunks(), site=site, by=user)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect("captures:study_file", pk=row.pk)
    rows = selectors.study_imports_at_work(user).filter(trial=trial)[:RECENT]
    return form_page(request, "captures/bring_in.html", {"form": form, "trial": trial, "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def study_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what a study file holds and changes; bring it in, or take it back with a reason."""
    user = user_of(request)
    row = get_object_or_404(selectors.study_imports_visible_to(user), pk=pk)
    taking = request.method == "POST" and request.POST.get("act") == "take"
    posted = request.POST if request.method == "POST" and not taking else None
    form = TakeBack(posted, initial={"version": row.version})
    if taking:
        return _take(request, user, row)
    if form.is_valid():
        try:
            importing.take_back(study_import=row, by=user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"What {row.file_name} brought in is taken back.")
            return redirect("captures:study_file", pk=pk)
    came_to = row.summary.get("result") or row.summary.get("would") or {}
    counts = row.summary.get("counts", {})
    context = {
        "form": form,
        "row": row,
        "trial": row.trial,
        "understood": [(label, counts[name]) for name, label in COUNTED if counts.get(name)],
        "changes": [(label, came_to[name]) for name, label in CHANGES if came_to.get(name)],
        "new_sites": came_to.get("new_sites", []),
        "problems": row.summary.get("problems", []),
        "job": row.jobs.last(),
        "is_waiting": row.state == State.WAITING,
        "is_taken": row.state == State.TAKEN,
        "is_owner": row.looked_at_by_id == user.pk,
    }
    return form_page(request, "captures/study_file.html", context)


def _take(request: HttpRequest, user: User, row: StudyImport) -> HttpResponse:
    taken = importing.take_file(study_import=row, by=user)
    if taken.state == State.TAKEN:
        messages.success(request, _said(taken))
    return redirect("captures:study_file", pk=row.pk)


def _said(row: StudyImport) -> str:
    """Return in one sentence what the file brought in."""
    came_to, version = row.summary["result"], row.study_version
    if version is not None and not came_to["values"]:
        return f"Version {version.number} is there: {version.get_status_display().lower()}."
    return (
        f"Brought in: {came_to['values']:,} values in {came_to['captures_new'] + came_to['captures_changed']:,} forms."
    )
