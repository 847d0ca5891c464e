"""A form that will not be filled in: marked with its reason, expected no more, and taken back."""

import pytest
from django.urls import reverse

from audit.models import AuditLog
from captures.models import DataCapture
from captures.services import CaptureNotDone, mark_not_done, record_not_done, save_capture
from tests import factories
from tests.api.calling import by, key
from tests.captures.doors import form_address, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def nurse(client, subject):
    someone = factories.coordinator_at(subject.site)
    client.force_login(someone)
    return someone


def address_of(subject, visit="SCR"):
    return f"{form_address(subject, visit=visit)}not-done/"


def posted(**more):
    return {"version": 0, "key": "k", "kind": "Visit did not take place", "text": ""} | more


def test_form_that_nobody_began_is_marked_with_its_reason(client, subject, nurse):
    answer = client.post(address_of(subject), posted(text="snow"))

    capture = DataCapture.objects.get()
    assert answer.url == reverse("captures:capture", args=[capture.pk])
    assert (capture.status, capture.not_done_by) == ("NOT_DONE", nurse)
    assert capture.not_done_reason == "Visit did not take place: snow"
    page = text_of(client.get(answer.url))
    assert "Visit did not take place: snow" in page
    assert "Take back" in page
    events = AuditLog.objects.filter(entity_id=capture.pk)
    assert set(events.values_list("action", "reason")) == {("captures.marked_not_done", capture.not_done_reason)}


@pytest.mark.parametrize("missing", [{"kind": ""}, {"kind": "Other", "text": " "}])
def test_reason_is_asked_for(client, subject, nurse, missing):
    assert client.post(address_of(subject), posted(**missing)).status_code == 422
    assert not DataCapture.objects.exists()


def test_answers_of_a_draft_go_only_when_that_is_confirmed(client, subject, nurse):
    capture = factories.capture_of(subject)

    refused = client.post(address_of(subject), posted(version=1))
    assert refused.status_code == 409
    assert "This form has 4 answers." in text_of(refused)
    client.post(address_of(subject), posted(version=1, drop_values="on"))

    capture.refresh_from_db()
    assert (capture.status, capture.data) == ("NOT_DONE", {})
    assert DataCapture.history.get(id=capture.pk, version=1).data == factories.VALUES


def test_it_is_taken_back_and_filled_in(client, subject, nurse):
    capture = record_not_done(subject=subject, visit="SCR", form="VS", reason="Snow", by=nurse)

    answer = client.post(reverse("captures:restore", args=[capture.pk]))

    capture.refresh_from_db()
    assert answer.url == reverse("captures:edit", args=[capture.pk])
    assert (capture.status, capture.not_done_reason, capture.not_done_at) == ("IN_PROGRESS", "", None)
    save_capture(capture=capture, values={"SYSBP": "120"}, version=2, submit=True, by=nurse)


def test_nothing_is_entered_while_it_is_not_done(client, subject, nurse):
    capture = record_not_done(subject=subject, visit="SCR", form="VS", reason="Snow", by=nurse)

    with pytest.raises(CaptureNotDone):
        save_capture(capture=capture, values={"SYSBP": "120"}, version=1, by=nurse)
    opened = client.get(reverse("captures:edit", args=[capture.pk]))
    assert opened.url == reverse("captures:capture", args=[capture.pk])
    assert client.get(address_of(subject)).url == opened.url


def test_what_was_submitted_stays_so(client, subject, nurse):
    capture = factories.capture_of(subject, submit=True)

    with pytest.raises(CaptureNotDone):
        mark_not_done(capture=capture, reason="Snow", version=1, drop_values=True, by=nurse)


def test_somebody_elses_save_meanwhile_is_not_wiped_out(client, subject, nurse):
    capture = factories.capture_of(subject)
    save_capture(capture=capture, values={"SYSBP": "135"}, version=1, by=factories.coordinator_at(subject.site))

    answer = client.post(address_of(subject), posted(version=1, drop_values="on"))

    assert answer.status_code == 412
    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "135"}


def test_it_is_shown_as_not_done_and_no_more_expected(client, subject, nurse):
    record_not_done(subject=subject, visit="SCR", form="VS", reason="Snow", by=nurse)

    casebook = text_of(client.get(reverse("captures:casebook", args=[subject.pk])))
    assert "Not done" in casebook.partition('id="visit-SCR"')[2].partition("</tr>")[0]
    grid = client.get(reverse("captures:grid"), {"status": "NOT_DONE"})
    assert subject.number in text_of(grid)
    assert grid.status_code == 200


def test_monitor_and_strangers_mark_nothing(client, subject, nurse):
    capture = record_not_done(subject=subject, visit="SCR", form="VS", reason="Snow", by=nurse)
    client.force_login(factories.monitor_at(subject.site))
    assert client.post(address_of(subject, "W2"), posted()).status_code == 403
    assert client.post(reverse("captures:restore", args=[capture.pk])).status_code == 403

    client.force_login(factories.coordinator_at(factories.active_site()))
    assert client.post(address_of(subject, "W2"), posted()).status_code == 404
    assert client.post(reverse("captures:restore", args=[capture.pk])).status_code == 404
    assert DataCapture.objects.count() == 1


def test_api_marks_takes_back_and_refuses_alike(subject):
    nurse = by(factories.coordinator_at(subject.site))
    place = {"subject": str(subject.pk), "visit": "SCR", "form": "VS"}

    assert nurse.post("captures/", place | {"not_done": "Snow", "data": {}}, **key()).status_code == 400
    made = nurse.post("captures/", place | {"not_done": "Snow"}, **key())
    assert made.status_code == 201
    (listed,) = nurse.get("captures/").json()["results"]
    assert listed == made.json()
    assert (listed["status"], listed["not_done_reason"]) == ("NOT_DONE", "Snow")
    address = f"captures/{listed['id']}"
    assert nurse.post(f"{address}/restore/", version=1).json()["status"] == "IN_PROGRESS"
    again = nurse.post(f"{address}/not-done/", {"reason": "Snow again"}, version=2)
    assert again.json()["not_done_reason"] == "Snow again"
    monitor = by(factories.monitor_at(subject.site))
    assert monitor.post(f"{address}/restore/", version=3).status_code == 403
