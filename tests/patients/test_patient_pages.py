"""Enrolment and patients by page: found before they are registered, both or neither written, each reading recorded."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from edc.base.errors import Refused
from patients import services
from patients.models import PatientProfile, Subject
from tests import factories
from trials.services import move_trial

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def nurse(site, client):
    nurse = factories.coordinator_at(site)
    client.force_login(nurse)
    return nurse


def enrol_at(site):
    return reverse("patients:enrol", args=[site.pk])


def page_of(patient, act="patient"):
    return reverse(f"patients:{act}", args=[patient.pk])


def newcomer(**changes):
    return {
        "step": "admit",
        "medical_record_number": "MRN-77",
        "display_name": "Grace Invented",
        "date_of_birth": "1950-03-07",
        "email": "grace@home.example",
        "phone": "555 0101",
        "number": "S-001",
        "enrolled_on": "2026-06-01",
        "key": "k1",
    } | changes


def find(client, site, number):
    return client.post(enrol_at(site), {"step": "find", "medical_record_number": number})


def readings(**conditions):
    return AuditLog.objects.filter(action="patients.identity_read", **conditions)


def test_new_patient_is_registered_and_enrolled_in_one_go(client, site, nurse):
    page = find(client, site, "MRN-77").content.decode()
    assert 'value="MRN-77"' in page

    answer = client.post(enrol_at(site), newcomer(), follow=True)

    subject = Subject.objects.get()
    assert (subject.number, subject.site, subject.disposition) == ("S-001", site, "SCREENING")
    identity = subject.patient.identity()
    assert (identity.display_name, identity.date_of_birth) == ("Grace Invented", "1950-03-07")
    assert identity.contact == {"email": "grace@home.example", "phone": "555 0101"}
    assert answer.redirect_chain[-1][0] == page_of(subject.patient)
    assert "S-001 is in screening" in answer.content.decode()


def test_number_that_is_taken_leaves_no_patient_behind(client, site, nurse):
    taken = factories.subject_at(site)

    page = client.post(enrol_at(site), newcomer(number=taken.number)).content.decode()

    assert "This trial has a subject with this number." in page
    assert "Grace Invented" in page
    assert PatientProfile.objects.count() == 1


def test_sent_twice_is_enrolled_once(client, site, nurse):
    addresses = {client.post(enrol_at(site), newcomer()).url for _ in range(2)}

    assert len(addresses) == 1
    assert Subject.objects.count() == PatientProfile.objects.count() == 1


def test_subject_number_is_shown_as_it_is_typed_and_is_never_markup(client, site, nurse):
    client.post(enrol_at(site), newcomer(number="<b>bold</b>"))

    page = find(client, site, "MRN-NEW").content.decode()

    assert "The last number at this site is &lt;b&gt;bold&lt;/b&gt;." in page
    assert "<b>bold</b>" not in page


def test_known_patient_is_found_and_enrolled_without_a_second_registration(client, site, nurse):
    patient = factories.patient_at(site)
    identity = patient.identity()

    page = find(client, site, identity.medical_record_number.lower()).content.decode()
    assert identity.display_name in page
    typed = {"step": "enrol", "patient": patient.pk, "number": "S-002", "enrolled_on": "2026-06-01", "key": "k1"}
    client.post(enrol_at(site), typed)

    assert Subject.objects.get().patient == patient
    assert PatientProfile.objects.count() == 1
    assert readings(patient_id=patient.pk, actor=nurse).exists()


def test_patient_who_is_in_the_trial_is_pointed_to(client, site, nurse):
    subject = factories.subject_at(site)

    page = find(client, site, subject.patient.identity().medical_record_number).content.decode()

    assert "in the trial already" in page
    assert 'value="enrol"' not in page


def test_patients_of_other_sites_are_not_found(client, site, nurse):
    elsewhere = factories.patient_at(factories.active_site())
    identity = elsewhere.identity()

    page = find(client, site, identity.medical_record_number).content.decode()
    assert identity.display_name not in page
    typed = {"step": "enrol", "patient": elsewhere.pk, "number": "S-002", "enrolled_on": "2026-06-01", "key": "k1"}

    assert client.post(enrol_at(site), typed).status_code == 404
    assert not Subject.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date_of_birth": "7 Smarch 1950"}, "Write a date as day, month and year"),
        ({"date_of_birth": "2199-01-01"}, "This date is in the future."),
        ({"date_of_birth": "1800-01-01"}, "Check the year."),
        ({"email": "nowhere"}, "Enter a valid email address."),
        ({"display_name": "Nul\0byte"}, "Null characters are not allowed."),
        ({"number": ""}, "This field is required."),
        ({"enrolled_on": "2199-01-01"}, "This date is in the future."),
        ({"number": "x" * 41}, "at most 40 characters"),
    ],
)
def test_wrong_input_is_said_and_writes_nothing(client, site, nurse, changes, said):
    page = client.post(enrol_at(site), newcomer(**changes)).content.decode()

    assert said in page
    assert "555 0101" in page
    assert not PatientProfile.objects.exists()


def test_wrong_input_for_a_known_patient_keeps_them_on_the_page(client, site, nurse):
    patient = factories.patient_at(site)

    page = client.post(enrol_at(site), {"step": "enrol", "patient": patient.pk, "number": "", "key": "k1"})
    assert patient.identity().display_name in page.content.decode()
    nobody = client.post(enrol_at(site), {"step": "enrol", "patient": "nonsense"})

    assert "First see whether" in nobody.content.decode()


def test_nobody_is_enrolled_while_the_trial_is_suspended(client, site, nurse):
    manager = factories.data_manager_of(site.trial)
    move_trial(trial=site.trial, to="SUSPENDED", reason="Safety", by=manager)

    page = client.post(enrol_at(site), newcomer()).content.decode()

    assert "The trial is not active" in page
    assert not PatientProfile.objects.exists()


def test_only_staff_who_enrol_come_to_the_page(client, site):
    for user, status in (
        (factories.monitor_at(site), 403),
        (factories.sponsor_of(site.trial), 403),
        (factories.data_manager_of(site.trial), 403),
        (factories.coordinator_at(factories.active_site()), 404),
    ):
        client.force_login(user)
        assert client.get(enrol_at(site)).status_code == status
        assert client.post(enrol_at(site), newcomer()).status_code == status
    assert not PatientProfile.objects.exists()


def test_record_number_never_stands_in_an_address(client, site, nurse):
    page = client.get(enrol_at(site)).content.decode()

    assert '<form method="post" novalidate>' in page
    assert client.get(f"{enrol_at(site)}?step=find&medical_record_number=MRN-1").context["find"].is_bound is False


# -- the patient's page ----------------------------------------------------------------------------------------------


def test_nurse_sees_who_it_is_and_each_look_is_recorded(client, site, nurse):
    patient = factories.subject_at(site).patient

    page = client.get(page_of(patient)).content.decode()

    assert patient.identity().display_name in page
    read = readings().get()
    assert (read.actor, read.patient_id, read.metadata["purpose"]) == (nurse, patient.pk, "patient page")


@pytest.mark.parametrize("make", [factories.data_manager_of, factories.auditor_of, factories.monitor_at])
def test_those_without_the_right_see_no_name(client, site, make):
    subject = factories.subject_at(site)
    identity = subject.patient.identity()
    client.force_login(make(site.trial))

    page = client.get(page_of(subject.patient)).content.decode()

    assert subject.number in page
    for private in (identity.display_name, identity.medical_record_number, identity.contact["email"], "07 Mar 1950"):
        assert private not in page
    assert not readings().exists()
    for act in ("change_patient", "invite"):
        assert client.get(page_of(subject.patient, act)).status_code == 403
        assert client.post(page_of(subject.patient, act)).status_code == 403


def test_strangers_find_no_patient(client, site):
    patient = factories.subject_at(site).patient
    for user in (
        factories.coordinator_at(factories.active_site()),
        factories.sponsor_of(site.trial),
        factories.participant_of(factories.subject_at(site)),
    ):
        client.force_login(user)
        for act in ("patient", "change_patient", "invite"):
            assert client.get(page_of(patient, act)).status_code == 404


def test_participant_sees_their_own_details_and_may_not_change_them(client, site):
    subject = factories.subject_at(site)
    client.force_login(factories.participant_of(subject))

    page = client.get(page_of(subject.patient)).content.decode()

    assert "My details" in page
    assert subject.patient.identity().display_name in page
    assert not readings().exists()
    assert client.get(page_of(subject.patient, "change_patient")).status_code == 403


def test_correction_keeps_what_was_not_changed_and_its_reason(client, site, nurse):
    patient = factories.patient_at(site)
    form = client.get(page_of(patient, "change_patient")).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields} | {
        "display_name": "Ada Corrected",
        "reason": "Misspelt",
    }

    client.post(page_of(patient, "change_patient"), typed)

    changed = PatientProfile.objects.get()
    assert changed.identity().display_name == "Ada Corrected"
    assert changed.identity().contact == patient.identity().contact
    assert changed.is_active
    assert {event.reason for event in AuditLog.objects.filter(action="patients.changed")} == {"Misspelt"}


def test_correction_of_what_somebody_else_changed_is_refused_and_kept(client, site, nurse):
    patient = factories.patient_at(site)
    services.change_patient(
        patient=patient, identity=patient.identity(), is_active=False, reason="Moved", version=1, by=nurse
    )
    typed = newcomer(display_name="Typed here", reason="Misspelt", version=1)

    page = client.post(page_of(patient, "change_patient"), typed).content.decode()

    assert "Somebody else changed this in the meantime." in page
    assert "Typed here" in page
    assert PatientProfile.objects.get().identity().display_name != "Typed here"


# -- invitations -----------------------------------------------------------------------------------------------------


def test_code_is_shown_once_with_its_picture(client, site, nurse):
    subject = factories.subject_at(site)

    answer = client.post(page_of(subject.patient, "invite"), {"site": site.pk})

    code = answer.context["code"]
    assert code in answer.content.decode()
    assert 'src="data:image/svg+xml;base64,' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert code not in client.get(page_of(subject.patient, "invite")).content.decode()
    assert services.accept_invitation(code=code, by=factories.person("P", kind="PARTICIPANT")) == subject.patient


def test_newer_code_ends_the_earlier_one(client, site, nurse):
    patient = factories.subject_at(site).patient
    first, second = (client.post(page_of(patient, "invite"), {"site": site.pk}).context["code"] for _ in range(2))

    page = client.get(page_of(patient, "invite")).content.decode()

    assert "Withdrawn" in page
    assert "Waiting" in page
    waiting = factories.person("Waiting", kind="PARTICIPANT")
    with pytest.raises(Refused):
        services.accept_invitation(code=first, by=waiting)
    services.accept_invitation(code=second, by=waiting)


def test_who_has_an_account_is_not_invited_again(client, site, nurse):
    subject = factories.subject_at(site)
    factories.participant_of(subject)

    page = client.post(page_of(subject.patient, "invite"), {"site": site.pk}).content.decode()

    assert "signed up already" in page
    assert "invitation-code" not in page


def test_code_is_withdrawn_from_where_it_was_made(client, site, nurse):
    patient = factories.subject_at(site).patient
    made = client.post(page_of(patient, "invite"), {"site": site.pk})
    withdraw = reverse("patients:withdraw_invitation", args=[made.context["invitation"].pk])
    assert withdraw in made.content.decode()
    assert withdraw in client.get(page_of(patient)).content.decode()

    page = client.post(withdraw, {"reason": "Lost on the way"}, follow=True).content.decode()

    assert "Its code opens nothing any more." in page
    assert withdraw not in page
    event = AuditLog.objects.filter(action="patients.invitation_withdrawn", field="withdrawn_at").get()
    assert (event.reason, event.actor) == ("Lost on the way", nurse)
    client.logout()
    typed = {"display_name": "Ada", "email": "ada@home.example", "password1": "long-and-plain-words"}
    typed["invitation_code"] = made.context["code"]
    assert "This code is not valid" in client.post(reverse("account_signup"), typed).content.decode()


def test_used_or_withdrawn_invitation_is_not_withdrawn(client, site, nurse):
    subject = factories.subject_at(site)
    factories.participant_of(subject)
    used = subject.patient.invitations.get()
    withdraw = reverse("patients:withdraw_invitation", args=[used.pk])

    assert "This invitation was used" in client.post(withdraw).content.decode()
    assert "at most 300 characters" in client.post(withdraw, {"reason": "x" * 301}).content.decode()
    used.refresh_from_db()
    assert used.withdrawn_at is None


def test_invitation_of_another_site_does_not_exist(client, site):
    subject = factories.subject_at(site)
    factories.participant_of(subject)
    withdraw = reverse("patients:withdraw_invitation", args=[subject.patient.invitations.get().pk])
    strangers = [factories.coordinator_at(factories.site_in(site.trial)), factories.monitor_at(site)]

    for stranger in [*strangers, subject.patient.user]:
        client.force_login(stranger)
        assert (client.get(withdraw).status_code, client.post(withdraw).status_code) == (404, 404)


def test_site_of_others_is_no_choice(client, site, nurse):
    patient = factories.subject_at(site).patient

    page = client.post(page_of(patient, "invite"), {"site": factories.site_in(site.trial).pk}).content.decode()

    assert "Select a valid choice" in page
    assert not patient.invitations.exists()


def test_invitation_opens_sign_up_with_its_code(client, site):
    subject = factories.subject_at(site)
    nurse = factories.coordinator_at(site)
    _, code = services.invite_participant(patient=subject.patient, site=site, by=nurse)

    page = client.get(reverse("account_signup"), {"invitation": code}).content.decode()

    assert f'value="{code}"' in page
    typed = {"display_name": "Ada", "email": "ada@home.example", "password1": "long-and-plain-words"}
    client.post(reverse("account_signup"), typed | {"invitation_code": code.lower().replace("-", " ")})
    subject.patient.refresh_from_db()
    assert subject.patient.user.email == "ada@home.example"
    assert subject.patient.user.status == "ACTIVE"


def test_who_waits_enters_the_code_later(client, site):
    subject = factories.subject_at(site)
    nurse = factories.coordinator_at(site)
    _, code = services.invite_participant(patient=subject.patient, site=site, by=nurse)
    typed = {"display_name": "Ada", "email": "ada@home.example", "password1": "long-and-plain-words"}
    client.post(reverse("account_signup"), typed)
    waiting = factories.User.objects.get(email="ada@home.example")
    client.force_login(waiting)
    here = reverse("patients:accept_invitation")
    assert here in client.get("/", follow=True).content.decode()

    assert "This code is not valid." in client.post(here, {"code": "AAAA-BBBB-CCCC-DDDD"}).content.decode()
    assert client.post(here, {"code": code}).status_code == 302

    subject.patient.refresh_from_db()
    assert subject.patient.user == waiting
    assert client.get(reverse("captures:today")).status_code == 200


def test_code_that_is_too_old_opens_nothing(client, site):
    subject = factories.subject_at(site)
    nurse = factories.coordinator_at(site)
    _, code = services.invite_participant(patient=subject.patient, site=site, by=nurse)

    with time_machine.travel(timezone.now() + timedelta(days=15)):
        typed = {"display_name": "Ada", "email": "ada@home.example", "password1": "long-and-plain-words"}
        page = client.post(reverse("account_signup"), typed | {"invitation_code": code}).content.decode()

    assert "This code is not valid" in page
    assert subject.patient.invitations.get().status == "PENDING"


def test_only_who_waits_is_asked_for_a_code(client, site, nurse):
    here = reverse("patients:accept_invitation")
    assert client.get(here).url == "/"
    client.force_login(factories.participant_of(factories.subject_at(site)))
    assert client.post(here, {"code": "x"}).url == "/"
