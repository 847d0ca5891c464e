"""Every address of the portal: pages, the API, the admin, the live feed."""

from typing import Any

from django.contrib import admin
from django.urls import include, path, re_path

import audit.urls
import captures.urls
import edc.accounts.urls
import messaging.urls
import patients.urls
import trials.urls
from edc.pages import counters, go, home, manifest
from messaging.consumers import LiveFeed, NoFeed

APPS: dict[str, Any] = {
    "accounts": edc.accounts.urls,
    "audit": audit.urls,
    "trials": trials.urls,
    "patients": patients.urls,
    "messaging": messaging.urls,
    "captures": captures.urls,
}

urlpatterns = [
    path("", home, name="home"),
    path("site.webmanifest", manifest, name="manifest"),
    path("counters/", counters, name="counters"),
    path("go/<str:entity>/<uuid:pk>/", go, name="go"),
    *(path("", include((app.pages, name))) for name, app in APPS.items()),
    path("accounts/", include(edc.accounts.urls.sign_in)),
    path("admin/", admin.site.urls),
    path("api/", include("edc.api.urls")),
]

websocket_urlpatterns = [
    path("ws/live/", LiveFeed.as_asgi()),
    # No route of `path` takes every address, that with a line feed in it too.
    re_path(r"", NoFeed.as_asgi()),
]
