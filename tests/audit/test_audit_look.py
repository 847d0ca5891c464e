"""The audit pages in a browser: nothing keeps anybody out, light or dark, on a phone or a desk."""

import os
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from audit.models import AuditLog
from captures import services as captures
from tests import factories
from tests.browser import LOOKS, axe


@pytest.fixture
def world(server):
    """An auditor's session, and a form that was corrected."""
    capture = factories.capture_of(factories.subject_at(factories.active_site()), submit=True)
    values = factories.VALUES | {"SYSBP": "131", "POS": "STANDING"}
    nurse = factories.coordinator_at(capture.site)
    captures.save_capture(capture=capture, values=values, reason="Misread", version=capture.version, by=nurse)
    client = Client()
    client.force_login(factories.auditor_of(capture.trial))
    event = AuditLog.objects.filter(entity_id=capture.pk, field="SYSBP").last()
    return capture, event, client.cookies["sessionid"].value


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_audit_pages_keep_nobody_out(world, browser, server, width, theme):
    capture, event, session = world
    pages = {
        "log": "/audit/",
        "filtered": f"/audit/?subject={capture.subject.number}&role=COORDINATOR",
        "nothing": "/audit/?reason=nothing+like+it",
        "wrong": "/audit/?since=yesterday",
        "event": f"/audit/events/{event.pk}/",
        "integrity": "/audit/integrity/",
    }
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    page = context.new_page()
    for name, path in pages.items():
        page.goto(server.url + path)
        assert axe(page) == [], f"{name} {theme} {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} {width} scrolls sideways"
        keep(page, f"audit-{name}-{theme}-{width}")
    page.select_option("[name=trial]", str(capture.trial_id))
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()
    assert axe(page) == []
    keep(page, f"audit-verified-{theme}-{width}")
    context.close()


def keep(page, name):
    """Keep a picture for who looks at the pages; nobody asks for it in a normal run."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
