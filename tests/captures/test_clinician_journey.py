"""Staff in a real browser: a form from the first key to finalised, live lists, keys of the grid, accessibility."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from captures.models import DataCapture
from captures.services import save_capture
from tests import factories
from tests.browser import LOOKS, axe
from tests.captures.doors import form_address


@pytest.fixture
def subject(transactional_db):
    return factories.subject_at(factories.active_site())


@pytest.fixture
def sign_in(client, page, server):
    """Return how to become somebody in the browser."""

    def become(person, to=page):
        client.force_login(person)
        to.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])

    return become


def tab_to(page, name):
    """Press Tab until the element of this name has the focus, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || document.activeElement.innerText?.trim()") == name:
            return
    raise AssertionError(f"{name} cannot be reached by the keyboard")


def test_form_is_entered_submitted_and_finalised_by_keyboard_alone(page, subject, sign_in):
    sign_in(factories.coordinator_at(subject.site))
    page.goto(form_address(subject))
    tab_to(page, "i_VSDAT")
    page.keyboard.type("unk-mar-2026")
    page.keyboard.press("Enter")
    tab_to(page, "i_SYSBP")
    page.keyboard.type("210")
    page.keyboard.press("Control+s")
    page.get_by_text("Draft saved at").wait_for()
    expect(page.get_by_text("Expected 80 to 200 mmHg.")).to_be_visible()

    page.get_by_label("Weight").focus()
    page.keyboard.type("71.50")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Submitted at").wait_for()

    sign_in(factories.investigator_at(subject.site))
    page.reload()
    tab_to(page, "Finalise")
    page.keyboard.press("Enter")
    page.get_by_text("The form is finalised.").wait_for()

    capture = DataCapture.objects.get()
    assert capture.status == "FINALISED"
    assert capture.data == {"VSDAT": "2026-03", "SYSBP": "210", "WEIGHT": "71.50"}


def test_list_that_is_looked_at_shows_what_others_save(page, subject, sign_in):
    capture = factories.capture_of(subject)
    sign_in(factories.coordinator_at(subject.site))
    page.goto(reverse("captures:capture", args=[capture.pk]))
    page.wait_for_function("document.body.dataset.liveState === 'open'")

    someone = factories.coordinator_at(subject.site)
    save_capture(capture=capture, values={"SYSBP": "133"}, version=1, by=someone)

    page.locator(".answer-value", has_text="133 mmHg").wait_for()


def test_what_is_typed_stays_when_somebody_else_saves(page, subject, sign_in):
    capture = factories.capture_of(subject)
    sign_in(factories.coordinator_at(subject.site))
    page.goto(reverse("captures:edit", args=[capture.pk]))
    page.wait_for_function("document.body.dataset.liveState === 'open'")
    page.get_by_label("Systolic blood pressure").fill("128")

    someone = factories.coordinator_at(subject.site)
    save_capture(capture=capture, values={"SYSBP": "133"}, version=1, by=someone)
    page.get_by_text("What you typed is kept.").first.wait_for()
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("heading", name="Somebody else saved this form").wait_for()
    page.get_by_label("128 mmHg for Systolic blood pressure").check()
    for theirs in page.locator("input[type=radio][value=theirs]").all():
        if theirs.get_attribute("name") != "choose_SYSBP":
            theirs.check()
    page.get_by_role("button", name="Save what I chose").click()
    page.get_by_text("Draft saved at").wait_for()

    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "128"}


def test_form_saves_itself_and_nothing_is_lost_when_the_browser_ends(page, subject, sign_in):
    sign_in(factories.coordinator_at(subject.site))
    page.goto(form_address(subject))
    page.get_by_label("Systolic blood pressure").fill("120")
    page.get_by_label("Weight").fill("7o")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    page.get_by_label("Note").click()
    page.get_by_text("Write a number, with a point").wait_for()
    page.keyboard.type("Half a sen")
    expect(page.locator("[data-saved]")).to_contain_text("Kept")

    page.goto(reverse("captures:new", args=[subject.pk, "SCR", 1, "VS", 1]))
    page.get_by_role("link", name="Go on with them").click()

    expect(page.get_by_label("Systolic blood pressure")).to_have_value("120")
    expect(page.get_by_label("Weight")).to_have_value("7o")
    expect(page.get_by_label("Note")).to_have_value("Half a sen")
    page.get_by_label("Weight").fill("70")
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("Submitted at").wait_for()
    assert DataCapture.objects.get().data == {"SYSBP": "120", "WEIGHT": "70", "NOTE": "Half a sen"}


def test_arrow_keys_move_through_the_grid(page, subject, sign_in):
    factories.subject_at(subject.site)
    sign_in(factories.coordinator_at(subject.site))
    page.goto(reverse("captures:grid"))

    page.locator("[data-grid] tbody a").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    reached = page.evaluate("[document.activeElement.closest('tr').rowIndex, document.activeElement.hash]")
    assert reached == [2, "#visit-W2"]
    page.keyboard.press("Enter")

    page.wait_for_url("**/subjects/*/#visit-W2")


def test_form_is_entered_without_scripts(browser, server, client, subject):
    client.force_login(factories.coordinator_at(subject.site))
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    page = context.new_page()

    page.goto(form_address(subject))
    page.get_by_label("Systolic blood pressure").fill("120")
    page.get_by_role("button", name="Submit", exact=True).click()

    expect(page.get_by_text("Submitted at")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_pages_keep_nobody_out(browser, server, client, subject, look):
    width, scheme = look
    capture = factories.capture_of(subject, {"SYSBP": "210", "ARMS": ["SUPINE"]}, submit=True)
    nurse = factories.coordinator_at(subject.site)
    save_capture(capture=capture, values={"SYSBP": "205"}, reason="Typing error", version=1, by=nurse)
    factories.capture_of(subject, {"AETERM": "Headache"}, visit="LOG", form="AE")
    client.force_login(factories.investigator_at(subject.site))
    context = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    page = context.new_page()
    addresses = [
        *(reverse(f"captures:{name}", args=[capture.pk]) for name in ("capture", "edit", "history", "compare")),
        *(reverse(f"captures:{name}", args=[subject.site_id]) for name in ("site_home", "work")),
        reverse("captures:casebook", args=[subject.pk]),
        reverse("captures:grid") + "?status=SUBMITTED",
        form_address(subject, visit="W2"),
    ]

    for address in addresses:
        page.goto(address)
        assert (address, axe(page)) == (address, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
