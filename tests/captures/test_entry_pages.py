"""Filling in and changing a form by page: drafts, submitting, prompts, refusals, who may."""

import pytest
from django.urls import reverse

from audit.models import AuditLog
from captures.models import DataCapture
from tests import factories
from tests.captures.doors import form_address, text_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def nurse(client, subject):
    """Sign in as a coordinator of the subject's site."""
    someone = factories.coordinator_at(subject.site)
    client.force_login(someone)
    return someone


def edit_address(capture):
    return reverse("captures:edit", args=[capture.pk])


def test_page_asks_each_item_in_its_own_way(client, subject, nurse):
    page = text_of(client.get(form_address(subject)))

    assert 'name="i_SYSBP"' in page
    assert "mmHg" in page
    assert page.count('name="i_POS"') == 3
    assert page.count('name="i_ARMS"') == 2
    assert "Systolic blood pressure&nbsp;" in page


def test_draft_is_saved_and_open_again(client, subject, nurse):
    answer = client.post(form_address(subject), typed({"SYSBP": "120", "ARMS": ["STANDING", "SUPINE"]}))

    capture = DataCapture.objects.get()
    assert answer.url == edit_address(capture)
    assert capture.status == "IN_PROGRESS"
    assert capture.data == {"SYSBP": "120", "ARMS": ["SUPINE", "STANDING"]}
    assert capture.timestamp.isoformat() == "2026-06-02T09:30:00+00:00"


def test_typed_dates_are_stored_as_iso_8601_and_shown_with_the_month_as_a_word(client, subject, nurse):
    client.post(form_address(subject), typed({"SYSBP": "120", "VSDAT": "UNK-MAR-2026", "VSTIM": "930"}))

    capture = DataCapture.objects.get()
    assert capture.data == {"SYSBP": "120", "VSDAT": "2026-03", "VSTIM": "09:30"}
    assert 'value="Mar 2026"' in text_of(client.get(edit_address(capture)))


def test_same_page_sent_twice_makes_one_capture(client, subject, nurse):
    page = typed(key="the-key-of-this-page", act="submit")

    first = client.post(form_address(subject), page)
    again = client.post(form_address(subject), page)

    assert first.url == again.url
    assert DataCapture.objects.count() == 1


def test_submit_and_next_goes_to_the_next_form_of_the_visit(client, subject, nurse):
    document = factories.DOCUMENT | {
        "visits": [{"oid": "SCR", "name": "Screening", "target_day": -7, "forms": ["VS", "AE"]}]
    }
    other = factories.subject_at(factories.site_in(factories.active_trial(document)))
    client.force_login(factories.coordinator_at(other.site))

    answer = client.post(form_address(other), typed(act="next"))

    assert answer.url == form_address(other, "AE")


def test_submit_and_next_of_the_last_form_goes_to_the_next_visit_that_is_due(client, subject, nurse):
    answer = client.post(form_address(subject), typed(act="next"))

    assert answer.url == form_address(subject, visit="W2")


def test_submit_and_next_of_a_log_opens_another(client, subject, nurse):
    answer = client.post(form_address(subject, "AE", "LOG"), typed({"AETERM": "Headache"}, act="next"))

    assert answer.url == form_address(subject, "AE", "LOG", repeat=2)


def test_value_outside_a_soft_range_is_kept_and_prompts(client, subject, nurse):
    client.post(form_address(subject), typed({"SYSBP": "210"}))

    capture = DataCapture.objects.get()
    assert capture.data == {"SYSBP": "210"}
    assert "Expected 80 to 200 mmHg." in text_of(client.get(edit_address(capture)))


def test_impossible_value_is_refused_and_everything_typed_is_kept(client, subject, nurse):
    answer = client.post(form_address(subject), typed({"SYSBP": "900", "NOTE": "Felt faint", "VSDAT": "soonish"}))

    page = text_of(answer)
    assert answer.status_code == 422
    assert "No living person has this blood pressure." in page
    assert "This cannot be read as a date." in page
    assert all(f'value="{text}"' in page for text in ("900", "Felt faint", "soonish"))
    assert not DataCapture.objects.exists()


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("observed_date", "1 Jan 2200", "This is in the future."),
        ("observed_date", "1 Jan 1700", "Check the year."),
        ("observed_date", "", "This field is required."),
        ("i_POS", "FLYING", "not one of the available choices"),
        ("i_NOTE", "a\0b", "Null characters are not allowed."),
        ("i_SYSBP", "12a", "Write a whole number."),
    ],
)
@pytest.mark.usefixtures("nurse")
def test_bad_input_is_named_and_changes_nothing(client, subject, field, text, complaint):
    answer = client.post(form_address(subject), typed() | {field: text})

    assert answer.status_code == 422
    assert complaint in text_of(answer)
    assert not DataCapture.objects.exists()


