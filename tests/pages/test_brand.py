"""The portal's name beside its mark: whole where there is room, and never under the tools."""

import pytest
from django.test import Client

from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OVERLAP = """() => {
  const shown = [...document.querySelectorAll(".brand svg, .brand span")].map((part) => part.getBoundingClientRect());
  const tools = [...document.querySelectorAll(".site-header .tool, .plain-top button")]
    .filter((tool) => tool.checkVisibility()).map((tool) => tool.getBoundingClientRect());
  return shown.some((part) => part.width > 1 && tools.some((tool) =>
    part.right > tool.left && tool.right > part.left && part.bottom > tool.top && tool.bottom > part.top));
}"""
MARK = "() => document.querySelector('.brand svg').getBoundingClientRect().width"
NAME = "() => { const name = document.querySelector('.brand span'); return [name.scrollWidth, name.clientWidth]; }"


def session_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


@pytest.mark.parametrize("width", [320, 390, 768, 1366])
def test_name_and_mark_leave_room_for_the_tools(browser, server, width):
    site = factories.active_site()
    subject = factories.subject_at(site)
    participant = factories.participant_of(subject)
    factories.conversation_with(subject)

    for user in (participant, factories.coordinator_at(site), None):
        context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 700})
        if user:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": server.url}])
        page = context.new_page()
        page.goto("/")

        assert page.evaluate(MARK) == 28
        assert not page.evaluate(OVERLAP)
        wide, room = page.evaluate(NAME)
        assert wide <= room or (user and width < 480)
        context.close()
