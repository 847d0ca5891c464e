"""Records in a browser: nothing keeps anybody out, light or dark, on a phone or a desk."""

import os
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests import factories
from tests.browser import LOOKS, axe


@pytest.fixture
def world(server):
    subject = factories.subject_at(factories.active_site())
    factories.finalised_capture_of(subject)
    membership = factories.coordinator_at(subject.site).memberships.get()
    sessions = []
    for someone in (factories.data_manager_of(subject.trial), factories.administrator()):
        client = Client()
        client.force_login(someone)
        sessions.append(client.cookies["sessionid"].value)
    return subject, membership, sessions


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_records_keep_nobody_out(world, browser, server, width, theme):
    subject, _, (manager, administrator) = world
    visits = [
        ("index", manager, "/admin/"),
        ("list", manager, "/admin/patients/subject/"),
        ("row", manager, f"/admin/patients/subject/{subject.pk}/change/"),
        ("versions", manager, f"/admin/patients/subject/{subject.pk}/history/"),
        ("events", manager, "/admin/audit/auditlog/"),
        ("people", administrator, "/admin/accounts/user/"),
    ]
    for name, session, path in visits:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
        context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
        page = context.new_page()
        page.goto(server.url + path)
        assert axe(page) == [], f"{name} {theme} {width}"
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"admin-{name}-{theme}-{width}.png")
        context.close()


def test_the_reason_is_asked_for_in_words(world, browser, server):
    _, membership, (_, administrator) = world
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": administrator, "url": server.url}])
    page = context.new_page()
    page.goto(f"{server.url}/admin/trials/membership/")
    page.check(f"input[name=_selected_action][value='{membership.pk}']")
    page.select_option("select[name=action]", "end_these_roles")
    page.get_by_role("button", name="Go").or_(page.get_by_role("button", name="Run")).first.click()
    expect(page.get_by_label("Reason")).to_be_visible()
    assert axe(page) == []
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / "admin-reason.png")
    page.get_by_label("Reason").fill("Left the clinic")
    page.get_by_role("button", name="End these roles").click()
    expect(page.get_by_text("done.")).to_be_visible()
