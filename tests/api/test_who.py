"""Who asks: tokens, browser sessions, and what each of them may see and do."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from audit.models import AuditLog
from edc.accounts.models import ApiToken, User
from edc.accounts.services import disable_account
from messaging.models import Receipt
from messaging.services import send_message
from tests import factories
from tests.api.calling import by, faults
from trials.services import end_membership

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


@pytest.fixture
def site():
    return factories.active_site()


def test_a_token_is_got_for_a_password_and_works_at_once():
    user = User.objects.create_user(
        "nina@test.example", PASSWORD, verified=True, kind=User.Kind.STAFF, status=User.Status.ACTIVE
    )

    got = by(None).post("auth/token", {"email": "Nina@test.example", "password": PASSWORD, "name": "Script"})

    assert got.status_code == 201
    me = by(None).get("me/", HTTP_AUTHORIZATION=f"Bearer {got.json()['token']}")
    assert (me.status_code, me.json()["id"]) == (200, str(user.pk))
    assert AuditLog.objects.filter(action="accounts.token_issued", source="api").exists()


def test_wrong_passwords_are_refused_and_then_have_to_wait(settings):
    factories.person("Nina")
    body = {"email": "nina1@test.example", "password": "wrong", "name": "Script"}

    tries = [by(None).post("auth/token/", body) for _ in range(settings.SIGN_IN_TRIES + 1)]

    assert [response.status_code for response in tries] == [401] * settings.SIGN_IN_TRIES + [429]
    assert tries[0]["WWW-Authenticate"].startswith("Bearer")


def test_a_token_ends_when_it_is_revoked_or_its_time_is_over(site):
    nurse = factories.coordinator_at(site)
    first, second = by(nurse), by(nurse)
    listed = second.get("auth/tokens/").json()["results"]
    old = listed[-1]["id"]

    assert second("DELETE", f"auth/tokens/{old}/").status_code == 204
    assert first.get("me/").status_code == 401
    ApiToken.objects.filter(pk=listed[0]["id"]).update(expires_at=F("created_at") + timedelta(microseconds=1))
    assert second.get("me/").status_code == 401


def test_nobody_ends_somebody_elses_token(site):
    mine, theirs = by(factories.coordinator_at(site)), by(factories.coordinator_at(site))
    token = theirs.get("auth/tokens/").json()["results"][0]["id"]

    assert mine("DELETE", f"auth/tokens/{token}/").status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer edc_nonsense", "Bearer \xff", "Basic dTpw", "Token abc"])
def test_without_a_live_token_nobody_is_let_in(header):
    response = by(None).get("captures/", HTTP_AUTHORIZATION=header)

    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_disabled_account_and_an_ended_role_end_at_once(site):
    root, nurse = factories.administrator(), factories.coordinator_at(site)
    caller = by(nurse)
    factories.capture_of(factories.subject_at(site))
    assert len(caller.get("captures/").json()["results"]) == 1

    end_membership(membership=nurse.memberships.get(), reason="Left", by=root)
    assert caller.get("captures/").json()["results"] == []
    disable_account(user=nurse, reason="Left", by=root)
    assert caller.get("captures/").status_code == 401


def test_a_browser_needs_its_csrf_token_for_changes(site):
    nurse, subject = factories.coordinator_at(site), factories.subject_at(site)
    client = Client(enforce_csrf_checks=True)
    client.force_login(nurse, backend="allauth.account.auth_backends.AuthenticationBackend")
    body = {"subject": str(subject.pk), "data_value": "1"}

    assert client.get("/api/v1/me/").status_code == 200
    refused = client.post("/api/v1/captures/", body, content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    client.cookies["csrftoken"] = "a" * 32
    made = client.post("/api/v1/captures/", body, content_type="application/json", HTTP_X_CSRFTOKEN="a" * 32)
    assert made.status_code == 201


def test_nobody_who_waits_for_approval_is_let_in():
    waiting = factories.person("Wanda", status=User.Status.WAITING)
    client = Client()
    client.force_login(waiting, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = client.get("/api/v1/me/")

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    problem = answer.json()
    assert (problem["type"], problem["instance"]) == ("urn:edc:problem:account-waits", "/api/v1/me/")
    assert problem["detail"] == "Your account waits for approval."


def test_me_is_the_account_its_roles_and_its_own_profile(site):
    subject = factories.subject_at(site)
    nurse, participant = factories.coordinator_at(site), factories.participant_of(subject)

    staff, patient = by(nurse).get("me/").json(), by(participant).get("me/").json()

    assert [(held["role"], held["site"]) for held in staff["memberships"]] == [("COORDINATOR", str(site.pk))]
    assert staff["patient"] is None
    assert patient["memberships"] == []
    assert patient["patient"] == by(participant).get(f"patients/{subject.patient_id}/").json()
    assert patient["patient"]["identity_visible"] is True


def test_identity_is_for_those_who_treat_and_each_reading_is_recorded(site):
    subject = factories.subject_at(site)
    path = f"patients/{subject.patient_id}/"

    nurse, manager = by(factories.coordinator_at(site)).get(path), by(factories.data_manager_of(site.trial)).get(path)

    assert nurse.json()["display_name"].startswith("Ada")
    hidden = manager.json()
    assert hidden["identity_visible"] is False
    identity = ("display_name", "medical_record_number", "date_of_birth", "contact")
    assert [hidden[name] for name in identity] == [None] * 4
    assert nurse["ETag"] != manager["ETag"]
    read = AuditLog.objects.filter(action="patients.identity_read", patient_id=subject.patient_id)
    assert [event.metadata["purpose"] for event in read] == ["api"]


def test_a_patient_is_found_by_those_who_may_know_them(site):
    patient = factories.patient_at(site)
    number = patient.identity().medical_record_number
    body = {"medical_record_number": number.lower()}

    nurse, manager = by(factories.coordinator_at(site)), by(factories.data_manager_of(site.trial))

    assert [row["id"] for row in nurse.post("patients/search/", body).json()["results"]] == [str(patient.pk)]
    assert manager.post("patients/search/", body).json()["results"] == []
    assert nurse.get(f"patients/?medical_record_number={number}").status_code == 400


def test_a_patient_is_registered_corrected_and_invited(site):
    nurse = by(factories.coordinator_at(site))
    identity = {"medical_record_number": "M-1", "display_name": "Ada", "date_of_birth": "1950-03-07"}

    made = nurse.post("patients/", identity | {"primary_clinic": str(site.pk)})
    path = f"patients/{made.json()['id']}/"
    again = nurse.post("patients/", identity | {"primary_clinic": str(site.pk)})
    corrected = nurse(
        "PUT", path, identity | {"display_name": "Eva", "reason": "Typing error"}, HTTP_IF_MATCH=made["ETag"]
    )
    code = nurse.post(f"{path}invitations/", {"site": str(site.pk)})

    assert (made.status_code, again.status_code, corrected.status_code, code.status_code) == (201, 409, 200, 201)
    assert corrected.json()["display_name"] == "Eva"
    assert len(code.json()["code"]) == 19


def test_preferences_are_the_participants_own(site):
    subject = factories.subject_at(site)
    participant, nurse = by(factories.participant_of(subject)), by(factories.coordinator_at(site))
    path = f"patients/{subject.patient_id}/preferences/"
    version = participant.get(f"patients/{subject.patient_id}/").json()["version"]

    assert nurse("PUT", path, {"text_size": "large"}, version=version).status_code == 403
    assert participant("PUT", path, {"text_size": "large"}, version=version).json()["preferences"] == {
        "text_size": "large"
    }


READERS = [factories.monitor_at, lambda site: factories.auditor_of(site.trial)]


@pytest.mark.parametrize("reader", READERS, ids=["monitor", "auditor"])
def test_readers_write_nothing_through_any_verb(site, reader):
    capture = factories.capture_of(factories.subject_at(site), submit=True)
    caller = by(reader(site))
    form = {"subject": str(capture.subject_id), "visit": "W2", "form": "VS", "data": {}}

    assert caller.get(f"captures/{capture.pk}/").status_code == 200
    path = f"captures/{capture.pk}/"
    assert caller("PATCH", path, {"data": {}, "reason": "x"}, version=1).status_code == 403
    assert caller.post(f"{path}finalize/", version=1).status_code == 403
    assert caller.post("captures/", form).status_code == 403
    assert caller.post(f"{path}reopen/", {"reason": "x"}, version=1).status_code == 403


@pytest.mark.parametrize("stranger", [factories.sponsor_of, lambda trial: factories.administrator()])
def test_sponsors_and_administrators_see_no_clinical_data(site, stranger):
    capture = factories.capture_of(factories.subject_at(site))
    caller = by(stranger(site.trial))

    for path in ("captures/", "subjects/", "patients/", "messages/", "appointments/"):
        assert caller.get(path).json()["results"] == [], path
    assert caller.get(f"captures/{capture.pk}/").status_code == 404
    assert caller.get(f"captures/{capture.pk}/history/").status_code == 404
    assert [row["id"] for row in caller.get("trials/").json()["results"]] == [str(site.trial_id)]


def test_participants_fill_in_their_own_forms_only(site):
    subject = factories.subject_at(site)
    caller = by(factories.participant_of(subject))
    diary = {"subject": str(subject.pk), "visit": "W2", "form": "DIARY", "data": {"MOOD": "7"}, "submit": True}

    assert caller.post("captures/", diary).status_code == 201
    assert caller.post("captures/", diary | {"form": "VS", "data": {}}).status_code == 403
    other = factories.subject_at(site)
    assert faults(caller.post("captures/", diary | {"subject": str(other.pk)})) == {"/subject": "unknown"}


def test_a_message_is_sent_delivered_and_read(site):
    subject = factories.subject_at(site)
    participant, nurse = factories.participant_of(subject), factories.coordinator_at(site)
    conversation = factories.conversation_with(subject, by=nurse)
    team, patient, looker = by(nurse), by(participant), by(factories.auditor_of(site.trial))
    listed = f"conversations/{conversation.pk}/messages/"

    def status():
        return [(row["status"], row["is_read"]) for row in team.get(listed).json()["results"]]

    looker.get(listed)
    assert status() == [("sent", False)]
    assert patient.get("messages/").json()["results"][0]["from"] == str(nurse.pk)
    assert status() == [("delivered", False)]
    assert patient.post(f"conversations/{conversation.pk}/read/").json() == {"read": 1}
    assert status() == [("read", True)]
    assert looker.post(f"conversations/{conversation.pk}/read/").json() == {"read": 0}
    assert set(Receipt.objects.values_list("user", flat=True)) == {participant.pk}


def test_an_answer_goes_to_the_team_and_is_news_to_it(site):
    subject = factories.subject_at(site)
    participant, nurse = factories.participant_of(subject), by(factories.coordinator_at(site))
    conversation = factories.conversation_with(subject)

    sent = by(participant).post("messages/", {"conversation_id": str(conversation.pk), "body": "I am well."})
    outsider = by(factories.coordinator_at(factories.active_site()))

    assert (sent.status_code, sent.json()["to"], sent.json()["from"]) == (201, None, str(participant.pk))
    news = nurse.get("notifications/?kind=messaging.sent").json()["results"]
    assert str(sent.json()["id"]) not in [row["entity_id"] for row in outsider.get("notifications/").json()["results"]]
    assert all("body" not in row for row in news)
    assert outsider.get(f"messages/{sent.json()['id']}/").status_code == 404
    assert faults(outsider.post("messages/", {"conversation_id": str(conversation.pk), "body": "x"})) == {
        "/conversation_id": "unknown"
    }


def test_the_trail_is_for_those_who_may_read_it(site):
    capture = factories.capture_of(factories.subject_at(site))
    auditor, nurse = by(factories.auditor_of(site.trial)), by(factories.coordinator_at(site))
    path = f"audit-events/?entity_id={capture.pk}&field=SYSBP"

    (event,) = auditor.get(path).json()["results"]

    assert (event["new_value"], event["actor_role"], len(event["hash"])) == ("120", "COORDINATOR", 64)
    assert auditor.get(f"audit-events/{event['id']}/").json() == event
    assert nurse.get(path).json()["results"] == []
    assert nurse.get(f"audit-events/{event['id']}/").status_code == 404


def test_the_trail_is_read_page_by_page(site):
    factories.capture_of(factories.subject_at(site))
    auditor = by(factories.auditor_of(site.trial))

    first = auditor.get("audit-events/?limit=3").json()
    second = auditor.get(first["next"].partition("/api/v1/")[2]).json()
    together = auditor.get("audit-events/?limit=6").json()["results"]

    assert first["results"] + second["results"] == together


def test_what_a_message_says_of_identity_stays_out_of_the_trail(site):
    conversation = factories.conversation_with(factories.subject_at(site))
    message = send_message(conversation=conversation, body="Secret", by=factories.coordinator_at(site))
    monitor = by(factories.monitor_at(site))

    events = monitor.get(f"audit-events/?entity_id={message.pk}").json()["results"]

    assert events
    assert {event["values_visible"] for event in events} == {False}
    assert "Secret" not in str(events)
