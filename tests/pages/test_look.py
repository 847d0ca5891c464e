"""Every component, in a real browser: nothing for axe to find, nothing cut off, nothing refused by the policy."""

import pytest
from playwright.sync_api import expect

from tests.browser import axe

pytestmark = [pytest.mark.urls("tests.pages.sample_urls"), pytest.mark.browser, pytest.mark.slow]

SAMPLES = ["subjects/?told", "capture/", "participant/", "plain/"]
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What the keyboard reaches must not lie under the sticky header, first row or first column.
COVERED = """() => {
  const element = document.activeElement, box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return !(element === top || element.contains(top) || top?.contains(element));
}"""
SMALL = """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")]
  .filter((element) => element.checkVisibility() && !element.closest("p, dd, .skip-link, .visually-hidden"))
  .filter((element) => {
    const box = (element.closest(".form-check") ?? element).getBoundingClientRect();
    return box.width && (box.width < MIN || box.height < MIN);
  })
  .map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture
def visit(browser, live_server):
    """Open a sample; an error in the console, a refusal by the policy among them, fails the test."""
    complaints = []

    def open_sample(address, **options):
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(5_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.goto(f"/sample/{address}")
        return page

    yield open_sample
    assert [line for line in complaints if "Failed to load resource" not in line] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("address", SAMPLES)
def test_axe_finds_nothing(visit, address, width, scheme):
    page = visit(address, color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")

    assert axe(page) == []
    if "plain" not in address and "told" not in address:
        page.get_by_role("button", name="Continue").or_(page.get_by_role("button", name="Submit form")).click()
        page.locator("[data-error-summary]").wait_for()
        assert axe(page) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1920])
@pytest.mark.parametrize("address", SAMPLES)
def test_page_never_scrolls_sideways(visit, address, width):
    page = visit(address, viewport={"width": width, "height": 640})

    assert page.evaluate(TOO_WIDE) <= 0


@pytest.mark.parametrize(("address", "least"), [("subjects/", 24), ("capture/", 24), ("participant/", 24)])
def test_targets_are_large_enough(visit, address, least):
    page = visit(address, viewport={"width": 390, "height": 800})

    assert page.evaluate(SMALL.replace("MIN", str(least))) == []


def test_controls_of_participants_suit_a_thumb(visit):
    page = visit("participant/", viewport={"width": 390, "height": 800})

    heights = page.evaluate(
        "() => [...document.querySelectorAll('.btn, .form-check, .form-control, .form-select, .site-nav a')]"
        ".map((element) => element.getBoundingClientRect().height)"
    )
    assert len(heights) > 12
    assert min(heights) >= 44
    assert page.evaluate("() => getComputedStyle(document.body).fontSize") == "18px"


def test_focus_is_never_under_what_sticks(visit):
    page = visit("subjects/", viewport={"width": 900, "height": 700})

    page.locator("tbody tr:nth-child(28) td a").last.focus()
    covered = []
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        covered.append(page.evaluate(COVERED))
    assert not any(covered)


def test_participant_has_the_tabs_at_the_thumb(visit):
    page = visit("participant/", viewport={"width": 390, "height": 800})

    box = page.get_by_role("navigation", name="Main").bounding_box()
    assert box["y"] + box["height"] == 800
    assert box["width"] == 390


def test_staff_menu_opens_on_a_narrow_screen(visit):
    page = visit("subjects/", viewport={"width": 390, "height": 800})
    expect(page.get_by_role("link", name="Audit")).to_be_hidden()

    page.get_by_role("button", name="Menu").click()

    expect(page.get_by_role("link", name="Audit")).to_be_visible()
    assert page.get_by_role("button", name="Menu").get_attribute("aria-expanded") == "true"


def test_everything_is_there_without_a_script(visit):
    page = visit("subjects/", viewport={"width": 390, "height": 800}, java_script_enabled=False, color_scheme="dark")

    expect(page.get_by_role("link", name="Audit")).to_be_visible()
    page.locator("summary", has_text="Dr Ada").or_(page.get_by_label("Account of Dr Ada Okafor")).first.click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator("[data-theme-toggle]")).to_be_hidden()


def test_system_colours_hold_without_a_script(visit):
    colours = [
        visit("plain/", java_script_enabled=False, color_scheme=scheme)
        .locator("body")
        .evaluate("body => getComputedStyle(body).backgroundColor")
        for scheme in ("light", "dark")
    ]

    assert colours == ["rgb(244, 246, 245)", "rgb(14, 21, 23)"]


def test_chosen_colours_stay(visit):
    page = visit("subjects/", color_scheme="light")
    toggle = page.get_by_role("button", name="Dark colours")

    toggle.click()
    page.reload()

    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert toggle.get_attribute("aria-pressed") == "true"
    assert page.evaluate("() => Object.keys(localStorage)") == ["theme"]


def test_status_can_be_told_apart_in_forced_colours(visit):
    page = visit("subjects/", forced_colors="active")

    assert page.locator(".status").first.evaluate("e => getComputedStyle(e).borderTopWidth") == "1px"
    assert page.locator(".status .icon").first.evaluate("e => getComputedStyle(e).fill") != "rgba(0, 0, 0, 0)"


def test_print_shows_the_record_alone(visit):
    page = visit("capture/")

    page.emulate_media(media="print")

    expect(page.locator("header.site-header")).to_be_hidden()
    expect(page.get_by_role("button", name="Submit form")).to_be_hidden()
    expect(page.get_by_role("heading", name="Vital signs")).to_be_visible()
