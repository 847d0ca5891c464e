"""Study building in a browser: axe finds nothing, nothing is cut off, expressions answer while they are typed."""

import re

import pytest

from tests.browser import LOOKS, axe
from tests.trials.building import Bench

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CHECK = {"name": "High", "at": "VS SYSBP", "fails_when": "[SYSBP] > 180", "message": "Right?", "severity": "SOFT"}
CASES = {"case_0 [SYSBP]": "181", "case_0": "yes", "case_1 [SYSBP]": "180", "case_1": "yes", "do": "save"}


@pytest.fixture
def bench(server):
    bench = Bench()
    bench.post("build_check", CHECK | CASES)
    return bench


def pages(bench):
    base = f"/study-versions/{bench.row.pk}/"
    return [
        base,
        f"{base}copy/",
        f"/trials/{bench.trial.pk}/study-versions/empty/",
        *(
            f"{base}build/{page}"
            for page in (
                "",
                "visit/?visit=SCR",
                "form/?form=VS",
                "form/section/?form=VS&section=0",
                "form/item/?form=VS&item=SYSBP",
                "form/item/?form=VS&item=POS",
                "form/paste/?form=VS&section=0",
                "form/library/?form=VS&q=systolic",
                "code-lists/",
                "code-lists/one/?list=POS",
                "checks/",
                "checks/one/?check=HIGH",
            )
        ),
        f"{base}preview/?form=VS",
        f"{base}preview/?form=DIARY",
        f"{base}dry-run/?check=HIGH",
    ]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(server, bench, browser, width, scheme):
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}, "reduced_motion": "reduce"}
    context = browser.new_context(base_url=server.url, **look)
    session = bench.client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    page = context.new_page()

    found = {}
    for address in pages(bench):
        page.goto(address)
        wide = page.evaluate(TOO_WIDE)
        found[address] = axe(page) + ([f"{wide} px too wide"] if wide else [])

    assert {address: faults for address, faults in found.items() if faults} == {}


def test_a_data_manager_builds_without_a_mouse(server, bench, page):
    page.context.add_cookies(
        [{"name": "sessionid", "value": bench.client.cookies["sessionid"].value, "url": server.url}]
    )
    page.goto(f"/study-versions/{bench.row.pk}/build/form/?form=VS")

    page.get_by_label("New item").fill("Height")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("added=0"))
    page.keyboard.type("Sitting height")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Move Sitting height up").press("Enter")
    page.wait_for_url(re.compile("did="))
    assert page.evaluate("document.activeElement.title") == "Move up"

    page.get_by_role("link", name="Height", exact=True).press("Enter")
    page.get_by_label("Hint").fill("Without shoes")
    page.locator("#preview").get_by_text("Without shoes").wait_for()
    page.get_by_label("Asked when").fill("[WEIGHT] > 'x'")
    page.locator("[data-said-for=id_condition]").get_by_text("A number is needed here").wait_for()
    page.get_by_label("Asked when").fill("")
    page.get_by_text("Names for expressions").press("Enter")
    page.get_by_role("button", name="[WEIGHT]").press("Enter")
    page.keyboard.type(" > 3")
    page.locator("[data-said-for=id_condition]").get_by_text("Yes or no, from").wait_for()
    assert page.get_by_label("Choices", exact=True).is_hidden()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("#HEIGHT"))

    assert [item.condition for item in bench.now.definition.items.values()][-2:] == ["[WEIGHT] > 3", ""]
