"""How far a trial is, in numbers alone: no subject, no value, no arm."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count

from captures.models import DataCapture
from edc.accounts.models import User
from patients.models import Subject
from trials.models import ClinicalTrial, Site
from trials.selectors import sites_worked_at


@dataclass
class SiteProgress:
    """The numbers of one site."""

    site: Site
    dispositions: Counter[str] = field(default_factory=Counter)
    captures: Counter[str] = field(default_factory=Counter)

    @property
    def subjects(self) -> int:
        return self.dispositions.total()


@dataclass
class Progress:
    """The numbers of a trial at the sites that somebody may see; totals are of these sites."""

    sites: list[SiteProgress]
    dispositions: Counter[str]
    captures: Counter[str]

    @property
    def subjects(self) -> int:
        return self.dispositions.total()


def progress_of(user: User, trial: ClinicalTrial) -> Progress:
    """Return subjects by disposition and captures by status at each site that this person works at."""
    rows = {site.pk: SiteProgress(site) for site in sites_worked_at(user, trial)}
    subjects = Subject.objects.filter(trial=trial, site__in=rows).order_by()
    for site, disposition, count in subjects.values_list("site", "disposition").annotate(count=Count("pk")):
        rows[site].dispositions[disposition] += count
    # By the sites alone: they are the trial's, and the index on site and status answers without the rows.
    captures = DataCapture.objects.filter(site__in=rows).order_by()
    for site, status, count in captures.values_list("site", "status").annotate(count=Count("pk")):
        rows[site].captures[status] += count
    found = list(rows.values())
    dispositions = sum((row.dispositions for row in found), Counter())
    return Progress(found, dispositions, sum((row.captures for row in found), Counter()))
