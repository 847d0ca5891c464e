"""The live feed over real sockets: who hears what, what was missed, and rights that end."""

import json
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from captures import services as captures
from edc.accounts.services import end_sessions, issue_token
from messaging import services as messaging
from tests import factories
from tests.browser import start_portal, stop
from trials import services as trials
from trials.models import Membership

pytestmark = pytest.mark.slow


def cookie_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def socket(portal, user=None, *, cursor=None, origin=None, token=None):
    """Open a socket as a browser would, and return it with the cursor it begins at."""
    query = "" if cursor is None else f"?cursor={cursor}"
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie_of(user)}"} if user else {}
    if token:
        headers = {"Authorization": f"Bearer {token}"}
    else:
        headers["Origin"] = origin or portal.url
    return connect(f"ws://127.0.0.1:{portal.port}/ws/live/{query}", additional_headers=headers, open_timeout=10)


def greeting(opened):
    return json.loads(opened.recv(timeout=10))


def heard(opened, count, *, within=10):
    """Return the next `count` events, of which none is later than `within` seconds after the one before."""
    events = []
    while len(events) < count:
        events += json.loads(opened.recv(timeout=within))["events"]
    return events


def close_code(opened):
    try:
        while True:
            opened.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def test_a_new_message_reaches_the_team_and_the_participant_and_nobody_else(server):
    subject = factories.subject_at(factories.active_site())
    nurse, patient = factories.coordinator_at(subject.site), factories.participant_of(subject)
    stranger = factories.coordinator_at(factories.active_site())
    with socket(server, nurse) as team, socket(server, patient) as phone, socket(server, stranger) as other:
        for opened in (team, phone, other):
            greeting(opened)

        conversation = factories.conversation_with(subject, body="A secret symptom", by=patient)

        for opened in (team, phone):
            (event,) = heard(opened, 1)
            assert (event["kind"], event["entity"]) == ("messaging.sent", "Message")
            assert "secret" not in json.dumps(event)
            assert event["id"] == str(conversation.messages.get().pk)
        with pytest.raises(TimeoutError):
            other.recv(timeout=0.5)


def test_two_processes_deliver_to_each_others_sockets(transactional_db):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    portal = start_portal(connection.settings_dict["NAME"], workers=2)
    try:
        with ExitStack() as stack:
            sockets = [stack.enter_context(socket(portal, nurse)) for _ in range(8)]
            for opened in sockets:
                greeting(opened)

            capture = factories.capture_of(subject)

            assert {heard(opened, 1)[0]["id"] for opened in sockets} == {str(capture.pk)}
    finally:
        stop(portal)


def test_what_was_missed_comes_once_and_in_order(server):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    capture = factories.capture_of(subject, by=nurse)
    with socket(server, nurse) as opened:
        cursor = greeting(opened)["cursor"]
    for pulse in range(90, 95):
        values = factories.VALUES | {"SYSBP": str(pulse)}
        capture = captures.save_capture(capture=capture, values=values, version=capture.version, by=nurse)

    with socket(server, nurse, cursor=cursor) as opened:
        missed = heard(opened, 5)
        captures.save_capture(capture=capture, values={}, version=capture.version, by=nurse)
        (now,) = heard(opened, 1)

    positions = [event["position"] for event in [*missed, now]]
    assert positions == sorted(set(positions))
    assert {event["id"] for event in missed} == {str(capture.pk)}


def test_a_page_of_another_origin_is_turned_away(server):
    nurse = factories.coordinator_at(factories.active_site())

    with socket(server, nurse, origin="https://evil.example") as opened:
        assert close_code(opened) == 4403


def test_nobody_listens_without_signing_in(server):
    with socket(server) as opened:
        assert close_code(opened) == 4401


def test_a_program_listens_with_its_token(server):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    _, secret = issue_token(user=nurse, name="Listener")

    with socket(server, token=secret) as opened:
        greeting(opened)
        factories.capture_of(subject)

        assert heard(opened, 1)[0]["kind"] == "captures.created"


def test_a_membership_that_ends_is_heard_no_more(server):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    with socket(server, nurse) as opened:
        greeting(opened)

        membership = Membership.objects.get(user=nurse)
        trials.end_membership(membership=membership, reason="Left", by=factories.administrator())
        assert greeting(opened)["lost"]
        factories.capture_of(subject)

        with pytest.raises(TimeoutError):
            opened.recv(timeout=0.5)


def test_signing_out_everywhere_closes_the_sockets(server):
    nurse = factories.coordinator_at(factories.active_site())
    with socket(server, nurse) as opened:
        greeting(opened)

        end_sessions(user=nurse, by=nurse)

        assert close_code(opened) == 4401


def test_signing_out_closes_the_sockets_of_that_session_at_once_and_no_other(server):
    nurse = factories.coordinator_at(factories.active_site())
    client, elsewhere = Client(), socket(server, nurse)
    client.force_login(nurse)
    headers = {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}",
        "Origin": server.url,
    }
    with elsewhere, connect(f"ws://127.0.0.1:{server.port}/ws/live/", additional_headers=headers) as opened:
        greeting(opened)
        greeting(elsewhere)

        client.post("/accounts/logout/")

        assert close_code(opened) == 4401
        assert "lost" not in greeting(elsewhere)


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/live/more/", "/ws/a%0Ab"])
def test_another_address_has_no_feed_and_says_so(server, path):
    with connect(f"ws://127.0.0.1:{server.port}{path}", additional_headers={"Origin": server.url}) as opened:
        assert close_code(opened) == 4404


def test_the_feed_survives_losing_its_connection_again_and_again(server):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    with socket(server, nurse) as opened:
        greeting(opened)

        for _loss in range(6):
            with connection.cursor() as cursor:
                cursor.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and query like 'listen edc_%'"
                )
            conversation = factories.conversation_with(subject, by=nurse)

            # Each loss costs the same short pause; one that doubled every time would be over six seconds by now.
            assert heard(opened, 1, within=4)[0]["id"] == str(conversation.messages.get().pk)


def test_a_message_without_an_end_does_not_stop_the_feed(server):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    with socket(server, nurse) as opened, socket(server, nurse) as chatty:
        greeting(opened)
        greeting(chatty)

        chatty.send("x" * 100_000)
        messaging.start_conversation(site=subject.site, subject=subject, topic="Visit", body="Hello", by=nurse)

        assert heard(opened, 1)[0]["kind"] == "messaging.sent"
        assert close_code(chatty) == 1009
