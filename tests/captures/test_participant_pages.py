"""What participants see of themselves and do: today, their forms, their data and its history, their studies."""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from audit.models import AuditLog
from captures import services
from captures.models import DataCapture
from patients.services import change_disposition, enrol_subject
from patients.services import request_appointment as ask_for_appointment
from tests import factories
from tests.browser import axe
from trials.services import move_trial

pytestmark = pytest.mark.django_db

TODAY = reverse("captures:today")
MY_DATA = reverse("captures:my_data")
MY_TRIALS = reverse("captures:my_trials")


@pytest.fixture
def subject():
    """Return a subject of an active trial; the diary of week 2 has been due since June 2026."""
    return factories.subject_at(factories.active_site())


def start(site, *, days_ago):
    """Enrol somebody whose day 1 was so many days ago: their only diary is due from day 14 to day 17."""
    nurse, on = factories.coordinator_at(site), timezone.localdate() - timedelta(days=days_ago)
    patient = factories.patient_at(site)
    subject = enrol_subject(patient=patient, site=site, number="P-1", enrolled_on=on, by=nurse)
    for to, arm in (("ENROLLED", None), ("RANDOMISED", "A")):
        subject = change_disposition(subject=subject, disposition=to, on=on, arm=arm, reason="Visit", by=nurse)
    return subject


def diary_of(subject):
    return reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])


def answers(**more):
    return {"act": "submit", "version": 0, "key": "key-of-this-page", "i_MOOD": "7"} | more


def text_of(response):
    return response.content.decode()


def test_participant_starts_with_what_is_due(client, subject):
    subject = start(subject.site, days_ago=13)
    factories.conversation_with(subject)
    client.force_login(factories.participant_of(subject))

    page = text_of(client.get("/", follow=True))

    assert "2 things to do" in page
    assert f"By {timezone.localdate() + timedelta(days=3):%d %b %Y}" in page
    assert diary_of(subject) in page
    assert "Read a new message" in page


def test_late_diary_is_still_welcome(client, subject):
    subject = start(subject.site, days_ago=40)
    client.force_login(factories.participant_of(subject))

    assert "Late – still welcome" in text_of(client.get(TODAY))


def test_nothing_to_do_names_the_day_of_the_next_form(client, subject):
    subject = start(subject.site, days_ago=0)
    client.force_login(factories.participant_of(subject))

    opens = timezone.localdate() + timedelta(days=13)
    assert f"Nothing to do until {opens:%d %b %Y}" in text_of(client.get(TODAY))


def own_form_of(subject, visit, visit_repeat, form, form_repeat):
    return reverse("captures:my_form", args=[subject.pk, visit, visit_repeat, form, form_repeat])


@pytest.mark.parametrize(
    ("visit", "repeats", "first", "second"),
    [
        ({"type": "COMMON"}, "form", (1, 1), (1, 2)),
        ({"type": "UNSCHEDULED", "repeating": True}, "visit", (1, 1), (2, 1)),
        ({"target_day": 14, "window_after": 3, "repeating": True}, "visit", (1, 1), (2, 1)),
        ({"target_day": 14, "window_after": 3}, "form", (1, 1), (1, 2)),
    ],
)
def test_what_repeats_is_offered_again_once_it_was_sent(client, visit, repeats, first, second):
    document = deepcopy(factories.DOCUMENT)
    document["forms"][2]["repeating"] = repeats == "form"
    document["visits"] = [{"oid": "AGAIN", "name": "Again", "order": 1, "forms": ["DIARY"]} | visit]
    subject = start(factories.site_in(factories.active_trial(document)), days_ago=13)
    before, after = (own_form_of(subject, "AGAIN", at[0], "DIARY", at[1]) for at in (first, second))
    client.force_login(factories.participant_of(subject))

    assert before in text_of(client.get(TODAY))
    client.post(before, answers(act="draft"))
    assert before in text_of(client.get(TODAY))
    client.post(before, answers(version=1))

    page = text_of(client.get(TODAY))
    assert before not in page
    assert after in page
    assert client.post(after, answers(key="next")).status_code == 302


def test_what_repeats_is_not_offered_before_its_visit_opens(client):
    document = deepcopy(factories.DOCUMENT)
    document["forms"][2]["repeating"] = True
    subject = start(factories.site_in(factories.active_trial(document)), days_ago=0)
    client.force_login(factories.participant_of(subject))

    assert own_form_of(subject, "W2", 1, "DIARY", 1) not in text_of(client.get(TODAY))


def test_next_appointment_is_on_today(client, subject):
    someone = factories.participant_of(subject)
    at = timezone.now() + timedelta(days=3)
    ask_for_appointment(subject=subject, start_at=at, end_at=at + timedelta(minutes=30), reason="Knee", by=someone)
    client.force_login(someone)

    assert "You asked for it" in text_of(client.get(TODAY))


