"""What the lists of a trial have in common: which trial and site they are of, and their filters as chips."""

from django.http import HttpRequest
from django.urls import reverse

from captures import selectors
from captures.forms import PlaceFilters
from edc.accounts.models import User
from trials.models import ClinicalTrial, Site


def trial_asked(user: User, request: HttpRequest, sites: list[Site]) -> ClinicalTrial:
    """Return the trial that was asked for, or that of the site, or that of the subject searched for, or the first."""
    asked, site, text = (request.GET.get(name, "") for name in ("trial", "site", "q"))
    for one in sites:
        if asked == str(one.trial_id) or (site == str(one.pk) and not asked):
            return one.trial
    if text and not asked and (subject := selectors.subjects_at_work(user).filter(number__icontains=text).first()):
        return subject.trial
    return sites[0].trial


def one_site(sites: list[Site], filters: PlaceFilters) -> Site | None:
    """Return the site that the list is kept to."""
    return next((site for site in sites if str(site.pk) == filters.chosen.get("site")), None)


def chips_of(request: HttpRequest, filters: PlaceFilters, *, page: str) -> list[dict[str, str]]:
    """Return each filter in words, with the address of the list without it."""
    chips = []
    for name, value in filters.chosen.items():
        rest = request.GET.copy()
        for gone in (name, "after", "before"):
            rest.pop(gone, None)
        chips.append({"label": filters.word_for(name, value), "url": f"{reverse(page)}?{rest.urlencode()}"})
    return chips
