"""Pages and endpoints."""

from django.urls import URLPattern, path

from audit import api, views

pages: list[URLPattern] = [
    path("audit/", views.log, name="log"),
    path("audit/events/<uuid:pk>/", views.event, name="event"),
    path("audit/events/<uuid:pk>/sealed/", views.sealed, name="sealed"),
    path("audit/export/", views.export, name="export"),
    path("audit/integrity/", views.integrity, name="integrity"),
]
endpoints: list[URLPattern] = [
    path("audit-events/", api.AuditEvents.as_view(), name="audit_events"),
    path("audit-events/<uuid:pk>/", api.AuditEvent.as_view(), name="audit_event"),
]
