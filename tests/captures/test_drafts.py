"""What is typed is never lost: drafts save themselves, the rest is kept for its author until they save or drop it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from captures.models import DataCapture, EntryDraft
from captures.services import save_capture
from tests import factories
from tests.captures.doors import form_address, text_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def nurse(client, subject):
    someone = factories.coordinator_at(subject.site)
    client.force_login(someone)
    return someone


@pytest.fixture
def submitted(subject, nurse):
    return factories.capture_of(subject, {"SYSBP": "120"}, submit=True)


def edit_address(capture):
    return reverse("captures:edit", args=[capture.pk])


def test_first_change_begins_a_draft_and_the_page_learns_its_address(client, subject, nurse):
    answer = client.post(form_address(subject), typed({"SYSBP": "120"}, act="autosave", key="k"))

    capture = DataCapture.objects.get()
    assert (capture.status, capture.data) == ("IN_PROGRESS", {"SYSBP": "120"})
    assert f'data-version="1" data-address="{edit_address(capture)}"' in text_of(answer)
    assert not EntryDraft.objects.exists()


def test_save_that_the_page_did_not_hear_of_is_no_conflict(client, subject, nurse):
    client.post(form_address(subject), typed({"SYSBP": "120"}, act="autosave", key="k"))

    answer = client.post(form_address(subject), typed({"SYSBP": "121"}, act="autosave", key="k"))

    assert answer.status_code == 200
    assert DataCapture.objects.get().data == {"SYSBP": "121"}


def test_page_without_any_value_begins_nothing(client, subject, nurse):
    client.post(form_address(subject), typed({"SYSBP": ""}, act="autosave"))

    assert not DataCapture.objects.exists()
    assert not EntryDraft.objects.exists()


def test_autosave_that_changes_nothing_writes_nothing(client, subject, nurse):
    capture = factories.capture_of(subject, {"SYSBP": "120"})
    events = AuditLog.objects.count()

    client.post(edit_address(capture), typed({"SYSBP": "120"}, act="autosave", version=1))

    capture.refresh_from_db()
    assert (capture.version, AuditLog.objects.count()) == (1, events)


def test_value_that_cannot_be_stored_is_kept_as_typed_beside_what_can(client, subject, nurse):
    capture = factories.capture_of(subject, {"SYSBP": "120"})

    answer = client.post(edit_address(capture), typed({"SYSBP": "12o", "WEIGHT": "71"}, act="autosave", version=1))
    assert "Write a whole number." in text_of(answer)
    assert "data-unsent" in text_of(answer)
    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "120", "WEIGHT": "71"}

    assert "You have unsent changes" in text_of(client.get(edit_address(capture)))
    again = text_of(client.get(edit_address(capture), {"draft": 1}))
    assert 'value="12o"' in again
    assert "Write a whole number." in again


def test_what_is_typed_is_kept_as_it_is_before_a_field_is_left(client, subject, nurse):
    answer = client.post(form_address(subject), typed({"NOTE": "Felt fa\0"}, act="keep"))

    assert answer.status_code == 204
    assert not DataCapture.objects.exists()
    assert 'value="Felt fa"' in text_of(client.get(form_address(subject), {"draft": 1}))


def test_submitted_form_does_not_change_by_itself(client, submitted):
    answer = client.post(edit_address(submitted), typed({"SYSBP": "130"}, act="autosave", version=1))

    assert "not saved yet" in text_of(answer)
    submitted.refresh_from_db()
    assert (submitted.version, submitted.data) == (1, {"SYSBP": "120"})
    assert 'value="130"' in text_of(client.get(edit_address(submitted), {"draft": 1}))


def test_draft_goes_once_it_is_saved(client, submitted):
    client.post(edit_address(submitted), typed({"SYSBP": "130"}, act="autosave", version=1))

    client.post(edit_address(submitted), typed({"SYSBP": "130"}, version=1, reason_kind="Transcription error"))

    assert not EntryDraft.objects.exists()
    assert "unsent changes" not in text_of(client.get(edit_address(submitted)))


def test_draft_goes_when_its_author_drops_it(client, submitted):
    client.post(edit_address(submitted), typed({"SYSBP": "130"}, act="keep", version=1))

    answer = client.post(edit_address(submitted), {"act": "discard"})

    assert answer.url == edit_address(submitted)
    assert not EntryDraft.objects.exists()
    assert 'value="120"' in text_of(client.get(edit_address(submitted), {"draft": 1}))


def test_page_that_was_refused_is_there_again(client, submitted):
    assert client.post(edit_address(submitted), typed({"SYSBP": "130"}, version=1)).status_code == 422

    assert 'value="130"' in text_of(client.get(edit_address(submitted), {"draft": 1}))


def test_autosave_over_a_newer_version_keeps_what_was_typed_and_saves_nothing(client, subject, nurse):
    capture = factories.capture_of(subject, {"SYSBP": "120"})
    save_capture(capture=capture, values={"SYSBP": "135"}, version=1, by=factories.coordinator_at(subject.site))

    answer = client.post(edit_address(capture), typed({"SYSBP": "128"}, act="autosave", version=1))
    assert answer.status_code == 412
    assert "data-version" not in text_of(answer)
    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "135"}

    page = client.get(edit_address(capture), {"draft": 1})
    assert page.context["form"]["version"].value() == "1"
    both = client.post(edit_address(capture), typed({"SYSBP": "128"}, version=1))
    assert both.status_code == 412
    assert all(f"<span>{value}</span>" in text_of(both) for value in ("135 mmHg", "128 mmHg"))


def test_page_of_a_draft_that_was_submitted_meanwhile_does_not_learn_its_version(client, subject, nurse):
    capture = factories.capture_of(subject, {"SYSBP": "120"})
    other = factories.coordinator_at(subject.site)
    save_capture(capture=capture, values={"SYSBP": "135"}, version=1, submit=True, by=other)

    answer = client.post(edit_address(capture), typed({"SYSBP": "128"}, act="autosave", version=1))

    assert answer.status_code == 412
    assert "data-version" not in text_of(answer)


def test_form_begun_by_somebody_else_meanwhile_is_not_changed(client, subject, nurse):
    theirs = factories.capture_of(subject, {"SYSBP": "99"})

    answer = client.post(form_address(subject), typed({"SYSBP": "111"}, act="autosave", key="k"))

    assert answer.status_code == 412
    theirs.refresh_from_db()
    assert theirs.data == {"SYSBP": "99"}
    assert 'value="111"' in text_of(client.get(edit_address(theirs), {"draft": 1}))


def test_nobody_else_reads_a_draft(client, submitted):
    client.post(edit_address(submitted), typed({"NOTE": "Only mine"}, act="keep", version=1))
    client.force_login(factories.coordinator_at(submitted.site))

    for address in (edit_address(submitted), edit_address(submitted) + "?draft=1"):
        page = text_of(client.get(address))
        assert "unsent changes" not in page
        assert "Only mine" not in page


@pytest.mark.parametrize("act", ["keep", "autosave", "discard"])
def test_monitor_keeps_nothing(client, subject, submitted, act):
    client.force_login(factories.monitor_at(subject.site))

    assert client.post(form_address(subject, visit="W2"), typed(act=act)).status_code == 403
    assert client.post(edit_address(submitted), typed(act=act, version=1)).status_code == 403
    assert not EntryDraft.objects.exists()


def test_draft_that_nobody_came_back_to_is_taken_away(client, submitted, capsys):
    client.post(edit_address(submitted), typed({"SYSBP": "130"}, act="keep", version=1))

    with time_machine.travel(timezone.now() + timedelta(days=29)):
        call_command("tidy")
    assert EntryDraft.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        call_command("tidy")

    assert not EntryDraft.objects.exists()
    assert "1 unsent entries" in capsys.readouterr().out
