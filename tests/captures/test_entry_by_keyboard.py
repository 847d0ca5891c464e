"""The entry page in a browser: tables that grow and take a pasted block, reasons where values change, comments."""

import copy

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from captures.models import DataCapture, FieldComment
from tests import factories
from tests.browser import axe
from tests.captures.test_rules import FORM, ITEMS

PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const pasted = { clipboardData: data, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", pasted));
}"""


@pytest.fixture
def subject(transactional_db):
    document = copy.deepcopy(factories.DOCUMENT)
    document["items"] += ITEMS
    form = copy.deepcopy(FORM)
    form["sections"][1]["most"] = 5
    document["forms"].append(form)
    document["visits"][0]["forms"].append("HX")
    return factories.subject_at(factories.site_in(factories.active_trial(document)))


@pytest.fixture
def nurse(client, page, server, subject):
    someone = factories.coordinator_at(subject.site)
    client.force_login(someone)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    return someone


def field(page, place):
    return page.locator(f"[id='id_i_{place}']")


def test_rows_are_added_by_enter_and_pasted_from_a_spreadsheet(page, subject, nurse):
    page.goto(reverse("captures:new", args=[subject.pk, "SCR", 1, "HX", 1]))
    field(page, "CM[1].DRUG").fill("Aspirin")
    field(page, "CM[1].DOSE").press("Enter")
    expect(field(page, "CM[2].DOSE")).to_be_focused()

    field(page, "CM[2].DRUG").focus()
    page.evaluate(PASTE, "Ibuprofen\t400\nParacetamol\t500\n")

    expect(field(page, "CM[3].DOSE")).to_have_value("500")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    expect(field(page, "CM[4].DRUG")).to_be_visible()
    expect(page.locator("form[data-autosave][data-dirty]")).to_have_count(0)
    assert DataCapture.objects.get().data == {
        "CM[1].DRUG": "Aspirin",
        "CM[2].DRUG": "Ibuprofen",
        "CM[2].DOSE": "400",
        "CM[3].DRUG": "Paracetamol",
        "CM[3].DOSE": "500",
    }


def test_reason_is_asked_under_the_first_change_and_a_comment_is_written_beside_it(page, subject, nurse):
    capture = factories.capture_of(subject, {"SYSBP": "120"}, submit=True)
    page.goto(reverse("captures:edit", args=[capture.pk]))
    expect(page.get_by_text("Why do you change it?")).to_be_hidden()

    page.get_by_label("Systolic blood pressure").first.fill("125")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Changed: was")).to_be_visible()
    expect(page.locator("#id_i_SYSBP_field + [data-reason]")).to_be_visible()
    page.locator("a[data-field-more='SYSBP']").click()
    page.get_by_role("textbox", name="Comment").fill("After a rest")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.get_by_role("dialog").get_by_text("After a rest")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_label("Reason for change").select_option("Transcription error")
    page.keyboard.press("Control+s")
    page.get_by_text("Change saved at").wait_for()

    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "125"}
    assert FieldComment.objects.get().place == "SYSBP"
