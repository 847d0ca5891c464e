"""The subjects grid: subjects across visits."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from captures import selectors
from captures.forms import GridFilters
from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.base.statuses import look
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
    trial = _trial(user, request, sites)
    trials = list({site.trial_id: site.trial for site in sites}.values())
    own = [site for site in sites if site.trial_id == trial.pk]
    filters = GridFilters(request.GET, trial=trial, trials=trials, sites=own)
    found = _found(user, trial, own, filters.chosen, request)
    context = {
        "trial": trial,
        "sites": own,
        "filters": filters,
        "chips": _chips(request, filters),
        "clear_url": f"{reverse('captures:grid')}?trial={trial.pk}",
        "grid": found,
        "cells": _signs(found),
        "one_site": next((site for site in own if str(site.pk) == filters.chosen.get("site")), None),
    }
    return render(request, "captures/grid.html", context)


def _trial(user: User, request: HttpRequest, sites: list[Site]) -> ClinicalTrial:
    """Return the trial that was asked for, or that of the site, or that of the subject searched for, or the first."""
    asked, site, text = (request.GET.get(name, "") for name in ("trial", "site", "q"))
    for one in sites:
        if asked == str(one.trial_id) or (site == str(one.pk) and not asked):
            return one.trial
    if text and not asked and (subject := selectors.subjects_at_work(user).filter(number__icontains=text).first()):
        return subject.trial
    return sites[0].trial


def _found(
    user: User, trial: ClinicalTrial, sites: list[Site], chosen: dict[str, str], request: HttpRequest
) -> selectors.Grid:
    today = timezone.localdate()
    subjects = selectors.grid_subjects(
        user,
        trial,
        site=next((site for site in sites if str(site.pk) == chosen.get("site")), None),
        text=chosen.get("q", ""),
        disposition=chosen.get("disposition", ""),
        state=chosen.get("status", ""),
        today=today,
    )
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    return selectors.grid_of(subjects, after=after, before=before, today=today)


def _chips(request: HttpRequest, filters: GridFilters) -> list[dict[str, str]]:
    """Return each filter in words, with the address of the list without it."""
    chips = []
    for name, value in filters.chosen.items():
        rest = request.GET.copy()
        for gone in (name, "after", "before"):
            rest.pop(gone, None)
        chips.append({"label": filters.word_for(name, value), "url": f"{request.path}?{rest.urlencode()}"})
    return chips


def _signs(grid: selectors.Grid) -> list[tuple[Any, list[tuple[Any, SafeString]]]]:
    """Return the rows with each cell's sign; a sign that occurs a thousand times is made once."""
    made: dict[tuple[str, int], SafeString] = {}

    def sign(state: str, count: int) -> SafeString:
        if (state, count) not in made:
            shown = count if count > 1 else None
            word = look(state).word + (f", {count} forms" if shown else "")
            made[state, count] = render_to_string(
                "components/status.html", {"look": look(state), "word": word, "count": shown, "show": "icon"}
            )
        return made[state, count]

    return [
        (row.subject, [(cell, sign(cell.state, cell.count) if cell.state else SafeString("")) for cell in row.cells])
        for row in grid.rows
    ]
