"""What is no sound request: a clear answer, and nothing changes."""

import pytest

from captures.models import DataCapture
from tests import factories
from tests.api.calling import by, faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def capture():
    return factories.capture_of(factories.subject_at(factories.active_site()))


@pytest.fixture
def nurse(capture):
    return by(factories.coordinator_at(capture.site))


UNSOUND = {
    "no JSON": b"{data: 1}",
    "empty text": b" ",
    "not UTF-8": b'{"data_value": "\xff"}',
    "a member twice": b'{"reason": "a", "reason": "b"}',
    "NaN": b'{"data": {"SYSBP": NaN}}',
    "infinity": b'{"data": {"SYSBP": -Infinity}}',
    "a number without end": b'{"data": {"SYSBP": 1e999}}',
    "a number of many digits": b'{"data": {"SYSBP": ' + b"9" * 100_000 + b"}}",
    "NUL": b'{"reason": "a\\u0000b"}',
    "NUL in a name": b'{"data": {"a\\u0000b": "1"}}',
    "half a surrogate pair": b'{"reason": "\\ud800"}',
    "too deep for the reader": b"[" * 100_000,
    "too deep for us": b'{"data": ' + b"[" * 40 + b"]" * 40 + b"}",
}


@pytest.mark.parametrize("body", UNSOUND.values(), ids=UNSOUND)
def test_what_is_no_sound_json_is_refused(capture, nurse, body):
    response = nurse("PATCH", f"captures/{capture.pk}/", body, version=1)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == "urn:edc:problem:parse-error"
    assert DataCapture.objects.get().version == 1


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"3", b"null"])
def test_a_body_is_an_object(capture, nurse, body):
    assert nurse("PATCH", f"captures/{capture.pk}/", body, version=1).status_code == 400


def test_a_body_has_a_largest_size(capture, nurse, settings):
    body = b'{"reason": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'

    assert nurse("PATCH", f"captures/{capture.pk}/", body, version=1).status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_is_json(capture, nurse, kind):
    response = nurse.client.generic(
        "PATCH", f"/api/v1/captures/{capture.pk}/", b'{"data": {}}', content_type=kind, HTTP_IF_MATCH='"1"'
    )

    assert (response.status_code, response["Content-Type"]) == (415, "application/problem+json")


WRONG_TYPES = {
    "data": ["text", 1, [], True],
    "timestamp": [1, "2026-06-02", "2026-06-02T09:30:00", "2026-13-02T09:30:00Z", "0001-01-01T00:00:00+14:00", {}],
    "submit": ["true", 1, None],
    "reason": [1, True, [], {}, "x" * 501],
}


@pytest.mark.parametrize(("member", "value"), [(name, value) for name, bad in WRONG_TYPES.items() for value in bad])
def test_a_value_of_the_wrong_type_is_refused(capture, nurse, member, value):
    response = nurse("PATCH", f"captures/{capture.pk}/", {"data": {}} | {member: value}, version=1)

    assert response.status_code == 400
    assert list(faults(response)) == [f"/{member}"]


@pytest.mark.parametrize("path", ["captures/?form=%00", "captures/?form=a%00b", "captures/%00/"])
def test_an_address_with_nul_is_refused(nurse, path):
    response = nurse.get(path)

    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("path", ["", "nothing/", "captures/1/", "captures/x/history/", "nothing"])
def test_an_address_without_endpoint_is_a_problem_too(nurse, path):
    response = nurse.get(path)

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_the_last_slash_may_be_left_out(capture, nurse):
    assert nurse.get("captures").json() == nurse.get("captures/").json()
    assert nurse("PATCH", f"captures/{capture.pk}", {"data": {}}, version=1).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(capture, nurse, method):
    response = nurse(method, f"captures/{capture.pk}/", {"data": {}}, version=1, HTTP_X_HTTP_METHOD_OVERRIDE="PATCH")

    assert response.status_code == 405
    assert DataCapture.objects.get().version == 1


def test_a_fault_of_ours_says_nothing_of_its_cause(capture, nurse, monkeypatch, caplog):
    monkeypatch.setattr("captures.selectors.captures_visible_to", lambda user: 1 / 0)

    response = nurse.get(f"captures/{capture.pk}/")

    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert "division" not in response.content.decode()
    assert "ZeroDivisionError" in caplog.text
