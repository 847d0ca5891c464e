"""Every address of the portal: pages, the API, the admin, the live feed."""

from typing import Any

from django.contrib import admin
from django.urls import include, path

import audit.urls
import captures.urls
import edc.accounts.urls
import messaging.urls
import patients.urls
import trials.urls
from edc.pages import home

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
    *(path("", include((app.pages, name))) for name, app in APPS.items()),
    path("accounts/", include(edc.accounts.urls.sign_in)),
    path("admin/", admin.site.urls),
]

websocket_urlpatterns: list[Any] = []
