"""What the scripts do for a person: keys, focus, session, live parts. Each page works without them."""

import json

import pytest
from playwright.sync_api import expect

from tests.pages.test_look import visit  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.urls("tests.pages.sample_urls"), pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def feed(visit):  # noqa: F811
    """Open the live sample with a feed of the test's own: `tell(kind, …)` sends one event."""
    page = visit("plain/")
    sockets = []
    page.route_web_socket("**/ws/live/**", lambda socket: sockets.append(socket))  # noqa: PLW0108 -- playwright marks it

    def tell(kind, **event):
        event = {"position": 8, "kind": kind, "entity": "DataCapture", "id": "c1", **event}
        sockets[-1].send(json.dumps({"cursor": event["position"], "events": [event]}))

    page.goto("/sample/live/?live")
    page.wait_for_function("() => document.body.dataset.liveState === 'open'")
    return page, tell, sockets


def active(page):
    return page.evaluate("() => document.activeElement.id || document.activeElement.getAttribute('href')")


def test_slash_goes_to_the_search_but_types_in_a_field(visit):  # noqa: F811
    page = visit("capture/")

    page.keyboard.press("/")
    assert active(page) == "site-search"
    page.get_by_label("Note").fill("1")
    page.get_by_label("Note").press("/")
    assert "/" in page.get_by_label("Note").input_value()


def test_escape_closes_a_menu_and_returns_the_focus(visit):  # noqa: F811
    page = visit("subjects/")
    page.get_by_label("Account of Dr Ada Okafor").click()

    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    assert page.evaluate("() => document.activeElement.tagName") == "SUMMARY"


def test_click_elsewhere_closes_a_menu(visit):  # noqa: F811
    page = visit("subjects/")
    page.get_by_label("Account of Dr Ada Okafor").click()

    page.get_by_role("heading", name="Subjects").click()

    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_focus_goes_to_the_summary_after_a_refused_swap_and_from_there_to_the_field(visit):  # noqa: F811
    page = visit("capture/")

    page.get_by_role("button", name="Submit form").click()
    page.locator("[data-error-summary]:focus").wait_for()
    page.get_by_role("link", name="How bad was it?").click()

    assert active(page) == "id_severity_0"
    assert page.title().startswith("Error: ")


def test_focus_goes_to_the_summary_without_htmx_too(visit):  # noqa: F811
    page = visit("participant/")

    page.get_by_role("button", name="Continue").click()

    page.locator("[data-error-summary]:focus").wait_for()


def test_enter_in_a_field_of_data_entry_sends_nothing(visit):  # noqa: F811
    page = visit("capture/")

    page.get_by_label("E-mail").press("Enter")
    page.get_by_label("E-mail").press("x")
    assert page.locator("[data-error-summary]").count() == 0

    page.get_by_label("E-mail").press("Control+Enter")
    page.locator("[data-error-summary]").wait_for()


def test_unsent_changes_are_not_lost_by_a_click(visit):  # noqa: F811
    page = visit("capture/")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_role("link", name="Audit").click(no_wait_after=True)
    page.wait_for_timeout(200)

    assert asked == ["beforeunload"]
    assert page.get_by_label("E-mail").input_value() == "ada@example.org"


def test_warning_before_the_session_ends_and_staying(visit):  # noqa: F811
    page = visit("subjects/?idle=4")
    dialog = page.get_by_role("dialog", name="Are you still there?")
    dialog.wait_for()

    with page.expect_response("**/keepalive/") as answer:
        dialog.get_by_role("button", name="Stay signed in").click()

    assert answer.value.request.method == "POST"
    dialog.wait_for(state="hidden")


def test_end_of_the_session_leads_to_sign_in_and_back(visit):  # noqa: F811
    page = visit("subjects/?idle=2")

    page.wait_for_url("**/login/?next=*")

    assert page.url.endswith("?next=%2Fsample%2Fsubjects%2F%3Fidle%3D2")


def test_session_that_is_gone_ends_the_page_at_once(visit):  # noqa: F811
    page = visit("subjects/?idle=6")
    page.route("**/keepalive/", lambda route: route.fulfill(status=403))
    page.get_by_role("dialog").wait_for()

    page.get_by_role("button", name="Stay signed in").click()

    page.wait_for_url("**/login/?next=*")


def test_news_changes_the_part_it_concerns_and_no_other(feed):
    page, tell, _ = feed

    tell("captures.finalised", subject="s2")

    page.get_by_text("Version 2").wait_for()
    expect(page.get_by_text("Trials 1")).to_be_visible()
    expect(page.get_by_text("Subject 1")).to_be_visible()


def test_news_of_one_subject_reaches_its_part(feed):
    page, tell, _ = feed

    tell("captures.saved", subject="s1")

    page.get_by_text("Subject 2").wait_for()


