"""The trail proves itself: every event hashed and linked, every row as the trail last says."""

import pytest

from audit import selectors
from audit.models import AuditLog
from audit.selectors import Part
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject():
    subject = factories.subject_at(factories.active_site())
    factories.finalised_capture_of(subject)
    factories.conversation_with(subject)
    return subject


def test_everything_the_services_write_verifies(subject):
    report = selectors.verify()

    assert report.faults == []
    assert report.events == AuditLog.objects.count() > 50
    assert report.rows > 20


def test_python_hashes_every_event_as_the_database_did(subject):
    events = selectors.with_hashed_text(AuditLog.objects.order_by("stream", "sequence"))

    assert list(selectors.faults_of(events)) == []


def test_a_part_verifies_alone(subject):
    for column in ("patient_id", "site_id", "trial_id"):
        report = selectors.verify(Part(column, getattr(subject, column)))

        assert report.faults == []
        assert 0 < report.rows < AuditLog.objects.count()
