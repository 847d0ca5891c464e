"""A study is taken out by a command: whole, as it was at a time, and with no more than the person may have."""

import hashlib
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import AuditLog
from captures import services
from demo.study import DATA
from tests import factories
from tests.captures.exports.studies import faults_of
from trials.formats import Annotation, AuditRecord, Removal, Signature, read_study

pytestmark = pytest.mark.django_db


def exported(trial, tmp_path, *options):
    path = tmp_path / "study.xml"
    call_command("export_study", trial.protocol_number, "-o", str(path), *options, stderr=io.StringIO())
    return path


def values_in(path):
    return {(one.subject, one.visit, one.form, one.item): one.value for one in read_study(path).values()}


def document_with(**flags):
    """Return the study of the tests with more said of some of its items."""
    items = [{**item, **flags.get(item["oid"], {})} for item in factories.DOCUMENT["items"]]
    return factories.DOCUMENT | {"items": items}


def test_a_snapshot_holds_every_value_and_is_valid(tmp_path):
    site = factories.active_site()
    nurse = factories.coordinator_at(site)
    subject = factories.subject_at(site)
    factories.capture_of(subject, by=nurse, submit=True)

    path = exported(site.trial, tmp_path)

    assert faults_of(path.read_bytes()) == []
    place = (subject.number, "SCR", "VS")
    assert values_in(path) == {(*place, item): value for item, value in factories.VALUES.items()}


def test_a_snapshot_tells_who_finalised_a_form(tmp_path):
    site = factories.active_site()
    nurse, doctor = factories.coordinator_at(site), factories.investigator_at(site)
    capture = factories.capture_of(factories.subject_at(site), by=nurse, submit=True)
    services.finalise_capture(capture=capture, by=doctor)

    study = read_study(exported(site.trial, tmp_path))

    signed = [one for one in study.records() if isinstance(one, Signature)]
    assert [(one.location, study.users[one.user]) for one in signed] == [(site.code, doctor.display_name)]
    assert study.meanings[signed[0].definition]


def test_all_changes_are_told_with_who_made_them_and_why(tmp_path):
    site = factories.active_site()
    nurse = factories.coordinator_at(site)
    capture = factories.capture_of(factories.subject_at(site), by=nurse, submit=True)
    changed = {name: value for name, value in capture.data.items() if name != "POS"} | {"SYSBP": "131"}
    services.save_capture(capture=capture, values=changed, reason="Digits swapped", version=1, by=nurse)

    path = exported(site.trial, tmp_path, "--format", "odm-transactional")

    assert faults_of(path.read_bytes()) == []
    study = read_study(path)
    records = list(study.records())
    told = [one for one in study.values() if one.item == "SYSBP"]
    assert [(one.value, one.transaction) for one in told] == [("120", "Insert"), ("131", "Update")]
    assert [one.at.item for one in records if isinstance(one, Removal)] == ["POS"]
    why = [one for one in records if isinstance(one, AuditRecord) and one.at.item == "SYSBP"]
    assert [(one.reason, one.source, study.users[one.user]) for one in why] == [
        ("Digits swapped", "command", nurse.display_name)
    ]


def test_a_study_is_had_as_it_was(tmp_path):
    site = factories.active_site()
    nurse = factories.coordinator_at(site)
    capture = factories.capture_of(factories.subject_at(site), by=nurse, submit=True)
    then = timezone.now()
    services.save_capture(capture=capture, values={"SYSBP": "131"}, reason="Typo", version=1, by=nurse)
    factories.subject_at(site)

    path = exported(site.trial, tmp_path, "--as-of", then.isoformat())

    assert faults_of(path.read_bytes()) == []
    assert {key[3]: value for key, value in values_in(path).items()} == factories.VALUES
    assert read_study(path).counts.subjects == 1


def test_subjects_without_a_form_are_there_too(tmp_path):
    site = factories.active_site()
    subject = factories.subject_at(site)

    study = read_study(exported(site.trial, tmp_path))

    assert study.counts.subjects == 1
    assert subject.number in exported(site.trial, tmp_path).read_text()