def test_news_is_announced_and_leads_to_its_thing(feed):
    page, tell, _ = feed

    tell("captures.finalised")

    toast = page.locator("#toasts .notice")
    toast.wait_for()
    assert "A form was finalised" in toast.inner_text()
    assert toast.get_by_role("link").get_attribute("href") == "/go/DataCapture/c1/"
    page.locator("#announcer", has_text="A form was finalised").wait_for(state="attached")


def test_news_names_the_subject_to_staff(feed):
    page, tell, _ = feed
    page.route("**/api/v1/captures/c1/", lambda route: route.fulfill(json={"subject_number": "701-1015"}))

    tell("captures.finalised")

    expect(page.locator("#toasts .notice")).to_contain_text("701-1015: A form was finalised")


def test_news_speaks_plainly_to_participants(feed):
    page, tell, _ = feed
    page.evaluate("() => document.body.classList.add('is-participant')")

    tell("captures.finalised")

    expect(page.locator("#toasts .notice")).to_contain_text("Your study team has checked a form of yours")


def test_own_acts_change_the_page_without_a_toast(feed):
    page, tell, _ = feed

    tell("captures.finalised", by="ada")

    page.get_by_text("Version 2").wait_for()
    assert page.locator("#toasts .notice").count() == 0


def test_what_has_no_words_is_no_news(feed):
    page, tell, _ = feed
    for _ in range(4):
        tell("messaging.read")

    tell("captures.finalised")

    toast = page.locator("#toasts .notice")
    toast.wait_for()
    assert "A form was finalised" in toast.inner_text()


def test_focus_stays_in_a_part_that_is_replaced(feed):
    page, tell, _ = feed
    page.get_by_role("link", name="One").focus()

    tell("messaging.sent")

    page.get_by_text("Version 2").wait_for()
    assert active(page) == "/one/"


def test_what_is_being_typed_is_never_replaced(feed):
    page, tell, _ = feed
    page.get_by_label("Note").fill("half a sen")

    tell("captures.saved")

    page.get_by_text("This was changed elsewhere").first.wait_for()
    assert page.get_by_label("Note").input_value() == "half a sen"


def test_pages_can_listen_to_every_event(feed):
    page, tell, _ = feed
    page.evaluate("() => document.addEventListener('edc:live', (event) => { window.heard = event.detail.kind })")

    tell("trials.status_changed")

    page.wait_for_function("() => window.heard === 'trials.status_changed'")


def test_connection_comes_back_with_the_last_cursor(feed):
    page, tell, sockets = feed
    tell("captures.saved", position=12)
    page.get_by_text("Version 2").wait_for()

    sockets[-1].close(code=1012)

    page.wait_for_function("() => document.body.dataset.liveState === 'closed'")
    page.wait_for_function("() => document.body.dataset.liveState === 'open'")
    assert [socket.url.split("?")[1] for socket in sockets] == ["cursor=7", "cursor=12"]


def test_ended_session_is_said_and_leaves_nothing_to_read(feed):
    page, _, sockets = feed
    page.get_by_role("heading").first.wait_for()

    sockets[-1].close(code=4401)

    page.get_by_text("You have been signed out.").first.wait_for()
    assert page.locator("#main").inner_text() == ""
    page.wait_for_url("**/accounts/login/?next=%2Fsample%2Flive%2F%3Flive")
    assert len(sockets) == 1


def test_page_is_loaded_anew_when_its_reader_may_see_less(feed):
    page, _, sockets = feed
    page.evaluate("() => { window.before = true }")

    sockets[-1].send(json.dumps({"cursor": 8, "events": [], "access": "b", "lost": True}))

    page.wait_for_function("() => !window.before && document.body.dataset.liveState === 'open'")
    assert page.url.endswith("/sample/live/?live")


def test_page_is_loaded_anew_when_rights_ended_while_the_connection_was_gone(feed):
    page, _, sockets = feed
    page.evaluate("() => { window.before = true }")
    sockets[-1].send(json.dumps({"cursor": 8, "events": [], "access": "a"}))
    sockets[-1].close(code=1012)
    page.wait_for_function("() => document.body.dataset.liveState === 'closed'")
    page.wait_for_function("() => document.body.dataset.liveState === 'open'")
    assert page.evaluate("() => window.before")

    sockets[-1].send(json.dumps({"cursor": 8, "events": [], "access": "b"}))

    page.wait_for_function("() => !window.before")


def test_page_stays_as_it_is_when_its_reader_may_do_more(feed):
    page, _, sockets = feed
    page.evaluate("() => { window.before = true }")

    for access in ("a", "b"):
        sockets[-1].send(json.dumps({"cursor": 8, "events": [], "access": access}))

    page.wait_for_timeout(500)
    assert page.evaluate("() => window.before")
