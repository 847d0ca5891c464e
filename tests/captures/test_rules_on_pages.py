"""Calculations, conditions, checks and tables on the pages where a form is filled in and read."""

import copy

import pytest
from django.test import Client

from captures.models import DataCapture
from tests import factories
from tests.browser import axe
from tests.captures.test_rules import FORM, HARD, ITEMS, SOFT

pytestmark = pytest.mark.django_db

MORE = [
    {"oid": "STARTED", "name": "Started", "type": "DATE_TIME"},
    {"oid": "PAIN", "name": "Pain", "type": "SCALE", "scale": {"min": "0", "max": "10"}},
    {"oid": "READ", "name": "Read this first.", "type": "DESCRIPTIVE"},
    {"oid": "STORY", "name": "Story", "type": "LONG_TEXT"},
]


@pytest.fixture
def subject():
    document = copy.deepcopy(factories.DOCUMENT)
    document["items"] += [*ITEMS, *MORE]
    form = copy.deepcopy(FORM)
    form["sections"].append({"name": "More", "items": ["READ", "STARTED", "PAIN", "STORY"]})
    document["forms"].append(form)
    document["checks"] = [SOFT, HARD]
    document["visits"][0]["forms"].append("HX")
    return factories.subject_at(factories.site_in(factories.active_trial(document)))


@pytest.fixture
def nurse(subject):
    return factories.coordinator_at(subject.site)


@pytest.fixture
def client(nurse):
    client = Client()
    client.force_login(nurse)
    return client


@pytest.fixture
def send(client, subject):
    address = f"/subjects/{subject.pk}/forms/SCR/1/HX/1/"

    def send(act, **values):
        shown = client.get(address, follow=True)
        base = {"observed_date": "2026-06-02", "observed_time": "09:30", "act": act}
        base |= {"version": shown.context["form"]["version"].value(), "key": shown.context["form"]["key"].value() or ""}
        named = {"i_" + name.replace("__", "[").replace("_X_", "]."): value for name, value in values.items()}
        return client.post(shown.redirect_chain[-1][0] if shown.redirect_chain else address, base | named)

    return send


def stored():
    return DataCapture.objects.get().data


def test_rows_are_kept_and_an_empty_one_follows(send, client):
    send("draft", CM__1_X_DRUG="Aspirin", CM__1_X_DOSE="100")

    capture = DataCapture.objects.get()
    assert capture.data == {"CM[1].DRUG": "Aspirin", "CM[1].DOSE": "100"}
    form = client.get(f"/captures/{capture.pk}/edit/").context["form"]
    assert form["i_CM[1].DRUG"].value() == "Aspirin"
    assert "i_CM[2].DRUG" in form.fields
    assert "i_CM[3].DRUG" not in form.fields
    assert "Drug (1)" in client.get(f"/captures/{capture.pk}/").content.decode()


def test_every_kind_of_item_is_stored_in_its_spelling(send):
    send("draft", STARTED="7 Mar 2026 14:30", PAIN="7", STORY="Two\nlines", HEIGHT="1.80")

    found = stored()
    assert (found["STARTED"], found["PAIN"], found["STORY"]) == ("2026-03-07T14:30", "7", "Two\nlines")
    assert found["BMI"] == "18.0"


def test_a_look_shows_what_is_asked_and_calculated_and_saves_nothing(send):
    answer = send("look", HEIGHT="0.90", SMOKES="Y")

    page = answer.content.decode()
    form = answer.context["form"]
    assert answer.status_code == 200
    assert form["i_BMI"].value() == "9.0"
    assert form.fields["i_PACKS"].state == ""
    assert "Very small." in page
    assert not DataCapture.objects.exists()


def test_what_is_not_asked_is_out_of_sight(send):
    assert send("look", SMOKES="N").context["form"].fields["i_PACKS"].state == "hidden"


def test_answers_that_are_no_longer_asked_for_go_when_it_is_confirmed(send, client):
    send("draft", SMOKES="Y", PACKS="3")

    asked = send("submit", SMOKES="N", PACKS="3")
    assert asked.status_code == 422
    assert "no longer asked for" in asked.content.decode()
    assert stored() == {"SMOKES": "Y", "PACKS": "3"}

    confirmed = client.post(
        f"/captures/{DataCapture.objects.get().pk}/edit/",
        {"observed_date": "2026-06-02", "observed_time": "09:30", "version": 1, "i_SMOKES": "N", "i_PACKS": "3"}
        | {"accept_missing": "submit"},
    )
    assert confirmed.status_code == 302
    assert stored() == {"SMOKES": "N"}


def test_a_failed_hard_check_is_shown_beside_its_field(send):
    answer = send("submit", SMOKES="Y", PACKS="12", HEIGHT="1.8")

    assert answer.status_code == 422
    assert answer.context["form"].errors["i_PACKS"] == ["Too many."]
    assert not DataCapture.objects.exists()


def test_the_page_follows_what_is_typed(server, browser, subject, nurse):
    client = Client()
    client.force_login(nurse)
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    page = context.new_page()
    page.goto(f"{server.url}/subjects/{subject.pk}/forms/SCR/1/HX/1/")
    from playwright.sync_api import expect

    expect(page.get_by_label("Packs")).to_be_hidden()
    page.get_by_label("Height").fill("0.90")
    page.get_by_text("Yes", exact=True).first.click()

    expect(page.get_by_label("Packs")).to_be_visible()
    expect(page.get_by_text("Very small.")).to_be_visible()
    expect(page.get_by_label("BMI")).to_have_value("9.0")
    assert page.get_by_label("Height").input_value() == "0.90"
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
