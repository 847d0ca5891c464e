"""How far a trial is: numbers that everybody who works in it may see, the sponsor included."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from captures.models import DataCapture
from captures.selectors.progress import progress_of
from edc.accounts.http import user_of
from patients.models import Subject
from trials.models import ClinicalTrial
from trials.selectors import trials_worked_in


@login_required
@require_safe
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show subjects by site and disposition, and captures by status."""
    user = user_of(request)
    trial: ClinicalTrial = get_object_or_404(trials_worked_in(user), pk=pk)
    found = progress_of(user, trial)
    statuses = DataCapture.Status.choices
    context = {
        "trial": trial,
        "progress": found,
        "dispositions": [
            (code, label, found.dispositions[code])
            for code, label in Subject.Disposition.choices
            if found.dispositions[code]
        ],
        "captures": [(code, label, found.captures[code]) for code, label in statuses],
        "statuses": [label for _, label in statuses],
        "rows": [(row, [row.captures[code] for code, _ in statuses]) for row in found.sites],
        "codes": [row.site.code for row in found.sites],
        "series": {"Subjects": [row.subjects for row in found.sites]},
    }
    return render(request, "captures/progress.html", context)
