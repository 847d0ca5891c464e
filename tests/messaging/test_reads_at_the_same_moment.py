"""A conversation that is read twice at the same moment: the first read counts, and is told once."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from messaging.models import Notification, Receipt
from messaging.selectors import head_position, seen_position
from messaging.services import mark_delivered
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WAITING = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def wait_until_somebody_waits() -> None:
    end = time.monotonic() + 20
    with connection.cursor() as cursor:
        while not cursor.execute(WAITING).rowcount:
            assert time.monotonic() < end, "nobody waits for the first read"
            time.sleep(0.01)
            # A transaction sees who waits as it was at its first look.
            cursor.execute("select pg_stat_clear_snapshot()")


@pytest.mark.parametrize("is_delivered", [False, True])
def test_the_first_read_stays(is_delivered):
    subject = factories.subject_at(factories.active_site())
    conversation, participant = factories.conversation_with(subject), factories.participant_of(subject)
    if is_delivered:
        mark_delivered(messages=[conversation.messages.get().pk], by=participant)
    address = reverse("messaging:read", args=[conversation.pk])
    first, second = Client(), Client()
    for client in (first, second):
        client.force_login(participant)

    def read_again() -> None:
        try:
            second.post(address)
        finally:
            connection.close()

    other = threading.Thread(target=read_again)
    with transaction.atomic():
        first.post(address)
        read_at = Receipt.objects.get().read_at
        other.start()
        wait_until_somebody_waits()
    other.join()

    assert Receipt.objects.get().read_at == read_at
    assert Notification.objects.filter(kind="messaging.read").count() == 1


def test_who_looked_at_more_notifications_counts():
    subject = factories.subject_at(factories.active_site())
    participant = factories.participant_of(subject)
    factories.conversation_with(subject)
    head, address = head_position(), reverse("messaging:seen")
    first, second = Client(), Client()
    for client in (first, second):
        client.force_login(participant)

    def look_at_less() -> None:
        try:
            second.post(address, {"position": head - 1})
        finally:
            connection.close()

    other = threading.Thread(target=look_at_less)
    with transaction.atomic():
        first.post(address, {"position": head})
        other.start()
        wait_until_somebody_waits()
    other.join()

    assert seen_position(participant) == head
