"""Text in which nothing can be seen is no reason, name, message or value; a name hides nothing."""

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditLog
from captures import services as captures
from edc.base.actor import name_actor
from edc.base.errors import Invalid
from edc.base.texts import fault_of_name, is_blank, plain_name, visible
from messaging import services as messaging
from patients import services as patients
from patients.models import Identity
from tests import factories
from trials import services as trials

ZERO_WIDTH, SEPARATOR, TURNED = "\u200b", "\u2063", "Ada \u202eesle"
UNSEEN = [ZERO_WIDTH, SEPARATOR, "\u2800", "\u3164", "\ufeff", "\U000e0041", " \u00ad\u200d ", "\n\t", ""]
SEEN = ["x", "–", "é", "نعم", "数", "👍🏽", "می‌خواهم", "Ada Lovelace"]


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def nurse(site):
    return factories.coordinator_at(site)


@pytest.fixture
def submitted(site, nurse):
    return factories.capture_of(factories.subject_at(site), submit=True, by=nurse)


@pytest.mark.django_db
@pytest.mark.parametrize(("texts", "blank"), [(UNSEEN, True), (SEEN, False)], ids=["unseen", "seen"])
def test_the_database_sees_what_the_portal_sees(texts, blank):
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute("select edc_is_said(%s)", [text])
            assert (is_blank(text), cursor.fetchone()) == (blank, (not blank,)), ascii(text)


@pytest.mark.parametrize("text", SEEN)
def test_what_can_be_seen_stays_as_it_is(text):
    assert visible(f" {text}\n") == text
    assert fault_of_name(text) == ""
    assert plain_name(text) == text


def test_what_turns_the_letters_around_is_no_name():
    assert fault_of_name(TURNED)
    assert visible(TURNED) == plain_name(TURNED) == "Ada esle"
    assert plain_name(ZERO_WIDTH) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("reason", [ZERO_WIDTH, SEPARATOR, f" {ZERO_WIDTH} "])
def test_a_reason_must_be_seen(client, submitted, nurse, reason):
    client.force_login(nurse)

    answer = client.patch(
        f"/api/v1/captures/{submitted.pk}/",
        {"data": {"SYSBP": "131"}, "reason": reason},
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/reason"
    assert submitted.history.count() == 1


@pytest.mark.django_db
def test_the_database_wants_a_reason_that_can_be_seen(submitted, nurse):
    with pytest.raises(DatabaseError, match="needs its reason"):
        emptied(submitted, ZERO_WIDTH, by=nurse)
    emptied(submitted, "Misread", by=nurse)

    submitted.refresh_from_db()
    assert submitted.data == {}


def emptied(capture, reason, *, by):
    with transaction.atomic(), connection.cursor() as cursor:
        name_actor(by.pk, action="captures.saved", reason=reason)
        cursor.execute("update captures_datacapture set data = '{}' where id = %s", [capture.pk])


@pytest.mark.django_db
def test_every_service_wants_a_reason_that_can_be_seen(site, submitted):
    administrator, doctor = factories.administrator(), factories.investigator_at(site)
    manager = factories.data_manager_of(site.trial)
    subject, finalised = submitted.subject, factories.finalised_capture_of(factories.subject_at(site))
    membership = factories.coordinator_at(site).memberships.get()
    patient = subject.patient
    orders = [
        lambda why: captures.reopen_capture(capture=finalised, reason=why, by=doctor),
        lambda why: trials.end_membership(membership=membership, reason=why, by=administrator),
        lambda why: trials.change_site(site=site, changes={}, reason=why, version=site.version, by=administrator),
        lambda why: trials.move_trial(trial=site.trial, to="SUSPENDED", reason=why, by=manager),
        lambda why: patients.change_disposition(
            subject=subject, disposition="WITHDRAWN", on=subject.enrolled_on, reason=why, by=doctor
        ),
        lambda why: patients.change_patient(
            patient=patient, identity=factories.identity(), is_active=True, reason=why, version=1, by=doctor
        ),
    ]
    before = AuditLog.objects.count()

    for order in orders:
        with pytest.raises(Invalid) as refused:
            order(ZERO_WIDTH)
        assert "reason" in refused.value.errors
    assert AuditLog.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("name", [ZERO_WIDTH, TURNED, f"Ada{ZERO_WIDTH}"])
def test_names_and_numbers_hide_nothing(client, site, nurse, name):
    client.force_login(nurse)
    profile = client.post("/account/profile/", {"display_name": name, "time_zone": "UTC", "locale": "en-gb"})
    client.logout()
    signed_up = client.post(
        "/accounts/signup/", {"display_name": name, "email": "x@y.example", "password1": "long-enough-for-2026"}
    )

    assert profile.status_code == 422
    assert "display_name" in profile.context["form"].errors
    assert "display_name" in signed_up.context["form"].errors
    for identity in (Identity(name, "Ada", "1950-03-07", {}), Identity("MRN-1", name, "1950-03-07", {})):
        with pytest.raises(Invalid):
            patients.register_patient(site=site, identity=identity, by=nurse)
    with pytest.raises(Invalid, match="seen"):
        patients.enrol_subject(
            patient=factories.patient_at(site), site=site, number=name, enrolled_on=site.created_at.date(), by=nurse
        )


@pytest.mark.django_db
def test_an_unseen_message_is_none_and_no_message_turns_around(site, nurse):
    conversation = factories.conversation_with(factories.subject_at(site), by=nurse)

    with pytest.raises(Invalid, match="Write a message"):
        messaging.send_message(conversation=conversation, body=ZERO_WIDTH, by=nurse)
    assert messaging.send_message(conversation=conversation, body=TURNED, by=nurse).body == "Ada esle"


@pytest.mark.django_db
def test_an_unseen_value_is_empty(site, nurse):
    values = factories.VALUES | {"NOTE": f" {ZERO_WIDTH} "}
    capture = captures.create_capture(
        subject=factories.subject_at(site), visit="SCR", form="VS", values=values, by=nurse
    )

    assert "NOTE" not in capture.data
    with pytest.raises(Invalid):
        captures.create_plain_capture(subject=capture.subject, data_value=ZERO_WIDTH, by=nurse)
