"""The pages of trials in a real browser: axe finds nothing, and nothing is cut off."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.browser import LOOKS, axe
from trials import services

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def pages(server):
    """Return the session of an administrator and that of a data manager, with the pages that each opens."""
    site = factories.active_site()
    trial = site.trial
    subject = factories.subject_at(site)
    factories.capture_of(subject, submit=True)
    manager = factories.data_manager_of(trial)
    draft = services.create_study_version(trial=trial, document=factories.DOCUMENT, by=manager)
    one = reverse("trials:detail", args=[trial.pk])
    views = [one, *(f"{one}?view={view}" for view in ("sites", "members", "study"))]
    membership = trial.memberships.first()
    managed = [*views, f"{one}?view=history", reverse("captures:progress", args=[trial.pk])]
    managed += [reverse("trials:move", args=[trial.pk]), reverse("trials:study_version", args=[draft.pk])]
    managed += [reverse("trials:move_study_version", args=[draft.pk])]
    run = [reverse("trials:list"), reverse("trials:new"), *views, reverse("trials:add_site", args=[trial.pk])]
    run += [reverse("trials:grant", args=[trial.pk]), reverse("trials:change_site", args=[site.pk])]
    run += [reverse("trials:end_membership", args=[membership.pk])]
    return [(session_of(manager), managed), (session_of(factories.administrator()), run)]


def session_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(server, pages, browser, width, scheme):
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}, "reduced_motion": "reduce"}
    found = {}

    for session, addresses in pages:
        context = browser.new_context(base_url=server.url, **look)
        context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
        page = context.new_page()
        for address in addresses:
            page.goto(address)
            wide = page.evaluate(TOO_WIDE)
            found[address] = axe(page) + ([f"{wide} px too wide"] if wide else [])

    assert {address: faults for address, faults in found.items() if faults} == {}
