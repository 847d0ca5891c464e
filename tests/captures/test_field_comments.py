"""Remarks beside fields: written by the site, read by all its staff, never edited, never seen by participants."""

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditLog
from captures.models import FieldComment
from captures.services import comment_on_field
from edc.base.errors import Invalid
from messaging.models import Notification
from tests import factories
from tests.api.calling import by, key

pytestmark = pytest.mark.django_db


@pytest.fixture
def capture():
    return factories.finalised_capture_of(factories.subject_at(factories.active_site()))


def address_of(capture):
    return f"captures/{capture.pk}/comments/"


def test_comment_is_written_once_and_read_by_the_staff(capture):
    nurse = factories.coordinator_at(capture.site)
    body = {"place": "SYSBP", "text": "After a rest"}

    sent = [by(nurse).post(address_of(capture), body, HTTP_IDEMPOTENCY_KEY="one-key") for _ in range(2)]

    assert [answer.status_code for answer in sent] == [201, 201]
    listed = by(factories.monitor_at(capture.site)).get(address_of(capture)).json()["results"]
    assert [(one["place"], one["text"], one["author_name"]) for one in listed] == [
        ("SYSBP", "After a rest", nurse.display_name)
    ]
    event = AuditLog.objects.get(entity_type="FieldComment", field="text")
    assert (event.action, event.new_value, event.subject_id) == (
        "captures.commented",
        "After a rest",
        capture.subject_id,
    )


@pytest.mark.parametrize(("place", "text"), [("NOSUCH", "Hello"), ("SYSBP", " \u200b"), ("SYSBP", "x" * 2001)])
def test_comment_that_says_nothing_or_stands_nowhere_is_refused(capture, place, text):
    with pytest.raises(Invalid):
        comment_on_field(capture=capture, place=place, text=text, by=factories.coordinator_at(capture.site))


def test_monitor_reads_and_does_not_write_and_a_participant_does_neither(capture):
    body = {"place": "SYSBP", "text": "Hello"}
    comment_on_field(capture=capture, place="SYSBP", text="Looked pale", by=factories.coordinator_at(capture.site))
    monitor, participant = factories.monitor_at(capture.site), factories.participant_of(capture.subject)

    assert by(monitor).post(address_of(capture), body, **key()).status_code == 403
    assert by(participant).get(address_of(capture)).status_code == 404
    assert by(participant).post(address_of(capture), body, **key()).status_code == 404
    stranger = factories.coordinator_at(factories.active_site())
    assert by(stranger).get(address_of(capture)).status_code == 404


def test_participant_does_not_hear_of_a_comment_either(capture):
    factories.participant_of(capture.subject)

    comment_on_field(capture=capture, place="SYSBP", text="Looked pale", by=factories.coordinator_at(capture.site))

    told = Notification.objects.get(kind="captures.commented")
    assert not [topic for topic in told.topics if topic.startswith("patient:")]
    assert f"view_data@site:{capture.site_id}" in told.topics


@pytest.mark.parametrize(
    "statement", ["update captures_fieldcomment set text = 'x'", "delete from captures_fieldcomment"]
)
def test_database_lets_no_comment_change(capture, statement):
    comment_on_field(capture=capture, place="SYSBP", text="Looked pale", by=factories.coordinator_at(capture.site))

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert FieldComment.objects.get().text == "Looked pale"
