"""The browser tests see the portal as production serves it."""

import playwright.sync_api
import pytest

from tests.browser import axe, set_loop
from tests.cluster import close_connections


def test_the_sign_in_page_opens_and_axe_looks_at_it(page):
    answer = page.goto("/accounts/login/")

    assert answer.status == 200
    assert axe(page) == []


def test_axe_sees_what_is_wrong(page):
    page.goto("/accounts/login/")
    page.evaluate("() => { document.querySelector('main').append(document.createElement('img')) }")

    assert any(line.startswith("image-alt") for line in axe(page))


def test_no_connection_outlives_the_database_of_its_test(browser, transactional_db):
    from django.db import connection

    loop = set_loop(None)
    connection.ensure_connection()
    set_loop(loop)
    connection.ensure_connection()

    close_connections()

    assert connection.connection is None
    set_loop(None)
    assert connection.connection is None
    set_loop(loop)


def test_nothing_outside_can_be_reached(browser):
    page = browser.new_page()

    with pytest.raises(playwright.sync_api.Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("https://example.org/")
