"""Saving a capture: what is stored, versioned and audited, and what is refused."""

import pytest

from audit.models import AuditLog
from captures import services
from captures.models import DataCapture
from edc.base.errors import Denied, Invalid, Stale
from tests import factories

pytestmark = pytest.mark.django_db


def events(capture, **conditions):
    return list(AuditLog.objects.filter(entity_id=capture.pk, **conditions).order_by("sequence"))


def test_a_new_capture_leaves_one_event_for_each_value():
    subject = factories.subject_at(factories.active_site())

    capture = factories.capture_of(subject)

    recorded = {event.field: event.new_value for event in events(capture) if event.field}
    assert recorded == factories.VALUES
    assert {event.old_value for event in events(capture)} == {None}
    assert {event.actor_role for event in events(capture)} == {"COORDINATOR"}


def test_a_change_leaves_an_event_for_each_changed_value_and_a_version():
    capture = factories.capture_of(factories.subject_at(factories.active_site()))
    nurse = factories.coordinator_at(capture.site)

    values = factories.VALUES | {"SYSBP": "130"}
    saved = services.save_capture(capture=capture, values=values, version=1, by=nurse)

    changed = events(capture, action="captures.saved")
    assert [(event.field, event.old_value, event.new_value) for event in changed] == [("SYSBP", "120", "130")]
    assert saved.version == 2
    assert [version.data["SYSBP"] for version in DataCapture.history.filter(id=capture.pk).order_by("history_id")] == [
        "120",
        "130",
    ]
    assert {version.history_user_id for version in capture.history.filter(version=2)} == {nurse.pk}


def test_a_stale_version_is_refused_and_changes_nothing():
    capture = factories.capture_of(factories.subject_at(factories.active_site()))
    nurse = factories.coordinator_at(capture.site)
    services.save_capture(capture=capture, values={"SYSBP": "130"}, version=1, by=nurse)

    with pytest.raises(Stale):
        services.save_capture(capture=capture, values={"SYSBP": "140"}, version=1, by=nurse)

    assert DataCapture.objects.get(pk=capture.pk).data == {"SYSBP": "130"}


def test_a_change_after_submission_needs_its_reason():
    capture = factories.capture_of(factories.subject_at(factories.active_site()), submit=True)
    nurse = factories.coordinator_at(capture.site)

    with pytest.raises(Invalid):
        services.save_capture(capture=capture, values={"SYSBP": "130"}, version=1, by=nurse)
    services.save_capture(capture=capture, values={"SYSBP": "130"}, version=1, reason="Typing error", by=nurse)

    assert {event.reason for event in events(capture, action="captures.saved")} == {"Typing error"}


def test_a_monitor_may_look_but_not_touch():
    capture = factories.capture_of(factories.subject_at(factories.active_site()))

    with pytest.raises(Denied):
        services.save_capture(capture=capture, values={}, version=1, by=factories.monitor_at(capture.site))


def test_the_same_key_gives_the_same_capture():
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)

    first = factories.capture_of(subject, by=nurse, key="k1")
    again = factories.capture_of(subject, by=nurse, key="k1")

    assert first.pk == again.pk
    assert DataCapture.objects.count() == 1
