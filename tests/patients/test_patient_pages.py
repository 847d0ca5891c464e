"""Enrolment and patients by page: found before they are registered, both or neither written, each reading recorded."""

import pytest
from django.urls import reverse

from audit.models import AuditLog
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
