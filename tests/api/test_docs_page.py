"""The interactive documentation works in a browser, offline and under the portal's own policy."""


def test_the_documentation_lists_every_operation_and_opens_one(page):
    page.goto("/api/docs/")
    page.wait_for_selector(".opblock")

    assert page.locator(".opblock").count() >= 60
    page.locator("#operations-captures-captures_list .opblock-summary-control").click()
    page.wait_for_selector("#operations-captures-captures_list.is-open .parameters")
    assert "changed_since" in page.locator("#operations-captures-captures_list").inner_text()
