"""Data queries through the API: listed with filters, asked, answered, asked again, closed, taken back."""

import pytest

from captures import services
from captures.models import DataCapture, DataQuery
from tests import factories
from tests.api.calling import by, faults, key

pytestmark = pytest.mark.django_db


@pytest.fixture
def capture():
    return factories.capture_of(factories.subject_at(factories.active_site()), submit=True)


@pytest.fixture
def monitor(capture):
    return factories.monitor_at(capture.site)


@pytest.fixture
def nurse(capture):
    return factories.coordinator_at(capture.site)


@pytest.fixture
def query(capture, monitor):
    return services.raise_query(capture=capture, place="SYSBP", message="The source says 130.", by=monitor)


def test_query_is_asked_once_and_shown_with_its_thread(capture, monitor, nurse):
    body = {"capture": str(capture.pk), "place": "SYSBP", "message": "The source says 130.", "due_date": "2026-12-24"}
    sent = key()

    made = by(monitor).post("queries/", body, **sent)
    again = by(monitor).post("queries/", body, **sent)

    assert (made.status_code, made.json()["state"], made["ETag"]) == (201, "OPEN", '"1"')
    assert again.json()["id"] == made.json()["id"]
    query = DataQuery.objects.get()
    by(nurse).post(f"queries/{query.pk}/answer/", {"text": "Measured twice."}, version=1)
    shown = by(monitor).get(f"queries/{query.pk}/").json()
    assert (shown["value"], shown["resolution"], shown["due_date"]) == ("120", "CONFIRMED", "2026-12-24")
    (entry,) = shown["thread"]
    assert (entry["kind"], entry["text"], entry["author_role"]) == ("ANSWERED", "Measured twice.", "COORDINATOR")


def test_each_move_is_made_by_whom_it_belongs_to(query, monitor, nurse):
    def move(who, act, body, version):
        return by(who).post(f"queries/{query.pk}/{act}/", body, version=version).status_code

    said = {"text": "Said."}
    assert move(monitor, "answer", said, 1) == 403
    assert move(nurse, "answer", said, 1) == 200
    assert move(nurse, "close", {}, 2) == 403
    assert move(monitor, "requery", said, 1) == 412
    assert move(monitor, "requery", said, 2) == 200
    assert move(monitor, "close", {}, 3) == 409
    assert move(nurse, "cancel", said, 3) == 403
    assert move(monitor, "cancel", said, 3) == 200
    assert move(nurse, "answer", said, 4) == 409


def test_list_is_filtered(query, capture, monitor):
    factories.capture_of(factories.subject_at(capture.site), factories.VALUES | {"SYSBP": "210"}, submit=True, by=None)

    def found(parameters):
        return [row["source"] for row in by(monitor).get(f"queries/?{parameters}").json()["results"]]

    assert found("") == ["SYSTEM", "SITE_MONITOR"]
    assert found("source=SYSTEM,DATA_MANAGEMENT") == ["SYSTEM"]
    assert found(f"capture={capture.pk}") == ["SITE_MONITOR"]
    assert found("state=ANSWERED") == []
    assert found("form=VS&ordering=created_at") == ["SITE_MONITOR", "SYSTEM"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"place": "NOPE", "message": "?"}, "/place"),
        ({"place": "SYSBP", "message": "\u200b"}, "/message"),
        ({"place": "SYSBP"}, "/message"),
        ({"message": "?", "source": "SYSTEM"}, "/source"),
    ],
)
def test_question_of_the_wrong_shape_is_refused(capture, monitor, body, fault):
    response = by(monitor).post("queries/", {"capture": str(capture.pk), **body})

    assert response.status_code == 400
    assert fault in faults(response)


def test_nobody_asks_about_or_sees_what_is_of_another_site(query, capture):
    stranger = factories.monitor_at(factories.site_in(capture.trial))

    assert by(stranger).get("queries/").json()["results"] == []
    assert by(stranger).get(f"queries/{query.pk}/").status_code == 404
    assert faults(by(stranger).post("queries/", {"capture": str(capture.pk), "message": "?"})) == {
        "/capture": "unknown"
    }


def test_participant_sees_no_query_of_their_own_captures(capture, query):
    person = factories.participant_of(capture.subject)

    assert by(person).get("queries/").json()["results"] == []
    assert by(person).get(f"queries/{query.pk}/").status_code == 404
    assert "quer" not in by(person).get(f"captures/{capture.pk}/").content.decode()


def test_change_of_a_queried_value_is_the_answer(query, capture, nurse):
    body = {"data": {"SYSBP": "130"}, "reason": "Transcription error"}

    saved = by(nurse)("PATCH", f"captures/{capture.pk}/", body, version=1)

    assert saved.status_code == 200
    query.refresh_from_db()
    assert (query.state, query.resolution) == ("ANSWERED", "CORRECTED")
    assert DataCapture.objects.get(pk=capture.pk).answered_queries == 1
