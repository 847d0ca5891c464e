"""Every address of the REST API: the endpoints of each app under /api/v1/, its schema and its documentation."""

from django.urls import include, path

import audit.urls
import captures.urls
import edc.accounts.urls
import messaging.urls
import patients.urls
import trials.urls
from edc.api import authentication, views

__all__ = ["app_name", "authentication", "urlpatterns"]

app_name = "api"

endpoints = [
    *edc.accounts.urls.endpoints,
    *patients.urls.endpoints,
    *trials.urls.endpoints,
    *captures.urls.endpoints,
    *messaging.urls.endpoints,
    *audit.urls.endpoints,
]

urlpatterns = [
    path("v1/", include(endpoints)),
    path("schema/", views.schema, name="schema"),
    path("docs/", views.docs, name="docs"),
    path("<path:rest>", views.elsewhere, name="elsewhere"),
]
