"""The commands that load the demo: what they refuse, what they make, what they leave alone."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from captures import services as captures
from captures.models import DataCapture
from captures.selectors import captures_visible_to
from demo import cast, loading, study
from demo.walks import load_walks
from edc.accounts.models import User
from edc.accounts.services import Visitor, reset_password
from messaging.models import Conversation
from messaging.selectors import unread_messages
from patients.models import Appointment, Subject
from patients.selectors import identities_visible_to
from tests.demo.source import FILES, plain, rebuilt
from trials import services as trials
from trials.models import ClinicalTrial
from trials.roles import Role

TODAY = timezone.localdate()


def run(command, **options):
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def someone_elses_trial():
    owner = User.objects.create_superuser("owner@elsewhere.example", "a password of theirs", display_name="Owner")
    return trials.create_trial(protocol_number="OURS-1", title="A trial of our own", by=owner)


@pytest.fixture
def walks(db):
    load_walks(today=TODAY, tell=lambda line: None)
    return ClinicalTrial.objects.get(protocol_number="BRISK-01")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["load_demo", "load_pilot"])
def test_a_database_with_another_trial_is_left_alone(command, db):
    someone_elses_trial()
    before = AuditLog.objects.count()

    with pytest.raises(CommandError, match="holds a trial that the demo did not make"):
        run(command)

    assert AuditLog.objects.count() == before


@pytest.mark.parametrize("command", ["load_demo", "load_pilot"])
def test_a_production_install_is_left_alone(command, db, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="production install"):
        run(command)

    assert not User.objects.exists()


@pytest.mark.slow
def test_trials_that_people_write_in_the_demo_do_not_stop_its_next_start(walks):
    manager = cast.demo_account("manager")
    trials.create_trial(protocol_number="MINE-1", title="Written while trying", by=manager)

    cast.refuse_unless_demo()


def test_a_number_of_subjects_below_one_is_refused(db):
    with pytest.raises(CommandError, match="1 or more"):
        run("load_pilot", subjects=0)


@pytest.mark.slow
def test_load_demo_makes_the_accounts_and_both_studies(db):
    printed = run("load_demo", subjects=1)

    assert "The CDISC pilot study is loaded: 1 subjects." in printed
    for account in cast.ACCOUNTS:
        user = User.objects.get(email=account.email)
        assert user.check_password(cast.PASSWORD)
        assert user.status == User.Status.ACTIVE
        assert user.emailaddress_set.get().verified
        roles = set(user.memberships.values_list("trial__protocol_number", "role"))
        assert roles == ({("CDISCPILOT01", account.role), ("BRISK-01", account.role)} if account.role else set())


@pytest.mark.slow
def test_a_second_load_keeps_what_is_there(db):
    run("load_demo", subjects=1)
    manager = User.objects.get(email="manager@demo.example")
    visitor = Visitor("127.0.0.1")
    reset_password(user=manager, password="a password of my own", visitor=visitor)
    before = AuditLog.objects.count()

    run("load_demo", subjects=1)

    assert AuditLog.objects.count() == before
    assert User.objects.get(pk=manager.pk).check_password("a password of my own")


@pytest.mark.slow
def test_the_pilot_may_be_loaded_before_the_demo(db):
    run("load_pilot", subjects=1)
    assert not cast.demo_account("coordinator").has_usable_password()

    run("load_demo", subjects=1)

    assert cast.demo_account("coordinator").check_password(cast.PASSWORD)


def test_nobody_signs_in_as_the_account_that_sets_up(db):
    assert not cast.set_up().has_usable_password()


def test_the_table_names_every_account_and_the_password():
    printed = run("load_demo", accounts=True)

    assert cast.PASSWORD in printed
    for account in cast.ACCOUNTS:
        line = next(line for line in printed.splitlines() if account.email in line)
        assert account.first in line


@pytest.mark.slow
def test_each_role_sees_what_it_may_of_the_demo(walks):
    patients = list(Subject.objects.values_list("patient", flat=True))
    sees = {key: captures_visible_to(cast.demo_account(key)).exists() for key in (a.key for a in cast.ACCOUNTS)}
    named = {key: bool(identities_visible_to(cast.demo_account(key), patients)) for key in sees}

    assert sees == dict.fromkeys(sees, True) | {"sponsor": False, "admin": False}
    assert {key for key, seen in named.items() if seen} == {"participant", "coordinator", "investigator"}


@pytest.mark.slow
def test_the_participant_has_a_diary_to_fill_in_and_something_to_read(walks):
    participant = cast.demo_account("participant")
    subject = Subject.objects.select_related("patient").get(patient__user=participant)

    assert not subject.captures.filter(form="DIARY").exists()
    assert unread_messages(participant).exists()
    assert unread_messages(cast.demo_account("investigator")).exists()
    assert Appointment.objects.filter(subject=subject, status="BOOKED").exists()
    values = {"DIARY_WEEK": "GOOD", "DIARY_WALKS": "5", "DIARY_SLEEP": "7.5", "DIARY_ILL": "N"}
    diary = captures.create_capture(
        subject=subject, visit="WEEK_1", form="DIARY", values=values, submit=True, by=participant
    )
    assert (diary.status, diary.missing_items, diary.flagged_items) == ("SUBMITTED", 0, 0)


@pytest.mark.slow
def test_the_coordinator_has_a_visit_to_enter_for_the_first_subject(walks, client):
    subject = Subject.objects.get(number="W-001")
    client.force_login(cast.demo_account("coordinator"))

    page = client.get(reverse("captures:casebook", args=[subject.pk])).content.decode()
    line = page.partition('id="visit-WEEK_1"')[2].partition("</tr>")[0]

    assert reverse("captures:new", args=[subject.pk, "WEEK_1", 1, "VISIT", 1]) in line
    assert "Due" in line


@pytest.mark.slow
def test_diaries_are_the_participants_own_and_nobody_who_left_is_expected(walks):
    diaries = DataCapture.objects.filter(trial=walks, form="DIARY").select_related("patient", "entered_by")

    assert len({diary.patient_id for diary in diaries}) > 3
    assert all(diary.entered_by_id == diary.patient.user_id for diary in diaries)
    assert not Appointment.objects.filter(status="BOOKED", subject__disposition="WITHDRAWN").exists()


@pytest.mark.slow
def test_what_was_due_by_today_is_filled_in_and_nothing_after(walks):
    for capture in DataCapture.objects.filter(trial=walks).select_related("subject", "study_version"):
        visit = capture.visit_definition
        assert (capture.timestamp.date() - capture.subject.day_one).days == visit.target_day - 1
        assert capture.timestamp.date() < TODAY


@pytest.mark.slow
def test_half_a_subject_never_stays_and_the_next_run_goes_on(db, monkeypatch):
    real = loading.captures.create_capture
    first = study.subjects()[0]

    def fail_late(**given):
        if given["subject"].number != first.number and given["form"] == "AE":
            raise RuntimeError("the power went")
        return real(**given)

    monkeypatch.setattr(loading.captures, "create_capture", fail_late)
    with pytest.raises(RuntimeError, match="power"):
        loading.load_pilot(most=2, tell=lambda line: None)
    assert list(Subject.objects.values_list("number", flat=True)) == [first.number]
    monkeypatch.undo()

    assert loading.load_pilot(most=2, tell=lambda line: None) == 1

    assert Subject.objects.count() == 2
    assert Conversation.objects.count() == len(loading.TOPICS)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_all_subjects_are_in_the_database_cell_by_cell():
    loaded = loading.load_pilot(tell=lambda line: None)

    assert loaded == Subject.objects.count() == 306
    found = rebuilt()
    for file in FILES:
        assert found[file] == Counter(plain(row) for row in study.rows(file))
    assert set(Subject.objects.values_list("site__code", flat=True)) == {r.site for r in study.subjects()}


def test_every_role_has_an_account():
    assert {account.role for account in cast.ACCOUNTS} == {*Role, None} - {Role.SUB_INVESTIGATOR}
