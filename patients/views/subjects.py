"""Looking for the subject that a page is about."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from edc.accounts.http import user_of
from patients import selectors
from trials.roles import Right

MOST_FOUND = 20


def choose_subject(
    request: HttpRequest, right: Right, *, title: str, others: Sequence[Mapping[str, str]] = ()
) -> HttpResponse:
    """Let somebody look for the subject that the page is about; each is a link back to it with ?subject=.

    `others` are what the page can be about instead, as label and url.
    """
    text = request.GET.get("q", "").strip()[:40]
    found = list(selectors.subjects_with(user_of(request), right, text=text)[: MOST_FOUND + 1])
    context: dict[str, Any] = {
        "subjects": found[:MOST_FOUND],
        "more": len(found) > MOST_FOUND,
        "text": text,
        "title": title,
    }
    context["others"] = others
    return render(request, "patients/choose_subject.html", context)


def key_in(request: HttpRequest, name: str) -> UUID | None:
    """Return the key that the address names, if it is one."""
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None
