"""What cannot be done has its own status at every door: 422 for input, 409, 412 or 403 for what a rule refuses."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from captures import services as captures
from edc.accounts import services as accounts
from messaging import services as messaging
from tests import factories
from tests.api.calling import by
from trials import services as trials

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def subject(site):
    return factories.subject_at(site)


@pytest.fixture
def nurse(site):
    return factories.coordinator_at(site)


@pytest.fixture
def send(client):
    """Return what sends a form of a page as somebody, and gives the answer's status."""

    def send(user, page, /, *keys, to="", **given):
        client.force_login(user)
        return client.post(reverse(page, args=keys) + to, {"sent": "1"} | given).status_code

    return send


def test_pages_of_trials(send, site):
    trial, root, manager = site.trial, factories.administrator(), factories.data_manager_of(site.trial)
    new = {"protocol_number": "NEW-1", "title": "New", "planned_subjects": "0"}
    changed = {"name": "Clinic", "time_zone": "UTC", "status": "ON_HOLD", "planned_subjects": "0", "reason": "Moved"}
    member = trial.memberships.filter(user=manager).get()

    assert send(root, "trials:new", **new | {"title": ""}) == 422
    assert send(root, "trials:new", **new | {"protocol_number": trial.protocol_number}) == 409
    assert send(manager, "trials:move", trial.pk, to="", version=trial.version, reason="") == 422
    assert send(root, "trials:add_site", trial.pk) == 422
    assert send(root, "trials:change_site", site.pk, **changed, version=site.version + 1) == 412
    assert send(root, "trials:grant", trial.pk, email="nobody@test.example") == 422
    assert send(root, "trials:end_membership", member.pk, version=member.version) == 422
    version = trial.study_versions.get()
    assert send(manager, "trials:move_study_version", version.pk, version=version.version) == 422


def test_draft_of_a_trial_that_somebody_else_changed(send):
    trial = factories.draft_trial()
    manager = factories.data_manager_of(trial)
    given = {"title": "Better", "planned_subjects": "5", "reason": "Typing error", "version": trial.version}

    assert send(manager, "trials:edit", trial.pk, **given | {"title": ""}) == 422
    assert send(manager, "trials:edit", trial.pk, **given) == 302
    assert send(manager, "trials:edit", trial.pk, **given) == 412


def test_the_writer_of_a_trial_does_not_approve_it_through_any_door(send):
    root, trial = factories.administrator(), factories.draft_trial()
    writer, site = factories.data_manager_of(trial), factories.site_in(trial)
    words = {"title": "Mine", "description": "", "start_date": None, "end_date": None, "planned_subjects": 1}
    trial = trials.change_trial(trial=trial, **words, reason="Mine", version=trial.version, by=writer)
    trial = trials.move_trial(trial=trial, to="IN_REVIEW", reason="Ready", by=writer)
    role = trial.memberships.get(user=writer)
    trials.end_membership(membership=role, reason="Changes sides", by=root)
    trials.grant_membership(user=writer, trial=trial, site=site, role="INVESTIGATOR", reason="Changes sides", by=root)
    decision = {"approved": "yes", "reason": "Sound", "version": trial.version}

    assert send(writer, "trials:approve", trial.pk, **decision) == 403
    answer = by(writer).post(f"trials/{trial.pk}/approve/", {"approved": True, "reason": "x"}, version=trial.version)
    assert answer.status_code == 403
    trial.refresh_from_db()
    assert trial.status == "IN_REVIEW"


def test_pages_of_appointments(send, subject, nurse):
    start = timezone.now() + timedelta(days=3)
    booked = factories.appointment_of(subject, nurse, start)
    zone = timezone.localtime(start)
    slot = {"provider": str(nurse.pk), "day": f"{zone:%Y-%m-%d}", "time": f"{zone:%H:%M}", "minutes": "45"}

    assert send(nurse, "patients:book", to=f"?subject={subject.pk}", **slot | {"minutes": "x"}) == 422
    assert send(nurse, "patients:book", to=f"?subject={subject.pk}", **slot) == 409
    assert send(nurse, "patients:change_appointment", booked.pk, version=1) == 422
    assert send(nurse, "patients:cancel_appointment", booked.pk, version=1, reason="") == 422
    assert send(nurse, "patients:cancel_appointment", booked.pk, version=7, reason="Ill") == 412
    assert send(nurse, "patients:close_appointment", booked.pk, version=1) == 422
    participant = factories.participant_of(subject)
    assert send(participant, "patients:ask") == 422


