"""Fields of the entry page: units, missing-data codes, scales, partial moments, choices by code, odd stored values."""

from copy import deepcopy
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from audit import services as audit
from captures.forms.dates import NotADate, read_date_time, read_time
from captures.models import DataCapture
from captures.validators import check_values
from tests import factories
from tests.captures.doors import form_address, text_of, typed
from trials.definition import read_definition

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
MANY = [{"code": f"{number:02}", "label": f"Clinic {number}"} for number in range(1, 13)]
VISUAL = {"max": "100", "low": "No pain", "high": "The worst pain", "visual": True}
ITEMS = [
    {"oid": "PAIN", "name": "Pain", "type": "SCALE", "scale": VISUAL},
    {"oid": "SCORE", "name": "Score", "type": "SCALE", "scale": {"low": "Not at all", "high": "Very much"}},
    {"oid": "ONSET", "name": "Onset", "type": "DATE_TIME", "partial": True},
    {"oid": "DOSED", "name": "Last dose", "type": "TIME", "partial": True},
    {"oid": "CLINIC", "name": "Clinic", "type": "CHOICE", "code_list": "CLINICS"},
]


def document():
    made = deepcopy(factories.DOCUMENT)
    made["items"] += deepcopy(ITEMS)
    made["code_lists"].append({"oid": "CLINICS", "name": "Clinics", "choices": MANY})
    next(item for item in made["items"] if item["oid"] == "WEIGHT")["units"] = [{"unit": "lb", "factor": "0.45359237"}]
    names = [item["oid"] for item in ITEMS]
    for form in made["forms"]:
        if form["oid"] in {"VS", "DIARY"}:
            form["sections"][0]["items"] += names
    return made


@pytest.fixture
def subject():
    return factories.subject_at(factories.site_in(factories.active_trial(document())))


@pytest.fixture
def nurse(subject, client):
    nurse = factories.coordinator_at(subject.site)
    client.force_login(nurse)
    return nurse


def send(client, subject, **fields):
    client.post(form_address(subject), typed({}, **{f"i_{name}": value for name, value in fields.items()}))
    return DataCapture.objects.get(subject=subject)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("7 mar 2026 14:30", "2026-03-07T14:30"),
        ("2026-03-07T14:30", "2026-03-07T14:30"),
        ("7mar26 930", "2026-03-07T09:30"),
        ("7/3/2026 9:30 pm", "2026-03-07T21:30"),
        ("t-1 8:00", "2026-11-22T08:00"),
        ("now", "2026-11-23T14:05"),
        ("7 mar 2026 14:UNK", "2026-03-07T14"),
        ("7 mar 2026 14", "2026-03-07T14"),
        ("7 mar 2026", "2026-03-07"),
        ("UNK-MAR-2026", "2026-03"),
        ("mar 2026", "2026-03"),
        ("2026", "2026"),
    ],
)
def test_a_date_with_time_is_stored_as_far_as_it_is_known(written, stored):
    assert read_date_time(written, now=NOW, partial=True) == stored


@pytest.mark.parametrize("written", ["7 mar 2026", "mar 2026 14:30", "14:30", "7 mar 2026 25:00", "7 mar 2026 14"])
def test_a_whole_date_with_time_is_asked_for(written):
    with pytest.raises(NotADate):
        read_date_time(written, now=NOW)


@pytest.mark.parametrize(("written", "stored"), [("14", "14"), ("9:UNK", "09"), ("7:", "07"), ("14:30", "14:30")])
def test_of_a_time_the_hour_may_be_all_that_is_known(written, stored):
    assert read_time(written, partial=True) == stored


@pytest.mark.parametrize("written", ["25", "UNK:30", "x"])
def test_a_partial_time_needs_its_hour(written):
    with pytest.raises(NotADate):
        read_time(written, partial=True)


@pytest.mark.parametrize(("oid", "value"), [("ONSET", "2026-03-07T14"), ("ONSET", "2026-03"), ("DOSED", "14")])
def test_partial_moments_are_checked_as_such(oid, value):
    made = document()
    partly = read_definition(made).forms_by_oid["VS"]
    for item in made["items"]:
        item.pop("partial", None)

    assert check_values(partly, {oid: value}).values == {oid: value}
    assert check_values(read_definition(made).forms_by_oid["VS"], {oid: value}).errors.keys() == {oid}


def test_a_number_is_entered_with_its_unit(client, subject, nurse):
    capture = send(client, subject, **{"WEIGHT": "180", "WEIGHT@unit": "lb"})
    page = text_of(client.get(reverse("captures:edit", args=[capture.pk])))

    assert capture.data == {"WEIGHT": {"value": "180", "unit": "lb"}}
    assert "<option selected>lb</option>" in page
    assert 'value="180"' in page


