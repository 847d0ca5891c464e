"""How tests of the staff's pages send a form: its fields as the page names them."""

from typing import Any

from django.urls import reverse

from captures.forms import PREFIX
from tests import factories


def form_address(subject, form="VS", visit="SCR", *, repeat=1) -> str:
    return reverse("captures:new", args=[subject.pk, visit, 1, form, repeat])


def typed(values: dict[str, Any] | None = None, *, act: str = "draft", version: int = 0, **more: Any) -> dict[str, Any]:
    """Return what a browser posts: the values as typed, observed on 2 June 2026."""
    values = factories.VALUES if values is None else values
    page = {"act": act, "version": version, "key": "", "observed_date": "2 Jun 2026", "observed_time": "09:30"}
    return page | {PREFIX + oid: value for oid, value in values.items()} | more


def text_of(response) -> str:
    return response.content.decode()
