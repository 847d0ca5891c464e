"""What the loaded pilot holds is what the source files hold, entered as by people."""

from collections import Counter
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from audit.models import AuditLog
from captures.models import DataCapture
from demo import study
from demo.loading import load_pilot
from demo.mapping import captures_of
from messaging.models import Conversation, Notification
from patients.models import PatientProfile, Subject
from tests.demo.source import FILES, plain, rebuilt
from trials.models import ClinicalTrial, Site, StudyVersion

pytestmark = pytest.mark.slow
SOME = 8


@pytest.fixture(scope="module", autouse=True)
def told(django_db_setup, django_db_blocker):
    """Load some subjects once for the tests of this file, which only read."""
    lines = []
    with django_db_blocker.unblock(), transaction.atomic():
        load_pilot(most=SOME, tell=lines.append)
        yield lines
        transaction.set_rollback(True)


def subject(number):
    return Subject.objects.select_related("site", "patient").get(number=number)


@pytest.mark.parametrize("file", FILES)
def test_every_row_of_the_source_is_in_the_database_and_no_other(file):
    source = Counter(plain(row) for records in study.subjects()[:SOME] for row in records.rows[file])

    assert rebuilt()[file] == source


def test_nothing_is_captured_that_the_source_does_not_hold():
    expected = sum(len(captures_of(records)) for records in study.subjects()[:SOME])

    assert DataCapture.objects.count() == expected


def test_captures_were_observed_when_the_source_says():
    at = DataCapture.objects.get(subject__number="701-1015", visit="BASELINE", form="VS").timestamp
    final = DataCapture.objects.get(subject__number="701-1015", data__DS_OTHER="Final Lab Visit").timestamp

    zone = ZoneInfo(Site.objects.get(code="701").time_zone)
    assert at.astimezone(zone).date() == date(2014, 1, 2)
    assert final.astimezone(zone).isoformat()[:16] == "2014-07-02T11:45"


def test_subjects_have_the_arm_and_the_end_that_the_source_gives():
    completed, failed, stopped = subject("701-1015"), subject("701-1057"), subject("701-1023")

    assert (completed.disposition, completed.disposition_date) == ("COMPLETED", date(2014, 7, 2))
    assert (completed.arm, completed.day_one) == ("Pbo", date(2014, 1, 2))
    assert (failed.disposition, failed.arm, failed.day_one) == ("SCREEN_FAILED", "", None)
    assert (stopped.disposition, stopped.disposition_date) == ("TREATMENT_DISCONTINUED", date(2012, 9, 2))


def test_the_sites_staff_entered_and_the_investigator_finalised():
    finished = DataCapture.objects.filter(subject__number="701-1015")

    assert {capture.entered_by.email for capture in finished} == {"coordinator@demo.example"}
    assert {capture.finalised_by.email for capture in finished} == {"investigator@demo.example"}


def test_forms_stand_in_every_state():
    states = Counter(DataCapture.objects.values_list("status", flat=True))

    assert set(states) == {"IN_PROGRESS", "SUBMITTED", "FINALISED"}


def test_every_value_has_its_audit_event_as_an_import():
    capture = DataCapture.objects.get(subject__number="701-1015", visit="BASELINE", form="VS")
    events = AuditLog.objects.filter(entity_id=capture.pk, action="captures.submitted").exclude(field="")

    assert dict(events.values_list("field", "new_value")) == capture.data
    assert set(events.values_list("source", "actor_role")) == {("import", "COORDINATOR")}
    assert capture.history.count() == 2


def test_the_trial_went_through_its_life_by_two_people():
    trial = ClinicalTrial.objects.get()
    version = StudyVersion.objects.get()

    assert trial.status == "ACTIVE"
    assert version.status == "PUBLISHED"
    assert trial.written_by.email == version.written_by.email == "manager@demo.example"
    assert trial.approvals.get().decided_by.email == "investigator@demo.example"


def test_identities_are_sealed():
    for patient in PatientProfile.objects.all():
        name = patient.identity().display_name
        assert name
        assert name not in patient.display_name_sealed


def test_nobody_is_notified_of_old_records():
    assert not Notification.objects.exists()


def test_a_second_run_writes_nothing(told):
    before = AuditLog.objects.count(), DataCapture.objects.count(), Conversation.objects.count()

    assert load_pilot(most=SOME, tell=told.append) == 0

    assert (AuditLog.objects.count(), DataCapture.objects.count(), Conversation.objects.count()) == before
    assert told[-1] == f"The CDISC pilot study is loaded: {SOME} subjects."