def test_change_after_submission_asks_for_its_reason_and_keeps_what_was_typed(client, subject, nurse):
    capture = factories.capture_of(subject, submit=True)

    refused = client.post(edit_address(capture), typed({"SYSBP": "130"}, version=1))
    assert refused.status_code == 422
    assert 'value="130"' in text_of(refused)
    reason = {"reason_kind": "Transcription error", "reason_text": "misread"}
    client.post(edit_address(capture), typed({"SYSBP": "130"}, version=1, **reason))

    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "130"}
    reasons = AuditLog.objects.filter(entity_id=capture.pk, entity_version=2).values_list("reason", flat=True)
    assert set(reasons) == {"Transcription error: misread"}


def test_other_reason_is_asked_in_words(client, subject, nurse):
    capture = factories.capture_of(subject, submit=True)

    answer = client.post(edit_address(capture), typed({"SYSBP": "130"}, version=1, reason_kind="Other"))

    assert answer.status_code == 422
    assert "Say in your own words" in text_of(answer)


def test_form_that_exists_opens_itself(client, subject, nurse):
    draft = factories.capture_of(subject)
    submitted = factories.capture_of(subject, visit="W2", submit=True)

    assert client.get(form_address(subject)).url == edit_address(draft)
    opened = client.get(form_address(subject, visit="W2"))
    assert opened.url == reverse("captures:capture", args=[submitted.pk])


def test_earlier_values_are_shown_beside_the_fields(client, subject, nurse):
    factories.capture_of(subject, {"SYSBP": "117"})

    assert "Before: 117 mmHg" in text_of(client.get(form_address(subject, visit="W2")))


def test_finalised_form_is_not_changed(client, subject, nurse):
    capture = factories.finalised_capture_of(subject)

    assert client.get(edit_address(capture)).status_code == 409
    answer = client.post(edit_address(capture), typed({"SYSBP": "130"}, version=capture.version))

    assert answer.status_code == 409
    assert 'value="130"' in text_of(answer)
    capture.refresh_from_db()
    assert capture.data == factories.VALUES


@pytest.mark.parametrize("address", [("XX", "SCR"), ("VS", "XX"), ("AE", "SCR")])
def test_form_that_the_study_lacks_is_not_found(client, subject, nurse, address):
    assert client.get(form_address(subject, *address)).status_code == 404


def test_repeat_that_the_study_lacks_is_not_found(client, subject, nurse):
    assert client.get(form_address(subject, repeat=2)).status_code == 404
    assert client.get(form_address(subject, "AE", "LOG", repeat=1000)).status_code == 404


def test_monitor_may_look_but_not_enter(client, subject):
    capture = factories.capture_of(subject)
    client.force_login(factories.monitor_at(subject.site))

    assert client.get(form_address(subject, visit="W2")).status_code == 403
    assert client.post(form_address(subject, visit="W2"), typed()).status_code == 403
    assert client.post(edit_address(capture), typed({"SYSBP": "130"}, version=1)).status_code == 403
    capture.refresh_from_db()
    assert capture.version == 1


def test_other_sites_and_other_trials_do_not_exist(client, subject):
    capture = factories.capture_of(subject)
    strangers = [factories.coordinator_at(factories.site_in(subject.trial))]
    strangers.append(factories.coordinator_at(factories.active_site()))

    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(form_address(subject)).status_code == 404
        assert client.post(form_address(subject), typed()).status_code == 404
        assert client.get(edit_address(capture)).status_code == 404


def test_participant_has_no_staff_pages_of_their_own_data(client, subject):
    capture = factories.capture_of(subject)
    client.force_login(factories.participant_of(subject))

    assert client.get(edit_address(capture)).status_code == 404
    assert client.get(reverse("captures:casebook", args=[subject.pk])).status_code == 404
