"""What somebody else saved meanwhile is shown beside what was typed, and what is sent once more goes through."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from captures.services import finalise_capture, reopen_capture
from patients.services import change_disposition, change_patient
from tests import factories
from trials.services import change_site, change_trial

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MEANWHILE = "Somebody else changed this in the meantime."


def page_of(client, who, name, row):
    """Return the address of a page, signed in, and what its form sends if nothing is typed."""
    client.force_login(who)
    address = reverse(name, args=[row.pk])
    form = client.get(address).context["form"]
    return address, held(form)


def held(form):
    """Return what a browser would send of a form as it is shown."""
    return {field.html_name: value for field in form if (value := field.value()) is not None and value is not False}


def sent_twice(client, address, typed):
    """Send what was typed; send once more what the page then holds."""
    refused = client.post(address, typed)
    return refused.content.decode(), client.post(address, held(refused.context["form"]))


def test_site(client):
    site, root = factories.active_site(), factories.administrator()
    address, shown = page_of(client, factories.administrator(), "trials:change_site", site)
    change_site(site=site, changes={"city": "Bremen"}, reason="Moved", version=site.version, by=root)

    page, again = sent_twice(client, address, shown | {"phone": "555 0199", "reason": "New phone"})

    site.refresh_from_db()
    assert MEANWHILE in page
    assert "Saved now: “Bremen”." in page
    assert "Saved now: nothing." in page
    assert 'value="555 0199"' in page
    assert again.status_code == 302
    assert (site.phone, site.city) == ("555 0199", "")


def test_trial(client):
    trial = factories.draft_trial()
    manager = factories.data_manager_of(trial)
    address, shown = page_of(client, manager, "trials:edit", trial)
    said = {name: getattr(trial, name) for name in ("description", "start_date", "end_date", "planned_subjects")}
    change_trial(trial=trial, **said | {"title": "Theirs"}, reason="Typo", version=trial.version, by=manager)

    page, again = sent_twice(client, address, shown | {"title": "Mine", "reason": "Better"})

    trial.refresh_from_db()
    assert "Saved now: “Theirs”." in page
    assert 'value="Mine"' in page
    assert again.status_code == 302
    assert trial.title == "Mine"


def test_step_of_a_trial(client):
    trial = factories.active_trial()
    manager = factories.data_manager_of(trial)
    address, shown = page_of(client, manager, "trials:move", trial)
    change_version_of(trial)

    page, again = sent_twice(client, address, shown | {"to": "SUSPENDED", "reason": "Signal"})

    trial.refresh_from_db()
    assert MEANWHILE in page
    assert again.status_code == 302
    assert trial.status == "SUSPENDED"


def change_version_of(trial):
    """Suspend the trial and make it active again: it stands where it stood, two versions on."""
    manager = factories.data_manager_of(trial)
    for state in ("SUSPENDED", "ACTIVE"):
        trial = factories.trials.move_trial(trial=trial, to=state, reason="Test", by=manager)


def test_patient(client):
    site = factories.active_site()
    nurse, patient = factories.coordinator_at(site), factories.patient_at(site)
    address, shown = page_of(client, nurse, "patients:change_patient", patient)
    theirs = factories.identity("Grace Invented")
    change_patient(patient=patient, identity=theirs, is_active=False, reason="Typo", version=1, by=nurse)

    page, again = sent_twice(client, address, shown | {"display_name": "Ada Typed", "reason": "Misspelt"})

    patient.refresh_from_db()
    assert f"Saved now: “{theirs.display_name}”." in page
    assert "Saved now: no." in page
    assert again.status_code == 302
    assert patient.identity().display_name == "Ada Typed"


def test_appointment(client):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    start = (timezone.now() + timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0)
    made = factories.appointment_of(subject, nurse, start)
    address, shown = page_of(client, nurse, "patients:change_appointment", made)
    shown |= {"time": "09:00", "day": f"{start:%Y-%m-%d}"}
    theirs = client.post(address, shown | {"time": "11:00", "location": "Room 9"})
    assert theirs.status_code == 302, theirs.context["form"].errors

    page, again = sent_twice(client, address, shown | {"time": "10:00"})

    made.refresh_from_db()
    assert "Saved now: “11:00”." in page
    assert "Saved now: “Room 9”." in page
    assert again.status_code == 302
    assert made.start_at.hour == 10


def test_call_off(client):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    made = factories.appointment_of(subject, nurse)
    address, shown = page_of(client, nurse, "patients:cancel_appointment", made)
    change = page_of(client, nurse, "patients:change_appointment", made)
    client.post(change[0], change[1] | {"time": "11:00", "day": f"{made.start_at:%Y-%m-%d}"})

    page, again = sent_twice(client, address, shown | {"reason": "A cold"})

    made.refresh_from_db()
    assert MEANWHILE in page
    assert again.status_code == 302
    assert made.status == "CANCELLED"


def test_what_becomes_of_a_subject(client):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    client.force_login(nurse)
    typed = {"version": subject.version, "disposition": "WITHDRAWN", "on": "t", "reason": "Moved away"}
    today = timezone.localdate()
    change_disposition(subject=subject, disposition="ON_TREATMENT", on=today, reason="First dose", by=nurse)

    page, again = sent_twice(client, reverse("captures:disposition", args=[subject.pk]), typed)

    subject.refresh_from_db()
    assert MEANWHILE in page
    assert again.status_code == 302
    assert subject.disposition == "WITHDRAWN"


def test_form_to_open_again(client):
    capture = factories.finalised_capture_of(factories.subject_at(factories.active_site()))
    investigator = factories.investigator_at(capture.site)
    client.force_login(investigator)
    address = reverse("captures:reopen", args=[capture.pk])
    typed = {"version": capture.version, "reason": "Wrong cuff"}
    opened = reopen_capture(capture=capture, reason="Theirs", by=investigator)

    gone = client.post(address, typed)
    finalise_capture(capture=opened, by=investigator)
    page, again = sent_twice(client, address, typed)

    capture.refresh_from_db()
    assert gone.status_code == 412
    assert MEANWHILE in page
    assert again.status_code == 302
    assert capture.status == "SUBMITTED"
