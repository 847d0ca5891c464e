"""Changes by the API: which version is changed, how often, and what of the body is taken."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from audit.models import AuditLog, IdempotencyKey
from captures.models import DataCapture
from edc.base.errors import Refused
from messaging.models import Message
from patients.models import Appointment
from patients.services import accept_invitation
from tests import factories
from tests.api.calling import by, faults, key

pytestmark = pytest.mark.django_db

CHANGE = {"data": {"SYSBP": "130"}}


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def capture(site):
    return factories.capture_of(factories.subject_at(site))


@pytest.fixture
def nurse(site):
    return by(factories.coordinator_at(site))


def form(subject, **more):
    return {"subject": str(subject.pk), "visit": "SCR", "form": "VS", "data": factories.VALUES} | more


def test_a_change_names_the_version_it_changes(capture, nurse):
    path = f"captures/{capture.pk}/"
    read = nurse.get(path)

    assert read["ETag"] == '"1"'
    assert nurse("PATCH", path, CHANGE).status_code == 428
    assert nurse("PATCH", path, CHANGE, HTTP_IF_MATCH="*").status_code == 428
    assert nurse("PATCH", path, CHANGE, version=2).status_code == 412
    assert nurse("PATCH", path, CHANGE, HTTP_IF_MATCH="nonsense").status_code == 412
    assert nurse("PATCH", path, CHANGE, HTTP_IF_MATCH='W/"1"').status_code == 412
    assert nurse("PATCH", path, CHANGE, HTTP_IF_MATCH='"1", "2"').json()["errors"][0]["header"] == "If-Match"
    assert "names no version" in nurse("PATCH", path, CHANGE, HTTP_IF_MATCH="*").json()["detail"]
    assert DataCapture.objects.get(pk=capture.pk).data == factories.VALUES
    saved = nurse("PATCH", path, CHANGE, HTTP_IF_MATCH=read["ETag"])
    assert (saved.status_code, saved["ETag"], saved.json()["data"]) == (200, '"2"', factories.VALUES | {"SYSBP": "130"})


def test_what_is_known_is_not_sent_again(capture, nurse):
    path = f"captures/{capture.pk}/"

    known = nurse.get(path, HTTP_IF_NONE_MATCH='"7", W/"1"')
    changed = nurse.get(path, HTTP_IF_NONE_MATCH='"7"')

    assert (known.status_code, known.content, known["ETag"]) == (304, b"", '"1"')
    assert changed.status_code == 200


def test_acts_name_the_version_too(site):
    capture = factories.capture_of(factories.subject_at(site), submit=True)
    doctor = by(factories.investigator_at(site))
    path = f"captures/{capture.pk}/finalize/"

    assert doctor.post(path).status_code == 428
    assert doctor.post(path, version=9).status_code == 412
    done = doctor.post(path, version=1)
    assert (done.status_code, done.json()["status"], done["ETag"]) == (200, "FINALISED", '"2"')
    again = doctor.post(path, version=2)
    assert (again.status_code, again.json()["type"]) == (409, "urn:edc:problem:capture-finalised")


def test_the_same_key_makes_one_row(site, nurse):
    subject, once = factories.subject_at(site), key()

    first = nurse.post("captures/", form(subject), **once)
    again = nurse.post("captures/", form(subject), **once)
    other = nurse.post("captures/", form(subject, form="AE", visit="LOG", data={"AETERM": "Rash"}), **once)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert first["Location"] == f"/api/v1/captures/{first.json()['id']}/"
    assert DataCapture.objects.count() == 1


def test_a_key_may_be_used_anew_after_a_day(site, nurse):
    subject, once = factories.subject_at(site), key()
    first = nurse.post("captures/", form(subject), **once)
    age_keys(timedelta(hours=23, minutes=59))
    assert nurse.post("captures/", form(subject), **once).json() == first.json()
    age_keys(timedelta(minutes=2))

    other = nurse.post("captures/", form(subject, form="AE", visit="LOG", data={"AETERM": "Rash"}), **once)
    again = nurse.post("captures/", form(subject, form="AE", visit="LOG", data={"AETERM": "Rash"}), **once)

    assert (other.status_code, again.json()) == (201, other.json())
    assert nurse.post("captures/", form(subject), **once).status_code == 422
    assert DataCapture.objects.count() == 2


def age_keys(by):
    """Make every idempotency key older."""
    IdempotencyKey.objects.update(created_at=F("created_at") - by)


def test_a_key_is_its_owners(site, nurse):
    subject, once = factories.subject_at(site), key()
    body = form(subject, form="AE", visit="LOG", data={"AETERM": "Rash"})
    nurse.post("captures/", body, **once)

    other = by(factories.coordinator_at(site)).post("captures/", body | {"form_repeat": 2}, **once)

    assert other.status_code == 201
    assert DataCapture.objects.count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_with_one_key_make_one_row():
    site = factories.active_site()
    conversation = factories.conversation_with(factories.subject_at(site))
    caller, once = by(factories.coordinator_at(site)), key()

    def send(_number):
        try:
            sent = caller.post("messages/", {"conversation_id": str(conversation.pk), "body": "Hello"}, **once)
            return sent.status_code, sent.json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(50)))

    assert {status for status, _ in answers} == {201}
    assert len({sent for _, sent in answers}) == 1
    assert Message.objects.filter(body="Hello").count() == 1


@pytest.mark.parametrize("bad", ["x" * 201, "schlüssel".encode("latin-1").decode("latin-1")])
def test_a_key_has_bounds(site, nurse, bad):
    response = nurse.post("captures/", form(factories.subject_at(site)), HTTP_IDEMPOTENCY_KEY=bad)

    assert response.status_code == 400
    assert list(faults(response)) == ["Idempotency-Key"]


SMUGGLED = [
    *("id", "status", "version", "site", "patient_id", "entered_by", "submitted_by", "finalised_at", "created_at"),
    *("subject_id", "study_version", "flagged_items", "__class__", "pk"),
]


@pytest.mark.parametrize("member", SMUGGLED)
def test_nothing_but_what_the_body_may_say_is_taken(capture, nurse, member):
    changed = nurse("PATCH", f"captures/{capture.pk}/", CHANGE | {member: "1"}, version=1)
    made = nurse.post("captures/", form(capture.subject, visit="W2") | {member: "1"})

    assert (changed.status_code, faults(changed)) == (400, {f"/{member}": "unknown"})
    assert (made.status_code, faults(made)) == (400, {f"/{member}": "unknown"})
    assert DataCapture.objects.get().version == 1


def test_what_a_service_says_of_an_item_points_at_it(capture, nurse):
    body = {"data": {"SYSBP": "999", "WEIGHT": 71.5, "POS": "HANGING", "BLOOD": "red", "a/b": "1", "NOTE": ["x"]}}

    response = nurse("PATCH", f"captures/{capture.pk}/", body, version=1)

    assert response.status_code == 400
    expected = {"SYSBP", "WEIGHT", "POS", "BLOOD", "a~1b", "NOTE"}
    assert faults(response) == {f"/data/{item}": "invalid" for item in expected}


def test_a_change_after_submission_needs_its_reason(site, nurse):
    capture = factories.capture_of(factories.subject_at(site), submit=True)
    path = f"captures/{capture.pk}/"

    assert faults(nurse("PATCH", path, CHANGE, version=1)) == {"/reason": "invalid"}
    assert nurse("PATCH", path, CHANGE | {"reason": "Typing error"}, version=1).status_code == 200
    assert set(AuditLog.objects.filter(action="captures.saved").values_list("source", flat=True)) == {"api"}


def test_a_plain_value_is_kept_as_it_is(site, nurse):
    subject = factories.subject_at(site)
    body = {"patient": str(subject.patient_id), "trial": str(subject.trial_id), "data_value": "  120/80 "}

    made = nurse.post("captures/", body)

    assert (made.status_code, made.json()["data_value"], made.json()["form"]) == (201, "  120/80 ", "")
    assert faults(nurse.post("captures/", body | {"form": "VS"})) == {"/form": "invalid"}
    assert faults(nurse.post("captures/", {"data_value": "1"})) == {"/subject": "invalid"}


def test_another_trials_subject_is_no_subject(nurse):
    stranger = factories.subject_at(factories.active_site())

    assert faults(nurse.post("captures/", form(stranger))) == {"/subject": "unknown"}


def test_history_names_every_version_field_by_field(capture, nurse):
    nurse("PATCH", f"captures/{capture.pk}/", {"data": {"SYSBP": "130"}}, version=1)

    newest, first = nurse.get(f"captures/{capture.pk}/history/").json()["results"]

    assert (newest["version"], first["version"]) == (2, 1)
    assert {"field": "SYSBP", "old_value": "120", "new_value": "130"} in newest["changes"]
    assert newest["actor"] == str(nurse.user.pk)
    assert (newest["actor_role"], newest["source"]) == ("COORDINATOR", "api")


def test_a_double_booking_is_refused(site, nurse):
    subject = factories.subject_at(site)
    body = {
        "subject": str(subject.pk),
        "provider": str(nurse.user.pk),
        "start_at": "2101-07-01T09:00:00+02:00",
        "end_at": "2101-07-01T10:00:00+02:00",
    }
    booked = nurse.post("appointments/", body)
    again = nurse.post("appointments/", body)

    assert (booked.status_code, booked.json()["start_at"]) == (201, "2101-07-01T07:00:00.000000Z")
    assert (again.status_code, again.json()["type"]) == (409, "urn:edc:problem:double-booked")
    cancelled = nurse.post(f"appointments/{booked.json()['id']}/cancel/", {"reason": "Ill"}, version=1)
    assert cancelled.json()["status"] == "CANCELLED"


def test_trials_live_by_their_rules(site):
    manager = by(factories.data_manager_of(site.trial))
    path = f"trials/{site.trial.pk}/"
    version = manager.get(path).json()["version"]

    assert manager("PUT", path, {"title": "New", "reason": "Typing error"}, version=version).status_code == 409
    assert manager.post(f"{path}move/", {"to": "ARCHIVED", "reason": "Done"}, version=version).status_code == 409
    moved = manager.post(f"{path}move/", {"to": "SUSPENDED", "reason": "Signal"}, version=version)
    assert (moved.status_code, moved.json()["status"]) == (200, "SUSPENDED")


def test_a_membership_is_given_and_ended(site):
    root, person = by(factories.administrator()), factories.person("New")
    body = {"email": person.email, "trial": str(site.trial_id), "site": str(site.pk), "role": "MONITOR", "reason": "R"}

    given = root.post("memberships/", body)
    ended = root.post(f"memberships/{given.json()['id']}/end/", {"reason": "Left"}, version=1)

    assert given.status_code == 201
    assert ended.json()["ends_at"] is not None
    assert by(factories.coordinator_at(site)).post("memberships/", body).status_code == 403


def test_what_has_passed_is_neither_booked_nor_moved_to(site, nurse):
    subject = factories.subject_at(site)
    row = factories.appointment_of(subject, nurse.user)
    past = {"start_at": "2026-01-07T09:00:00Z", "end_at": "2026-01-07T10:00:00Z", "provider": str(nurse.user.pk)}

    booked = nurse.post("appointments/", past | {"subject": str(subject.pk)})
    moved = nurse("PUT", f"appointments/{row.pk}/", past, version=1)

    assert (booked.status_code, faults(booked)) == (400, {"/start_at": "invalid"})
    assert (moved.status_code, faults(moved)) == (400, {"/start_at": "invalid"})
    assert Appointment.objects.get().version == 1


def test_randomisation_names_an_arm(site, nurse):
    patient = factories.patient_at(site)
    enrolled = {"patient": str(patient.pk), "site": str(site.pk), "number": "N-1", "enrolled_on": "2026-06-01"}
    path = f"subjects/{nurse.post('subjects/', enrolled).json()['id']}/disposition/"
    move = {"on": "2026-06-02", "reason": "Visit"}
    nurse.post(path, move | {"trial_status": "ENROLLED"}, version=1)

    refused = nurse.post(path, move | {"trial_status": "RANDOMISED"}, version=2)
    done = nurse.post(path, move | {"trial_status": "RANDOMISED", "arm": "B"}, version=2)

    assert (refused.status_code, faults(refused)) == (400, {"/arm": "invalid"})
    assert (done.status_code, done.json()["arm"]) == (200, "B")


def test_randomisation_names_no_arm_where_the_study_has_none():
    document = factories.DOCUMENT | {"arms": []}
    site = factories.site_in(factories.active_trial(document))
    nurse = by(factories.coordinator_at(site))
    patient = factories.patient_at(site)
    enrolled = {"patient": str(patient.pk), "site": str(site.pk), "number": "N-1", "enrolled_on": "2026-06-01"}
    path = f"subjects/{nurse.post('subjects/', enrolled).json()['id']}/disposition/"

    for version, status in enumerate(("ENROLLED", "RANDOMISED"), start=1):
        move = {"on": "2026-06-02", "reason": "Visit", "trial_status": status}
        assert nurse.post(path, move, version=version).status_code == 200


def test_an_invitation_is_made_once_for_a_key_and_shows_its_code_again(site, nurse):
    patient, other = factories.patient_at(site), factories.patient_at(site)
    path, body, same = f"patients/{patient.pk}/invitations/", {"site": str(site.pk)}, key()

    first, again = (nurse.post(path, body, **same) for _ in range(2))
    assert first.json() == again.json()
    assert patient.invitations.count() == 1
    assert nurse.post(f"patients/{other.pk}/invitations/", body, **same).status_code == 422
    newer = nurse.post(path, body, **key()).json()

    assert newer["code"] != first.json()["code"]
    accept_invitation(code=newer["code"], by=factories.person("New", kind="PARTICIPANT"))


def test_a_withdrawn_invitation_opens_nothing(site, nurse):
    patient = factories.patient_at(site)
    made = nurse.post(f"patients/{patient.pk}/invitations/", {"site": str(site.pk)}).json()
    path = f"invitations/{made['id']}/withdraw/"

    stranger = by(factories.coordinator_at(factories.site_in(site.trial))).post(path)
    withdrawn = nurse.post(path, {"reason": "The sheet was lost"})
    again = nurse.post(path)

    assert stranger.status_code == 404
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "REVOKED")
    assert (again.status_code, again.json()["type"]) == (409, "urn:edc:problem:invitation-refused")
    event = AuditLog.objects.filter(action="patients.invitation_withdrawn", field="withdrawn_at").get()
    assert (event.reason, event.actor) == ("The sheet was lost", nurse.user)
    with pytest.raises(Refused, match="This code is not valid"):
        accept_invitation(code=made["code"], by=factories.person("Late", kind="PARTICIPANT"))


def test_an_appointment_is_changed_as_a_whole(site, nurse):
    subject = factories.subject_at(site)
    row = factories.appointment_of(subject, nurse.user)
    body = {"provider": str(nurse.user.pk), "start_at": "2101-07-03T09:00:00Z", "end_at": "2101-07-03T08:00:00Z"}

    assert faults(nurse("PUT", f"appointments/{row.pk}/", body, version=1)) == {"/end_at": "invalid"}
    body["end_at"] = "2101-07-03T10:00:00Z"
    assert nurse("PUT", f"appointments/{row.pk}/", body, version=1).json()["version"] == 2