def test_pages_of_patients(send, site, subject, nurse):
    patient = subject.patient
    factories.participant_of(subject)
    identity = {"medical_record_number": "MRN-X", "display_name": "New Name", "date_of_birth": "1950-03-07"}
    enrolled = {"enrolled_on": "2026-05-20", "number": subject.number}

    assert send(nurse, "patients:invite", patient.pk, site=site.pk) == 409
    assert send(nurse, "patients:enrol", site.pk, step="find") == 422
    assert send(nurse, "patients:enrol", site.pk, step="admit") == 422
    assert send(nurse, "patients:enrol", site.pk, step="admit", **identity, **enrolled) == 409
    assert send(nurse, "patients:change_patient", patient.pk) == 422
    correction = identity | {"reason": "Misspelt", "version": patient.version + 5}
    assert send(nurse, "patients:change_patient", patient.pk, **correction) == 412
    waiting = accounts.create_account(
        email="waits@test.example", password=None, display_name="Waits", kind="PARTICIPANT", status="WAITING", by=None
    )
    assert send(waiting, "patients:accept_invitation", code="") == 422


def test_pages_of_messages(send, subject, nurse):
    conversation = factories.conversation_with(subject, by=nurse)

    assert send(nurse, "messaging:thread", conversation.pk, body="") == 422
    assert send(nurse, "messaging:new", to=f"?subject={subject.pk}", topic="", body="Hello") == 422
    assert send(nurse, "messaging:thread", conversation.pk, body="One", key="same") == 302
    assert send(nurse, "messaging:thread", conversation.pk, body="Other", key="same") == 422


def test_pages_of_accounts(send, nurse):
    assert send(nurse, "accounts:profile", display_name="") == 422
    assert send(factories.administrator(), "accounts:disable", nurse.pk, reason=" ") == 422


def test_a_participants_form_that_a_rule_refuses(send, subject, monkeypatch):
    participant = factories.participant_of(subject)
    place = [subject.pk, "W2", 1, "DIARY", 1]

    def refuse(**_given):
        raise captures.TrialNotOpen("Not now.")

    monkeypatch.setattr("captures.services.create_capture", refuse)

    assert send(participant, "captures:my_form", *place, version=0, i_MOOD="5", act="submit") == 409
    assert send(participant, "captures:my_form", *place, version=0, i_MOOD="many", act="submit") == 422


# -- what the database refuses -----------------------------------------------------------------------------------------

BUSY, REFUSED = (409, "busy"), (409, "refused-by-database")
# By the database's own code: not serialised, deadlock, lock not had in time; no reason, final; twice, too large.
ANSWERS = {
    "40001": BUSY,
    "40P01": BUSY,
    "55P03": BUSY,
    "ED002": REFUSED,
    "ED003": REFUSED,
    "23505": (409, "conflict"),
    "22003": (400, "bad-request"),
    # A change that names nobody is a fault of ours.
    "ED001": (500, "fault"),
}


@pytest.mark.parametrize(("state", "answer"), ANSWERS.items())
def test_what_the_database_refuses_has_the_same_status_through_both_doors(client, subject, monkeypatch, state, answer):
    nurse = factories.coordinator_at(subject.site)
    conversation = factories.conversation_with(subject, by=nurse)

    def fail(**_given):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"do $$ begin raise exception 'a secret' using errcode = '{state}'; end $$")

    monkeypatch.setattr(messaging, "send_message", fail)
    client.raise_request_exception = False
    client.force_login(nurse)

    page = client.post(reverse("messaging:thread", args=[conversation.pk]), {"body": "Hello", "key": "k"})
    program = client.post(
        f"/api/v1/conversations/{conversation.pk}/messages/", {"body": "Hello"}, content_type="application/json"
    )

    status, code = answer
    assert (page.status_code, program.status_code) == (status, status)
    assert f"Error {status}" in page.content.decode()
    assert program.json()["type"] == f"urn:edc:problem:{code}"
    assert "a secret" not in page.content.decode() + program.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_for_long_is_busy(client):
    trial = factories.draft_trial()
    manager = factories.data_manager_of(trial)
    given = {"title": "Better", "planned_subjects": "5", "reason": "Typing error", "version": trial.version}
    client.force_login(manager)
    other = connection.copy()
    try:
        with connection.cursor() as cursor:
            cursor.execute("set lock_timeout = '100ms'")
        with transaction.atomic(), other.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select from trials_clinicaltrial where id = %s for update", [trial.pk])

            answer = client.post(reverse("trials:edit", args=[trial.pk]), given)

            cursor.execute("rollback")
    finally:
        other.close()

    assert answer.status_code == 409
    assert "try again" in answer.content.decode()


@pytest.mark.parametrize("status", [400, 403, 409, 412, 422, 429])
def test_the_page_of_a_refusal_bears_its_number(client, subject, monkeypatch, status):
    nurse = factories.coordinator_at(subject.site)

    def refuse(**_given):
        refused = messaging.SubjectElsewhere("Because of <this>.")
        refused.status = status
        raise refused

    monkeypatch.setattr(messaging, "mark_seen", refuse)
    client.force_login(nurse)

    answer = client.post(reverse("messaging:seen"), {"position": "1"})

    assert answer.status_code == status
    assert f"Error {status}" in answer.content.decode()
    assert "Because of &lt;this&gt;." in answer.content.decode()
