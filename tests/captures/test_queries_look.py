"""The pages of data queries in a real browser: nothing for axe to find, nothing cut off, all of it by keyboard."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from captures import services
from captures.models import DataQuery
from tests import factories
from tests.browser import axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
OPEN_ALL = "() => document.querySelectorAll('.query-form, .query-beside').forEach((box) => { box.open = true; })"


@pytest.fixture
def site():
    """Return a site with queries of every kind: asked by a check and by a monitor, answered, asked again."""
    site = factories.active_site()
    nurse, monitor = factories.coordinator_at(site), factories.monitor_at(site)
    high = factories.VALUES | {"SYSBP": "210", "NOTE": "Measured after the stairs"}
    subject = factories.subject_at(site)
    capture = factories.capture_of(subject, high, submit=True, by=nurse)
    asked = services.raise_query(capture=capture, place="WEIGHT", message="The source says 75.1 kg.", by=monitor)
    asked = services.answer_query(query=asked, text="Weighed twice; the second counts.", by=nurse)
    services.requery(query=asked, text="Which of the two is in the source?", by=monitor)
    other = factories.capture_of(factories.subject_at(site), submit=True, by=nurse)
    whole = services.raise_query(capture=other, message="Was this visit done by telephone?", by=monitor)
    services.answer_query(query=whole, text="No, at the clinic.", by=nurse)
    return site


@pytest.fixture
def nurses_page(page, server, client, site):
    """Return a page on which a coordinator of the site is signed in."""
    client.force_login(factories.coordinator_at(site))
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    return page


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1366, "dark")])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(nurses_page, width, scheme):
    page = nurses_page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    query = DataQuery.objects.get(place="WEIGHT")
    pages = (
        reverse("captures:queries"),
        reverse("captures:query", args=[query.pk]),
        reverse("captures:capture", args=[query.capture_id]),
    )

    for address in pages:
        page.goto(address)
        page.evaluate(OPEN_ALL)
        assert page.evaluate(SIDEWAYS) == 0, address
        assert axe(page) == [], address


def test_site_answers_by_keyboard_and_finds_itself_in_its_list(nurses_page):
    page = nurses_page
    page.goto(reverse("captures:queries"))
    query = page.locator(".query", has_text="Expected 80 to 200 mmHg.")

    query.locator("summary", has_text="Answer").press("Enter")
    query.get_by_label("What is the case?").select_option("CONFIRMED")
    query.get_by_label("Answer", exact=True).fill("Seen in the source.")
    query.get_by_role("button", name="Answer").press("Enter")

    expect(page.get_by_text("The answer is sent.")).to_be_visible()
    expect(page.locator(".query", has_text="Seen in the source.")).to_be_visible()


def test_correcting_opens_the_form_at_the_field(nurses_page):
    page = nurses_page
    page.goto(reverse("captures:queries"))

    page.locator(".query", has_text="Expected 80 to 200 mmHg.").get_by_role("link", name="Correct").click()

    expect(page.locator("#id_i_SYSBP_field")).to_be_in_viewport()
    assert page.evaluate("() => document.querySelector(':target')?.id") == "id_i_SYSBP_field"