def test_nobody_gets_more_than_their_sites(tmp_path):
    site = factories.active_site()
    other = factories.site_in(site.trial)
    mine, theirs = factories.subject_at(site), factories.subject_at(other)
    nurse, stranger = factories.coordinator_at(site), factories.coordinator_at(other)
    factories.capture_of(mine, by=nurse)
    factories.capture_of(theirs, by=stranger)

    path = exported(site.trial, tmp_path, "--by", factories.investigator_at(site).email)

    assert {key[0] for key in values_in(path)} == {mine.number}
    assert theirs.number not in path.read_text()
    assert other.code not in path.read_text()
    assert str(nurse.pk) in path.read_text()
    assert str(stranger.pk) not in path.read_text()


def test_who_may_not_know_a_person_gets_nothing_that_tells_who_it_is(tmp_path):
    trial = factories.active_trial(document_with(NOTE={"identifying": True}, FASTING={"blinded": True}))
    site = factories.site_in(trial)
    subject = factories.subject_at(site)
    values = factories.VALUES | {"NOTE": "Neighbour of Ann"}
    factories.capture_of(subject, by=factories.coordinator_at(site), values=values)

    def items(*options):
        return {key[3] for key in values_in(exported(trial, tmp_path, *options))}

    assert items("--by", factories.data_manager_of(trial).email) == {"SYSBP", "WEIGHT", "POS"}
    assert items("--by", factories.investigator_at(site).email) == {"SYSBP", "WEIGHT", "POS", "NOTE"}
    assert items() == set(values)


def test_what_was_taken_out_is_on_record(tmp_path):
    site = factories.active_site()
    factories.capture_of(factories.subject_at(site), by=factories.coordinator_at(site))
    manager = factories.data_manager_of(site.trial)

    path = exported(site.trial, tmp_path, "--by", manager.email)

    event = AuditLog.objects.get(action="captures.study_exported")
    assert event.actor_id == manager.pk
    assert event.metadata["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (event.metadata["rows"], event.metadata["values"]) == (1, len(factories.VALUES))


def test_who_may_not_export_gets_no_file(tmp_path):
    site = factories.active_site()

    with pytest.raises(CommandError, match="does not allow"):
        exported(site.trial, tmp_path, "--by", factories.coordinator_at(site).email)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01", "2226-01-01T00:00:00+00:00"])
def test_a_time_that_was_not_is_refused(tmp_path, wrong):
    with pytest.raises(CommandError):
        exported(factories.active_trial(), tmp_path, "--as-of", wrong)


@pytest.mark.parametrize("to", ["odm", "odm2", "odm-transactional"])
def test_a_form_that_will_not_be_filled_in_says_why(tmp_path, to):
    site = factories.active_site()
    nurse, subject = factories.coordinator_at(site), factories.subject_at(site)
    services.record_not_done(subject=subject, visit="SCR", form="VS", reason="Device broken", by=nurse)

    path = exported(site.trial, tmp_path, "--format", to)

    assert faults_of(path.read_bytes()) == []
    notes = [one for one in read_study(path).records() if isinstance(one, Annotation)]
    assert [(one.at.form, one.at.item, one.comment) for one in notes] == [("VS", None, "Device broken")]


@pytest.mark.parametrize("to", ["odm", "odm2", "odm-transactional"])
@pytest.mark.parametrize("study", ["cdisc-pilot", "short-walks"])
def test_a_study_of_the_demo_is_valid_and_comes_back(tmp_path, study, to):
    document = json.loads((DATA / study / "study.json").read_text())

    path = exported(factories.active_trial(document), tmp_path, "--format", to)

    back = read_study(path)
    assert faults_of(path.read_bytes()) == []
    assert back.refused == back.unsupported == []
    assert {one["oid"] for one in back.document["items"]} == {one["oid"] for one in document["items"]}
    assert [one["forms"] for one in back.document["visits"]] == [one["forms"] for one in document["visits"]]
