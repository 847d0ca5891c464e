"""A right that ends while a request waits has ended for that request too, and for what it sends again."""

import pytest
from django.db import transaction

from captures.models import DataCapture
from captures.services import create_capture
from edc.base.errors import Denied
from tests import factories
from tests.trials.test_held_status import in_a_thread, seen_waiting
from trials.services import end_membership

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_right_is_asked_after_the_wait():
    subject = factories.subject_at(factories.active_site())
    nurse, root = factories.coordinator_at(subject.site), factories.administrator()
    given = {"subject": subject, "visit": "SCR", "form": "VS", "values": factories.VALUES, "by": nurse, "key": "k1"}

    with transaction.atomic():
        create_capture(**given)
        thread, raised = in_a_thread(lambda: create_capture(**given))
        assert seen_waiting(thread)
        ending, failed = in_a_thread(
            lambda: end_membership(membership=nurse.memberships.get(), reason="Left the clinic", by=root)
        )
        ending.join()
        transaction.set_rollback(True)
    thread.join()

    assert not failed
    assert [type(error) for error in raised] == [Denied]
    assert not DataCapture.objects.exists()


def test_who_lost_the_right_does_not_get_what_they_made_again():
    subject = factories.subject_at(factories.active_site())
    nurse, root = factories.coordinator_at(subject.site), factories.administrator()
    given = {"subject": subject, "visit": "SCR", "form": "VS", "values": factories.VALUES, "by": nurse, "key": "k1"}
    create_capture(**given)
    end_membership(membership=nurse.memberships.get(), reason="Left the clinic", by=root)

    with pytest.raises(Denied):
        create_capture(**given)