def test_who_left_the_study_is_asked_nothing(client, subject):
    subject = start(subject.site, days_ago=13)
    nurse, today = factories.coordinator_at(subject.site), timezone.localdate()
    change_disposition(subject=subject, disposition="WITHDRAWN", on=today, reason="Moved", by=nurse)
    client.force_login(factories.participant_of(subject))

    assert "Nothing to do" in text_of(client.get(TODAY))


def test_closed_study_asks_for_nothing_and_says_so_before_anything_is_typed(client, subject):
    subject = start(subject.site, days_ago=13)
    move_trial(trial=subject.trial, to="CLOSED", reason="Over", by=factories.data_manager_of(subject.trial))
    client.force_login(factories.participant_of(subject))

    today, form = client.get(TODAY), client.get(diary_of(subject))

    assert "Nothing to do" in text_of(today)
    assert form.status_code == 409
    assert "takes no answers" in text_of(form)


def test_answers_are_sent_and_are_done(client, subject):
    subject = start(subject.site, days_ago=13)
    someone = factories.participant_of(subject)
    client.force_login(someone)

    page = text_of(client.post(diary_of(subject), answers(), follow=True))

    capture = DataCapture.objects.get()
    assert (capture.data, capture.status, capture.submitted_by) == ({"MOOD": "7"}, "SUBMITTED", someone)
    assert "was sent at" in page
    assert "Done this week" in page


def test_answers_sent_twice_are_stored_once(client, subject):
    client.force_login(factories.participant_of(subject))

    for _ in range(2):
        client.post(diary_of(subject), answers())

    assert DataCapture.objects.count() == 1
    assert AuditLog.objects.filter(action="captures.submitted", field="MOOD").count() == 1


def test_draft_is_kept_and_gone_on_with(client, subject):
    client.force_login(factories.participant_of(subject))
    client.post(diary_of(subject), answers(act="draft"))

    page = text_of(client.get(diary_of(subject)))
    client.post(diary_of(subject), answers(version=1, i_MOOD="8"))

    assert 'value="7"' in page
    capture = DataCapture.objects.get()
    assert (capture.data, capture.status) == ({"MOOD": "8"}, "SUBMITTED")


def test_empty_answer_is_asked_about_once_and_never_forced(client, subject):
    client.force_login(factories.participant_of(subject))

    asked = client.post(diary_of(subject), answers(i_MOOD=""))
    nothing_yet = DataCapture.objects.count()
    client.post(diary_of(subject), answers(i_MOOD="", act="anyway"))

    assert (asked.status_code, nothing_yet) == (422, 0)
    assert "You left a question empty" in text_of(asked)
    assert DataCapture.objects.get().status == "SUBMITTED"


def test_impossible_answer_is_refused_in_words_and_kept(client, subject):
    client.force_login(factories.participant_of(subject))

    refused = client.post(diary_of(subject), answers(i_MOOD="rather good"))

    assert refused.status_code == 422
    assert 'value="rather good"' in text_of(refused)
    assert not DataCapture.objects.exists()


@pytest.mark.parametrize("version", [0, 1])
def test_answers_of_another_window_are_not_overwritten_unseen(client, subject, version):
    client.force_login(factories.participant_of(subject))
    client.post(diary_of(subject), answers(act="draft", key="one window"))
    client.post(diary_of(subject), answers(act="draft", version=1, i_MOOD="3"))

    refused = client.post(diary_of(subject), answers(version=version, key="another window", i_MOOD="9"))
    kept = DataCapture.objects.get().data
    again = client.post(diary_of(subject), answers(version=refused.context["form"]["version"].value(), i_MOOD="9"))

    assert "from another window" in text_of(refused)
    assert 'value="9"' in text_of(refused)
    assert kept == {"MOOD": "3"}
    assert again.status_code == 302
    assert DataCapture.objects.get().data == {"MOOD": "9"}


def test_sent_form_is_read_and_not_changed(client, subject):
    client.force_login(factories.participant_of(subject))
    client.post(diary_of(subject), answers())

    again = client.post(diary_of(subject), answers(version=1, key="", i_MOOD="1"), follow=True)

    assert "was sent before" in text_of(again)
    assert DataCapture.objects.get().data == {"MOOD": "7"}


@pytest.mark.parametrize("place", [("SCR", 1, "VS", 1), ("W2", 1, "VS", 1), ("W2", 2, "DIARY", 1), ("NO", 1, "NO", 1)])
def test_forms_of_the_site_and_unknown_ones_do_not_exist_for_participants(client, subject, place):
    client.force_login(factories.participant_of(subject))

    assert client.get(reverse("captures:my_form", args=[subject.pk, *place])).status_code == 404