def test_a_number_in_the_standard_unit_needs_no_unit(client, subject, nurse):
    assert send(client, subject, **{"WEIGHT": "81.5", "WEIGHT@unit": "kg"}).data == {"WEIGHT": "81.5"}


def test_why_there_is_no_value_is_entered_beside_it(client, subject, nurse):
    capture = send(client, subject, **{"SYSBP@missing": "NASK", "SYSBP@reason": "cuff broken"})
    page = text_of(client.get(reverse("captures:edit", args=[capture.pk])))

    assert capture.data == {"SYSBP": {"missing": "NASK", "reason": "cuff broken"}}
    assert '<option value="NASK" selected>' in page
    assert 'value="cuff broken"' in page


def test_a_value_takes_the_place_of_the_code_that_was_there(client, subject, nurse):
    capture = send(client, subject, **{"SYSBP@missing": "NASK"})

    again = typed({"SYSBP": "120", "SYSBP@missing": "NASK"}, version=capture.version)
    client.post(reverse("captures:edit", args=[capture.pk]), again)

    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "120"}


def test_a_code_takes_the_place_of_the_value_that_was_there(client, subject, nurse):
    capture = send(client, subject, SYSBP="120")

    again = typed({"SYSBP": "120", "SYSBP@missing": "UNK"}, version=capture.version)
    client.post(reverse("captures:edit", args=[capture.pk]), again)

    capture.refresh_from_db()
    assert capture.data == {"SYSBP": {"missing": "UNK"}}


def test_a_new_value_and_a_new_code_contradict_each_other(client, subject, nurse):
    page = client.post(form_address(subject), typed({"SYSBP": "120", "SYSBP@missing": "UNK"}))

    assert page.status_code == 422
    assert "take one of them away" in text_of(page)


def test_a_page_without_the_fields_beside_keeps_them(client, subject, nurse):
    capture = send(client, subject, **{"WEIGHT": "180", "WEIGHT@unit": "lb", "SYSBP@missing": "UNK"})

    client.post(
        reverse("captures:edit", args=[capture.pk]),
        typed({"WEIGHT": "181", "NOTE": "x"}, version=capture.version),
    )

    capture.refresh_from_db()
    assert capture.data == {"WEIGHT": {"value": "181", "unit": "lb"}, "SYSBP": {"missing": "UNK"}, "NOTE": "x"}


def test_what_was_brought_in_is_shown_and_kept_as_it_is(client, subject, nurse):
    capture = send(client, subject, NOTE="x")
    odd = {"VSDAT": "31.2.14?", "POS": "SITTING", "ARMS": ["SUPINE", "KNEE"], "SCORE": "11", "PAIN": "much"}
    capture.data = odd | {"ONSET": "spring", "VSTIM": "noon", "WEIGHT": "ca. 80", "CLINIC": "99"}
    audit.save(capture, by=nurse, action="captures.saved")
    address = reverse("captures:edit", args=[capture.pk])

    page = client.get(address)
    fields = {field.name: field.value() for field in page.context["form"] if field.value() not in (None, "")}
    response = client.post(address, fields | {"act": "draft", "i_NOTE": "seen"})

    before, capture = capture.data, DataCapture.objects.get(pk=capture.pk)
    assert response.status_code == 302
    assert capture.data == before | {"NOTE": "seen"}
    assert capture.flagged_items == len(before)


def test_a_participant_is_not_asked_why_there_is_no_value(client, subject):
    client.force_login(factories.participant_of(subject))

    page = text_of(client.get(reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])))

    assert "@missing" not in page
    assert "data-scale-hides" in page


def test_a_new_form_starts_with_its_defaults(client):
    made = document()
    items = {item["oid"]: item for item in made["items"]}
    items["POS"]["default"] = "STANDING"
    items["NOTE"] |= {"default": "none", "condition": "[FASTING] = 'Y'"}
    subject = factories.subject_at(factories.site_in(factories.active_trial(made)))
    client.force_login(factories.coordinator_at(subject.site))

    form = client.get(form_address(subject)).context["form"]

    assert form["i_POS"].value() == "STANDING"
    assert form["i_NOTE"].value() is None


@pytest.mark.browser
@pytest.mark.slow
def test_scales_and_codes_by_keyboard(server, page, subject):
    client = Client()
    client.force_login(factories.coordinator_at(subject.site))
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    page.goto(server.url + form_address(subject))

    slider = page.locator("#id_i_PAIN_field [data-scale-slider]")
    slider.press("ArrowRight")
    page.locator("[name=i_FASTING]").first.press("n")
    page.locator("[name=i_CLINIC]").press_sequentially("11")

    assert page.locator("[name=i_PAIN]").input_value() == "51"
    assert page.locator("[name=i_FASTING]:checked").input_value() == "N"
    assert page.locator("[name=i_CLINIC]").input_value() == "11"
    page.locator("#id_i_PAIN_field [data-scale-clear]").click()
    assert page.locator("[name=i_PAIN]").input_value() == ""
