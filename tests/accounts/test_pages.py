"""The account pages in a real browser: axe finds nothing, nothing is cut off, and the ways through them work."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from edc.accounts import services
from edc.accounts.models import User
from tests.accounts.doors import PASSWORD
from tests.browser import LOOKS, axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUTSIDE = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/signup/researcher/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-nothing/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/nothing/",
    "/accounts/inactive/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/3rdparty/login/error/",
]
INSIDE = [
    "/account/",
    "/account/profile/",
    "/account/tokens/new/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/3rdparty/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/accounts/sessions/",
    "/people/",
    "/people/?status=DISABLED&text=nobody",
]


@pytest.fixture
def busy_administrator(server, real_hashes) -> str:
    """Make an administrator with something on every page; return the session. Made before the browser's loop runs."""
    user = User.objects.create_superuser("root@clinic.example", PASSWORD, display_name="Root")
    rita = User(email="rita@clinic.example", display_name="Rita", kind=User.Kind.STAFF, password="!")
    profile = {"expertise": "Neurology", "institution": "Clinic North", "contact": "+44 1632 960001"}
    services.add_account(user=rita, visitor=services.Visitor(address="198.51.100.7"), researcher=profile)
    services.issue_token(user=user, name="Nightly export of the laboratory values")
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client.cookies["sessionid"].value


@pytest.fixture
def visit(server, busy_administrator, browser):
    complaints = []

    def open_context(session: str = "", **options):
        context = browser.new_context(base_url=server.url, reduced_motion="reduce", **options)
        context.set_default_timeout(5_000)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        return page

    yield open_context
    # The live feed and pages that answer 4xx say so in the console.
    assert [line for line in complaints if "Failed to load" not in line and "WebSocket" not in line] == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(visit, busy_administrator, width, scheme):
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    outside, inside = visit(**look), visit(busy_administrator, **look)
    found = {}

    for page, paths in ((outside, OUTSIDE), (inside, INSIDE)):
        for path in paths:
            page.goto(path)
            found[path] = axe(page) + ([f"{page.evaluate(TOO_WIDE)} px too wide"] if page.evaluate(TOO_WIDE) else [])

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_signing_in_with_an_error_and_without(visit):
    page = visit()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("root@clinic.example")
    page.get_by_label("Password", exact=True).fill("wrong wrong wrong")
    page.get_by_role("button", name="Sign in").click()
    page.locator("[data-error-summary]").wait_for()
    assert page.title().startswith("Error:")
    assert axe(page) == []

    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    page.goto("/account/")
    expect(page.get_by_role("heading", name="Account and security")).to_be_visible()


def test_token_is_made_and_copied(visit, busy_administrator):
    page = visit(busy_administrator)
    page.goto("/account/tokens/new/")
    page.get_by_label("Name").fill("Bench")
    page.get_by_role("button", name="Make the token").click()

    secret = page.get_by_label("Bench").input_value()

    assert secret.startswith("edc_")
    assert axe(page) == []
    page.goto("/account/")
    expect(page.get_by_role("rowheader", name="Bench")).to_be_visible()
    assert secret not in page.content()
