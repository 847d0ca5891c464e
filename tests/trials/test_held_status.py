"""A trial that is being closed and a form that is being saved wait for each other: none is saved after the end."""

import threading
import time

import pytest
from django.db import connection, transaction

from captures.models import DataCapture
from captures.services import TrialNotOpen, create_capture
from edc.base.errors import Refused
from patients.models import Subject
from patients.services import enrol_subject
from patients.services.subjects import EnrolmentRefused
from tests import factories
from trials.models import ClinicalTrial
from trials.services import change_site, move_trial

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site():
    return factories.active_site()


def in_a_thread(act) -> tuple[threading.Thread, list]:
    """Run it on a connection of its own; the list gets what it raises."""
    raised = []

    def run():
        try:
            act()
        except Refused as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid)))"
        )
        return cursor.fetchone()[0]


def seen_waiting(thread, seconds: float = 20) -> bool:
    """Return whether the thread comes to stand at a lock, which it does unless it ends first."""
    end = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < end:
        if somebody_waits_for_us():
            return True
        time.sleep(0.02)
    return False


def close(site, manager):
    trial = ClinicalTrial.objects.get(pk=site.trial_id)
    return move_trial(trial=trial, to="CLOSED", reason="Last visit done", by=manager)


def save(subject, nurse):
    return create_capture(subject=subject, visit="SCR", form="VS", values=factories.VALUES, by=nurse)


def enrol(site, patient, nurse):
    on = factories.date(2026, 6, 1)
    return enrol_subject(patient=patient, site=site, number="S-9", enrolled_on=on, by=nurse)


def test_form_that_comes_while_the_trial_closes_is_refused(site):
    subject, manager, nurse = (
        factories.subject_at(site),
        factories.data_manager_of(site.trial),
        factories.coordinator_at(site),
    )

    with transaction.atomic():
        close(site, manager)
        thread, raised = in_a_thread(lambda: save(subject, nurse))
        assert seen_waiting(thread)
    thread.join()

    assert [type(error) for error in raised] == [TrialNotOpen]
    assert not DataCapture.objects.exists()


def test_trial_closes_after_the_form_that_is_being_saved(site):
    subject, manager, nurse = (
        factories.subject_at(site),
        factories.data_manager_of(site.trial),
        factories.coordinator_at(site),
    )

    with transaction.atomic():
        save(subject, nurse)
        thread, raised = in_a_thread(lambda: close(site, manager))
        assert seen_waiting(thread)
        assert ClinicalTrial.objects.get(pk=site.trial_id).status == "ACTIVE"
    thread.join()

    assert raised == []
    assert ClinicalTrial.objects.get(pk=site.trial_id).status == "CLOSED"


def test_nobody_is_enrolled_while_the_trial_closes(site):
    patient, manager, nurse = (
        factories.patient_at(site),
        factories.data_manager_of(site.trial),
        factories.coordinator_at(site),
    )

    with transaction.atomic():
        close(site, manager)
        thread, raised = in_a_thread(lambda: enrol(site, patient, nurse))
        assert seen_waiting(thread)
    thread.join()

    assert [type(error) for error in raised] == [EnrolmentRefused]
    assert not Subject.objects.exists()


def test_nobody_is_enrolled_while_the_site_is_put_on_hold(site):
    patient, nurse, root = factories.patient_at(site), factories.coordinator_at(site), factories.administrator()

    with transaction.atomic():
        change_site(site=site, changes={"status": "ON_HOLD"}, reason="No drug left", version=site.version, by=root)
        thread, raised = in_a_thread(lambda: enrol(site, patient, nurse))
        assert seen_waiting(thread)
    thread.join()

    assert [str(error) for error in raised] == ["Enrolment at this site is not open."]
    assert not Subject.objects.exists()


def test_forms_of_one_trial_do_not_wait_for_each_other(site):
    subjects, nurse = [factories.subject_at(site) for _ in range(2)], factories.coordinator_at(site)

    with transaction.atomic():
        save(subjects[0], nurse)
        thread, raised = in_a_thread(lambda: save(subjects[1], factories.User.objects.get(pk=nurse.pk)))
        thread.join(timeout=20)
        assert not thread.is_alive()

    assert raised == []
    assert DataCapture.objects.count() == 2
