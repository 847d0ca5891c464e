"""Whoever changes a form holds its trial first, as who brings in a study file does: nobody waits for each other."""

from threading import Thread

import pytest
from django.db import connection, transaction

from audit.services import locked
from captures import services
from captures.models import DataCapture
from tests import factories
from tests.messaging.test_reads_at_the_same_moment import wait_until_somebody_waits

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def save(capture):
    nurse = factories.coordinator_at(capture.site)
    return lambda: services.save_capture(capture=capture, values={"SYSBP": "121"}, reason="Typo", version=1, by=nurse)


def finalise(capture):
    doctor = factories.investigator_at(capture.site)
    return lambda: services.finalise_capture(capture=capture, accept_missing=True, by=doctor)


def ask(capture):
    monitor = factories.monitor_at(capture.site)
    return lambda: services.raise_query(capture=capture, place="SYSBP", message="Is this right?", by=monitor)


def answer(capture):
    query, nurse = ask(capture)(), factories.coordinator_at(capture.site)
    return lambda: services.answer_query(query=query, text="It is", by=nurse)


@pytest.mark.parametrize("act", [save, finalise, ask, answer])
def test_who_changes_a_form_waits_for_its_trial_before_holding_it(act):
    capture = factories.capture_of(factories.subject_at(factories.active_site()), submit=True)
    change, done = act(capture), []

    def change_it():
        try:
            done.append(change())
        finally:
            connection.close()

    other = Thread(target=change_it)
    with transaction.atomic():
        locked(capture.trial)
        other.start()
        wait_until_somebody_waits()
        free = DataCapture.objects.select_for_update(no_key=True, nowait=True)
        assert free.get(pk=capture.pk).version == 1
    other.join()

    assert done
