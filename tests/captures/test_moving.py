"""Captures move to another study version in one step and back without losing a value."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import services as audit
from audit.models import AuditLog
from captures import services
from captures.models import CaptureMove, DataCapture, DataQuery
from edc.base.errors import Denied, Invalid, Refused
from tests import factories
from tests.captures.moving import amended, item, stored, without


@pytest.fixture
def study(db):
    return amended()


def move(study, **more):
    more = {"reason": "Amendment 2", "by": study.manager, "finalised": "LEAVE"} | more
    return services.move_captures(site=study.site, from_version=study.old, to_version=study.new, **more)


def test_values_of_a_removed_item_are_set_aside_and_come_back_byte_for_byte(study):
    capture = factories.capture_of(factories.subject_at(study.site), submit=True)
    study.amend(without("WEIGHT"))
    before = stored(study.site)

    done = move(study)
    moved = DataCapture.objects.get(pk=capture.pk)
    services.undo_move(move=done, reason="Too early", by=study.manager)

    assert (done.moved, done.values_set_aside, done.left_behind) == (1, 1, 0)
    assert moved.study_version == study.new
    assert moved.set_aside == {"WEIGHT": "71.50"}
    assert moved.data == {name: value for name, value in factories.VALUES.items() if name != "WEIGHT"}
    assert stored(study.site) == before


def test_trail_and_versions_tell_of_each_capture(study):
    capture = factories.capture_of(factories.subject_at(study.site), submit=True)
    study.amend(without("WEIGHT"))

    move(study)

    events = AuditLog.objects.filter(entity_id=capture.pk, action="captures.moved")
    assert {(event.field, event.old_value) for event in events} == {
        ("study_version_id", str(study.old.pk)),
        ("WEIGHT", "71.50"),
    }
    assert {event.reason for event in events} == {"Amendment 2"}
    assert DataCapture.history.filter(id=capture.pk).count() == 2
    assert AuditLog.objects.filter(entity_type="CaptureMove", action="captures.move_done").exists()


def test_checks_of_the_new_version_ask_and_an_undo_takes_the_question_back(study):
    capture = factories.capture_of(factories.subject_at(study.site), submit=True)
    study.amend(lambda document: item(document, "WEIGHT").update(ranges=[{"max": "60", "severity": "SOFT"}]))

    done = move(study)
    asked = DataQuery.objects.get(capture=capture)
    services.undo_move(move=done, reason="Too early", by=study.manager)

    assert (asked.place, asked.state) == ("WEIGHT", "OPEN")
    assert DataQuery.objects.get(capture=capture).state == "RESOLVED"


def test_finalised_form_stays_finalised_where_only_texts_change(study):
    capture = factories.finalised_capture_of(factories.subject_at(study.site))
    study.amend(lambda document: item(document, "SYSBP").update(question="Upper value?"))

    move(study)

    moved = DataCapture.objects.get(pk=capture.pk)
    assert (moved.status, moved.study_version) == ("FINALISED", study.new)
    assert moved.finalised_at == capture.finalised_at


@pytest.mark.parametrize(
    "change",
    [
        lambda document: item(document, "WEIGHT").update(unit="lb"),
        without("WEIGHT"),
        lambda document: item(document, "SYSBP")["ranges"][0].update(max="110"),
        lambda document: item(document, "NOTE").update(required=True),
    ],
    ids=["meaning", "removed", "flagged", "missing"],
)
def test_finalised_form_that_the_version_touches_is_left_or_opened_as_told(study, change):
    subject = factories.subject_at(study.site)
    touched = factories.finalised_capture_of(subject)
    factories.capture_of(subject, {"AETERM": "Cough"}, visit="LOG", form="AE")
    study.amend(change)
    before = stored(study.site)

    left = move(study)
    kept = DataCapture.objects.get(pk=touched.pk)
    services.undo_move(move=left, reason="Again", by=study.manager)
    opened = move(study, finalised="REOPEN")
    moved = DataCapture.objects.get(pk=touched.pk)
    services.undo_move(move=opened, reason="Back", by=study.manager)

    assert (left.moved, left.left_behind) == (1, 1)
    assert (kept.status, kept.study_version) == ("FINALISED", study.old)
    assert (opened.moved, opened.reopened) == (2, 1)
    assert (moved.status, moved.study_version, moved.finalised_at) == ("SUBMITTED", study.new, None)
    assert stored(study.site) == before


def test_what_was_changed_since_keeps_its_change_and_what_the_old_version_lacks_is_set_aside(study):
    capture = factories.capture_of(factories.subject_at(study.site), submit=True)

    def add(document):
        without("WEIGHT")(document)
        document["items"].append({"oid": "PULSE", "name": "Pulse", "type": "INTEGER"})
        document["forms"][0]["sections"][0]["items"].append("PULSE")

    study.amend(add)
    done = move(study)
    moved = DataCapture.objects.get(pk=capture.pk)
    services.save_capture(
        capture=moved,
        values={"PULSE": "64", "SYSBP": "121"},
        merge=True,
        reason="Source",
        version=moved.version,
        by=factories.coordinator_at(study.site),
    )

    services.undo_move(move=done, reason="Too early", by=study.manager)

    back = DataCapture.objects.get(pk=capture.pk)
    assert back.data == factories.VALUES | {"SYSBP": "121"}
    assert back.set_aside == {"PULSE": "64"}


def test_form_without_a_place_in_the_new_version_is_left_behind(study):
    subject = factories.subject_at(study.site)
    stays, goes = factories.capture_of(subject), factories.capture_of(subject, visit="W2")
    study.amend(lambda document: document["visits"].pop(0))

    done = move(study)

    assert (done.moved, done.left_behind) == (1, 1)
    assert DataCapture.objects.get(pk=stays.pk).study_version == study.old
    assert DataCapture.objects.get(pk=goes.pk).study_version == study.new


def test_other_sites_stay_as_they_are(study):
    elsewhere = factories.site_in(study.trial)
    other = factories.capture_of(factories.subject_at(elsewhere))
    factories.capture_of(factories.subject_at(study.site))
    study.amend()

    move(study)

    assert DataCapture.objects.get(pk=other.pk).study_version == study.old


def test_move_goes_to_the_version_in_force_only_and_needs_its_reason(study):
    factories.capture_of(factories.subject_at(study.site))
    study.amend()

    with pytest.raises(Invalid, match="Say why"):
        move(study, reason=" ")
    with pytest.raises(Refused, match="version in force"):
        services.move_captures(
            site=study.site, from_version=study.new, to_version=study.old, reason="Back", by=study.manager
        )
    with pytest.raises(Denied):
        move(study, by=factories.investigator_at(study.site))
    assert not CaptureMove.objects.exists()


def test_move_is_done_once_and_undone_once(study):
    factories.capture_of(factories.subject_at(study.site))
    study.amend()

    first, again = move(study, key="one"), move(study, key="one")
    services.undo_move(move=first, reason="Back", by=study.manager)

    assert first.pk == again.pk
    with pytest.raises(Refused, match="undone already"):
        services.undo_move(move=first, reason="Back", by=study.manager)


def test_earlier_move_is_undone_after_the_later_one(study):
    capture = factories.capture_of(factories.subject_at(study.site), submit=True)
    study.amend(without("WEIGHT"))
    first, second = move(study), study.new
    study.amend(without("WEIGHT", "POS"))
    later = services.move_captures(
        site=study.site, from_version=second, to_version=study.new, reason="Next", by=study.manager
    )

    with pytest.raises(Refused, match="moved on since"):
        services.undo_move(move=first, reason="Back", by=study.manager)
    services.undo_move(move=later, reason="Back", by=study.manager)
    services.undo_move(move=first, reason="Back", by=study.manager)

    assert DataCapture.objects.get(pk=capture.pk).data == factories.VALUES


def test_database_takes_no_capture_to_another_version_and_drops_no_value_but_by_a_move(study):
    capture = factories.capture_of(factories.subject_at(study.site))
    capture.study_version = study.amend()

    with pytest.raises(DatabaseError, match="stays in its study version"), transaction.atomic():
        audit.save(capture, by=study.manager, action="captures.saved")
    capture.data = {}
    with pytest.raises(DatabaseError, match="changes no value"), transaction.atomic():
        audit.save(capture, by=study.manager, action="captures.moved")


def test_batches_cost_the_same_few_statements(study, monkeypatch):
    subject = factories.subject_at(study.site)
    for repeat in range(1, 7):
        factories.capture_of(subject, {"AETERM": "Cough"}, visit="LOG", form="AE", form_repeat=repeat)
    study.amend()
    with CaptureQueriesContext(connection) as one_batch:
        services.undo_move(move=move(study), reason="Back", by=study.manager)
    monkeypatch.setattr("captures.services.moving.BATCH", 2)

    with CaptureQueriesContext(connection) as three_batches:
        services.undo_move(move=move(study), reason="Back", by=study.manager)

    assert len(three_batches) - len(one_batch) <= 4 * 16


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "SYSBP": st.integers(21, 399).map(str),
        "WEIGHT": st.integers(1, 300).map(str),
        "POS": st.sampled_from(["SUPINE", "STANDING"]),
        "ARMS": st.lists(st.sampled_from(["SUPINE", "STANDING"]), min_size=1, unique=True),
        "VSDAT": st.sampled_from(["2026-05", "2026-05-20"]),
        "NOTE": st.text("abc é'\"{}[]", min_size=1, max_size=20).map(str.strip).filter(bool),
    },
)
CHANGES = {
    "type": lambda document: item(document, "NOTE").update(type="INTEGER"),
    "codes": lambda document: document["code_lists"][0]["choices"].pop(),
    "unit": lambda document: item(document, "WEIGHT").update(unit="lb"),
    "gone": without("SYSBP", "ARMS"),
    "text": lambda document: item(document, "WEIGHT").update(question="How heavy?"),
    "full": lambda document: item(document, "VSDAT").update(partial=False),
}


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=VALUES, changes=st.sets(st.sampled_from(sorted(CHANGES)), min_size=1), final=st.booleans())
def test_any_form_moved_and_moved_back_is_identical(db, values, changes, final):
    with transaction.atomic():
        study = amended()
        subject = factories.subject_at(study.site)
        capture = factories.capture_of(subject, values, submit=True)
        if final:
            services.finalise_capture(capture=capture, accept_missing=True, by=factories.investigator_at(study.site))

        def change(document):
            for name in sorted(changes):
                CHANGES[name](document)

        study.amend(change)
        before = stored(study.site)

        done = move(study, finalised="REOPEN")
        there = DataCapture.objects.get(pk=capture.pk)
        services.undo_move(move=done, reason="Back", by=study.manager)

        assert there.data | (there.set_aside or {}) == capture.data
        assert stored(study.site) == before
        transaction.set_rollback(True)