def test_my_data_holds_ones_own_alone(client, subject):
    other = factories.subject_at(subject.site)
    factories.capture_of(subject, {"NOTE": "mine alone"})
    hidden = factories.capture_of(other, {"NOTE": "of somebody else"})
    client.force_login(factories.participant_of(subject))

    page = text_of(client.get(MY_DATA))

    assert "mine alone" in page
    assert "of somebody else" not in page
    assert client.get(reverse("captures:my_capture", args=[hidden.pk])).status_code == 404
    assert client.get(diary_of(other)).status_code == 404
    assert client.post(diary_of(other), answers()).status_code == 404


def test_history_says_in_plain_words_who_changed_what_and_why(client, subject):
    nurse = factories.coordinator_at(subject.site)
    capture = factories.capture_of(subject, submit=True, by=nurse)
    values = capture.data | {"SYSBP": "130"}
    services.save_capture(capture=capture, values=values, reason="Misread the cuff", version=1, by=nurse)
    client.force_login(factories.participant_of(subject))

    page = text_of(client.get(reverse("captures:my_capture", args=[capture.pk])))

    assert 'changed from <del class="value-old">120 mmHg</del> to <ins class="value-new">130 mmHg</ins>' in page
    assert "by your study coordinator" in page
    assert "Because: Misread the cuff" in page


def test_own_history_is_by_you(client, subject):
    client.force_login(factories.participant_of(subject))
    client.post(diary_of(subject), answers())

    page = text_of(client.get(reverse("captures:my_capture", args=[DataCapture.objects.get().pk])))

    assert '<div class="timeline-who">by you</div>' in page


def test_values_without_a_form_are_listed_and_two_numbers_make_no_chart(client, subject):
    someone = factories.participant_of(subject)
    client.force_login(someone)
    factories.capture_of(subject, {"SYSBP": "120"}, visit="SCR")
    factories.capture_of(subject, {"SYSBP": "125"}, visit="W2")
    services.create_plain_capture(subject=subject, data_value="steps: 4000", by=someone)

    page = text_of(client.get(MY_DATA))

    assert "steps: 4000" in page
    assert "<figure" not in page


def test_chart_shows_a_number_given_three_times(client):
    document = deepcopy(factories.DOCUMENT)
    document["visits"].append({"oid": "W4", "name": "Week 4", "order": 3, "target_day": 28, "forms": ["VS"]})
    subject = factories.subject_at(factories.site_in(factories.active_trial(document)))
    for visit, pressure in (("SCR", "120"), ("W2", "125"), ("W4", "118")):
        factories.capture_of(subject, {"SYSBP": pressure}, visit=visit)
    client.force_login(factories.participant_of(subject))

    page = text_of(client.get(MY_DATA))

    assert page.count("<figure") == 1
    assert "Systolic blood pressure as a table" in page


def test_my_trials_says_whom_to_call(client, subject):
    client.force_login(factories.participant_of(subject))

    page = text_of(client.get(MY_TRIALS))

    assert subject.trial.title in page
    assert subject.site.name in page
    assert "Running" in page


def test_participant_in_no_study_is_told_what_to_do(client):
    client.force_login(factories.person("Alone", kind="PARTICIPANT"))

    assert "You are not in a study yet" in text_of(client.get(TODAY))


@pytest.mark.parametrize("address", [TODAY, MY_DATA, MY_TRIALS])
def test_pages_of_participants_are_not_for_staff_or_strangers(client, subject, address):
    assert client.get(address).status_code == 302

    client.force_login(factories.coordinator_at(subject.site))

    assert client.get(address).status_code == 403


def test_my_data_costs_the_same_for_one_form_and_for_many(client, subject):
    client.force_login(factories.participant_of(subject))
    factories.capture_of(subject)
    client.get(MY_DATA)
    one = len(queries_of(client, MY_DATA))
    for number in range(1, 4):
        factories.capture_of(subject, {"AETERM": "Headache"}, visit="LOG", form="AE", form_repeat=number)

    assert len(queries_of(client, MY_DATA)) == one


def queries_of(client, address):
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return queries


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_shows_and_sends_without_scripts(browser, server, client, scheme):
    subject = start(factories.active_site(), days_ago=13)
    seen = factories.capture_of(subject, submit=True)
    client.force_login(factories.participant_of(subject))
    context = browser.new_context(base_url=server.url, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])
    page = context.new_page()
    for address in (TODAY, MY_DATA, MY_TRIALS, reverse("captures:my_capture", args=[seen.pk]), diary_of(subject)):
        page.goto(address)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    plain = browser.new_context(base_url=server.url, viewport={"width": 390, "height": 844}, java_script_enabled=False)
    plain.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])
    page = plain.new_page()
    page.goto(TODAY)
    page.get_by_role("link", name="Diary").click()
    page.get_by_label("How do you feel, from 0 to 10?").fill("7")
    page.get_by_role("button", name="Send", exact=True).click()

    expect(page.get_by_text("was sent at")).to_be_visible()
