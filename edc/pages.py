"""The front page, the header's counters, and the way from an id to its page."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from edc.accounts.http import user_of
from edc.accounts.models import User
from edc.destinations import DESTINATIONS
from trials.roles import AT_A_SITE, Role
from trials.selectors import current_memberships

# Who looks after the subjects of one site: their place is the site; the others' is the trial.
SITE_TEAM = AT_A_SITE - {Role.MONITOR}


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send each kind of person to the page where their work is."""
    user = user_of(request)
    if user.kind == User.Kind.PARTICIPANT:
        return redirect("captures:today")
    memberships = list(current_memberships(user))
    site = next((held.site for held in memberships if held.site and held.role in SITE_TEAM), None)
    if site:
        return redirect("captures:site_home", pk=site.pk)
    trials = [held.trial for held in memberships if held.role != Role.ADMINISTRATOR]
    return redirect("trials:detail", pk=trials[0].pk) if trials else redirect("trials:list")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Say what the portal is called and looks like on a telephone's home screen."""
    content = {
        "name": settings.PORTAL_NAME,
        "short_name": settings.PORTAL_NAME,
        "start_url": reverse("home"),
        "display": "standalone",
        "background_color": "#f4f6f5",
        "theme_color": "#0b5d66",
        "icons": [{"src": static("edc/icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@login_required
@require_safe
def counters(request: HttpRequest) -> HttpResponse:
    """Show the header's counters alone, for the page that has heard of something new."""
    return render(request, "components/counters.html")


@login_required
@require_safe
def go(request: HttpRequest, entity: str, pk: UUID) -> HttpResponse:
    """Send a person to the page on which they see this row; what they may not see does not exist."""
    destination = DESTINATIONS.get(entity)
    if destination is None:
        raise Http404
    return redirect(destination(user_of(request), pk))
