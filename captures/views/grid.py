"""The subjects grid: subjects across visits."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from captures import selectors, services
from captures.forms import GridFilters
from captures.permissions import can_export
from captures.views.lists import chips_of, one_site, trial_asked
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.statuses import look
from patients.models import Subject
from trials.models import ClinicalTrial, Site
from trials.roles import Right
from trials.selectors import sites_with


@login_required
@require_safe
def grid(request: HttpRequest) -> HttpResponse:
    """Show the subjects of a trial, 50 a page, with the state of each visit."""
    user = user_of(request)
    sites = list(sites_with(user, Right.VIEW_DATA))
    if not sites:
        raise Http404
    if (number := request.GET.get("q", "").strip()) and set(request.GET) == {"q"}:
        only = selectors.subjects_at_work(user).filter(number__iexact=number)[:2]
        if len(only) == 1:
            return redirect("captures:casebook", pk=only[0].pk)
    trial, own, filters = _asked(user, request, sites)
    subjects, now = _subjects(user, trial, own, filters), timezone.now()
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    found = selectors.grid_of(subjects, after=after, before=before, now=now)
    context = {
        "trial": trial,
        "sites": own,
        "filters": filters,
        "chips": chips_of(request, filters, page="captures:grid"),
        "clear_url": f"{reverse('captures:grid')}?trial={trial.pk}",
        "grid": found,
        "cells": _signs(found),
        "one_site": one_site(own, filters),
        "export_url": _export_address(trial, filters) if can_export(user, trial) else "",
    }
    return render(request, "captures/grid.html", context)


@login_required
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Send all pages of the grid, as it is filtered, as a CSV file."""
    user = user_of(request)
    sites = list(sites_with(user, Right.VIEW_DATA))
    if not sites:
        raise Http404
    trial, own, filters = _asked(user, request, sites)
    subjects = _subjects(user, trial, own, filters)
    site = own[0] if len(own) == 1 else one_site(own, filters)
    pieces = services.export_grid(trial=trial, site=site, subjects=subjects, filters=filters.chosen, by=user)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="subjects-{timezone.now():%Y%m%dT%H%M%SZ}.csv"'
    return response


def _asked(user: User, request: HttpRequest, sites: list[Site]) -> tuple[ClinicalTrial, list[Site], GridFilters]:
    """Return the trial that the address asks for, its sites where this person sees data, and the filters."""
    trial = trial_asked(user, request, sites)
    trials = list({site.trial_id: site.trial for site in sites}.values())
    own = [site for site in sites if site.trial_id == trial.pk]
    return trial, own, GridFilters(request.GET, trial=trial, trials=trials, sites=own)


def _export_address(trial: ClinicalTrial, filters: GridFilters) -> str:
    return f"{reverse('captures:export_grid')}?{urlencode({'trial': trial.pk} | filters.chosen)}"


def _subjects(user: User, trial: ClinicalTrial, sites: list[Site], filters: GridFilters) -> QuerySet[Subject]:
    chosen = filters.chosen
    return selectors.grid_subjects(
        user,
        trial,
        site=one_site(sites, filters),
        text=chosen.get("q", ""),
        disposition=chosen.get("disposition", ""),
        state=chosen.get("status", ""),
        now=timezone.now(),
    )


def _signs(grid: selectors.Grid) -> list[tuple[Any, list[tuple[Any, SafeString]]]]:
    """Return the rows with each cell's sign; a sign that occurs a thousand times is made once."""
    made: dict[tuple[str, int], SafeString] = {}

    def sign(cell: selectors.Cell) -> SafeString:
        key = (cell.state, cell.count)
        if key not in made:
            shown = cell.count if cell.count > 1 else None
            context = {"look": look(cell.state), "word": cell.words, "count": shown, "show": "icon"}
            made[key] = render_to_string("components/status.html", context)
        return made[key]

    return [(row, [(cell, sign(cell) if cell.state else SafeString("")) for cell in row.cells]) for row in grid.rows]
