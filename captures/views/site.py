"""A site's home page and its work lists."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from captures import selectors
from edc.accounts.http import user_of
from edc.base.statuses import look
from patients.permissions import can_enrol
from trials.models import Site
from trials.roles import Right
from trials.selectors import sites_with

LISTS = {
    "SUBMITTED": "Waiting to be finalised",
    "IN_PROGRESS": "Drafts in progress",
    "MISSING": "With missing items",
    "FLAGGED": "With unexpected values",
}
QUERIES = (("OPEN", "Data queries for us", "bad"), ("ANSWERED", "Answered data queries", "info"))


@dataclass(frozen=True)
class Tile:
    """A number that leads to the list behind it."""

    label: str
    count: int
    icon: str
    tone: str
    url: str

    @property
    def number(self) -> str:
        """Return the number as it is shown; work lists are counted so far and no further."""
        most = selectors.MOST_COUNTED
        return f"{most}+" if self.count > most else str(self.count)


@login_required
@require_safe
def site_home(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what waits at a site, how enrolment goes and what happened lately."""
    user = user_of(request)
    site = get_object_or_404(sites_with(user, Right.VIEW_DATA), pk=pk)
    now = timezone.now()
    acts = selectors.lately_done(site)
    titles = selectors.titles_of(user, acts)
    context = {
        "site": site,
        "work": _work_tiles(site, selectors.work_counts(user, site, now=now)),
        "contact": _contact_tiles(site, selectors.contact_counts(user, site)),
        "enrolment": selectors.enrolment_of(site, today=site.day_of(now)),
        "acts": [(act, titles.get(act.entity_id, "")) for act in acts],
        "subjects": selectors.lately_changed_subjects(user, site),
        "can_enrol": can_enrol(user, site),
    }
    return render(request, "captures/site_home.html", context)


def _work_tiles(site: Site, counts: dict[str, int]) -> list[Tile]:
    lists = reverse("captures:work", args=[site.pk])
    tiles = [
        Tile(LISTS[name], counts[name], look(name).icon, look(name).tone, f"{lists}?list={name}") for name in LISTS
    ]
    inbox = f"{reverse('captures:queries')}?site={site.pk}&state"
    asked = [
        Tile(label, counts[f"{state}_QUERY"], look(f"{state}_QUERY").icon, tone, f"{inbox}={state}")
        for state, label, tone in QUERIES
    ]
    late = f"{reverse('captures:grid')}?site={site.pk}&status=OVERDUE"
    return [*asked, *tiles, Tile("Subjects with overdue forms", counts["OVERDUE"], look("OVERDUE").icon, "bad", late)]


def _contact_tiles(site: Site, counts: dict[str, int]) -> list[Tile]:
    links = {
        "messages": ("Unread messages at this site", "chat-dots", f"{reverse('messaging:inbox')}?site={site.pk}"),
        "appointments": (
            "Appointments to Sunday",
            "calendar-event",
            f"{reverse('patients:appointments')}?site={site.pk}",
        ),
        "invitations": (
            "Open invitations",
            "envelope-open",
            f"{reverse('captures:grid')}?site={site.pk}&status=INVITED",
        ),
    }
    found = ((*links[name], count) for name, count in counts.items())
    return [Tile(label, count, icon, "info", url) for label, icon, url, count in found]


@login_required
@require_safe
def work(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one of a site's work lists, 50 forms a page, newest first."""
    site = get_object_or_404(sites_with(user_of(request), Right.VIEW_DATA), pk=pk)
    name = request.GET.get("list", "SUBMITTED")
    if name not in LISTS:
        raise Http404
    captures = selectors.work_list(site, name)
    if after := _key(request.GET.get("after", "")):
        at, last = after
        captures = captures.filter(Q(timestamp__lt=at) | Q(timestamp=at, pk__lt=last))
    found = list(captures[: selectors.FORMS_ON_A_PAGE + 1])
    shown = found[: selectors.FORMS_ON_A_PAGE]
    more = len(found) > len(shown)
    context = {
        "site": site,
        "title": LISTS[name],
        "tabs": [{"label": label, "url": f"?list={code}", "current": code == name} for code, label in LISTS.items()],
        "rows": [(capture, selectors.state_of_capture(capture)) for capture in shown],
        "older": f"{shown[-1].timestamp.isoformat()}_{shown[-1].pk}" if more else "",
        "is_first": not after,
        "list_name": name,
    }
    return render(request, "captures/work.html", context)


def _key(text: str) -> tuple[datetime, UUID] | None:
    """Return the place in the list that a link points to; an unreadable one is the beginning."""
    moment, _, pk = text.partition("_")
    try:
        at = datetime.fromisoformat(moment.replace(" ", "+"))
        return (at, UUID(pk)) if at.tzinfo else None
    except ValueError:
        return None
