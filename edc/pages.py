"""The front page and what every page's frame shows."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send each kind of person to the page where their work is."""
    return redirect("accounts:overview")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of every page shows of this person."""
    return {"shell": {"environment": settings.ENVIRONMENT}}
