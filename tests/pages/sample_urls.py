"""Pages that show every component at once, for tests to look at; they need no data."""

import datetime as dt
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

import edc.urls
from edc.base import statuses

SAMPLES = Path(__file__).parent / "samples"
VISITS = ["Screening", "Baseline", *(f"Week {week}" for week in (2, 4, 6, 8, 12, 16, 20, 24, 26))]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Sample(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="We write to it only about this study.")
    pressure = forms.DecimalField(label="Systolic blood pressure", help_text="mmHg, after five minutes of rest")
    born = forms.DateField(label="Date of birth", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    severity = forms.ChoiceField(
        label="How bad was it?",
        choices=[("1", "Mild"), ("2", "Moderate"), ("3", "Severe, it kept me from my usual activities")],
        widget=forms.RadioSelect,
    )
    signs = forms.MultipleChoiceField(
        label="Signs", choices=[("f", "Fever"), ("c", "Cough")], widget=forms.CheckboxSelectMultiple, required=False
    )
    arm = forms.ChoiceField(label="Arm", choices=[("", "Choose one"), ("p", "Placebo"), ("l", "Low dose")])
    agree = forms.BooleanField(label="I have read the information", help_text="Version 3 of 2 March 2026")
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    upload = forms.FileField(label="Attachment", required=False)


def nav(*items: tuple[str, str, int]) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": f"/{label}/", "icon": icon, "current": not index, "count": count}
        for index, (label, icon, count) in enumerate(items)
    ]


SHELL: dict[str, Any] = {
    "environment": "demo",
    "unread_messages": 3,
    "unread_notifications": 120,
    "messages_url": "/messages/",
    "messages_title": "Messages",
    "notifications_url": "/notifications/",
    "account_url": "/account/",
    "keepalive_url": "/sample/keepalive/",
}
STAFF = SHELL | {
    "kind": "staff",
    "person": "Dr Ada Okafor",
    "person_id": "ada",
    "roles": "Investigator at site 701",
    "nav": nav(
        ("Home", "house", 0),
        ("Subjects", "grid-3x3", 0),
        ("Queries", "question-circle", 12),
        ("Appointments", "calendar-event", 0),
        ("Audit", "shield-check", 0),
    ),
    "switcher": {
        "current": "CDISCPILOT01 · Site 701",
        "choices": [
            {"label": "CDISCPILOT01 · Site 701", "url": "/701/"},
            {"label": "CDISCPILOT01 · Site 702", "url": "/702/"},
        ],
    },
    "search_url": "/subjects/",
    "help_url": "/help/",
    "time_zone": "Europe/Berlin",
}
PARTICIPANT = SHELL | {
    "kind": "participant",
    "person": "Maria Gonzalez",
    "nav": nav(
        ("Today", "house", 0),
        ("My data", "clipboard2-pulse", 0),
        ("Messages", "chat-dots", 3),
        ("Appointments", "calendar-event", 0),
        ("Account", "person", 0),
    ),
}
CONTEXT: dict[str, Any] = {
    "visits": VISITS,
    "subjects": [
        {
            "number": f"01-701-1{row:03d}",
            "status": ["ON_TREATMENT", "SCREENING", "WITHDRAWN", "COMPLETED"][row % 4],
            "cells": [
                (
                    visit,
                    [*statuses.FORM][(row * 3 + column) % len(statuses.FORM)],
                    2 if (row + column) % 4 == 0 else None,
                )
                for column, visit in enumerate(VISITS)
            ],
        }
        for row in range(30)
    ],
    "months": MONTHS,
    "enrolment": {
        "Enrolled": [2, 5, 9, 14, 22, 30, 41, 49, 60, 66, 71, None],
        "Planned": [5, 10, 15, 20, 28, 36, 44, 52, 60, 68, 76, 84],
    },
    "ages": ["< 7 days", "7–14", "15–30", "> 30"],
    "queries": {"Open": [3, 8, 2, 5], "Answered": [1, 4, 6, 2]},
    "facts": [("Subject", "01-701-1015"), ("Arm", ""), ("Consent", "Version 3, signed 02 Mar 2026")],
    "chips": [{"label": "Status: overdue", "url": "?"}, {"label": "Visit: Week 2", "url": "?"}],
    "tabs": [{"label": "Form", "url": "?", "current": True}, {"label": "History", "url": "?h", "count": 4}],
    "items": [{"label": "Subjects", "url": "/subjects/"}, {"label": "Vital signs"}],
    "now": dt.datetime(2026, 3, 7, 13, 3, 9, tzinfo=dt.UTC),
}


@csrf_exempt
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """Render a sample; `?live` opens the live feed, `?idle=9` ends the session after that many seconds."""
    form = Sample(request.POST if request.method == "POST" else None)
    shell = dict(PARTICIPANT if name == "participant" else STAFF)
    shell["live_cursor"] = 7 if "live" in request.GET else None
    shell["idle_seconds"] = int(request.GET.get("idle", 0))
    if "told" in request.GET:
        messages.success(request, "The form is submitted.")
        messages.error(request, "Somebody else saved this form.")
    source = (SAMPLES / f"{name}.html").read_text()
    context = CONTEXT | {"shell": shell, "form": form, "version": request.GET.get("version", "1")}
    html = engines["django"].from_string(source).render(context, request)
    return HttpResponse(html, status=422 if form.errors else 200)


def keepalive(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


urlpatterns = [
    path("sample/keepalive/", keepalive),
    path("sample/<str:name>/", sample),
    path("", include(edc.urls)),
]
