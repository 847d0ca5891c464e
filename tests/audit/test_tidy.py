"""What has served its time is taken away; what tells what happened stays."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from audit.models import AuditLog, IdempotencyKey
from audit.services import tidying
from edc.accounts.models import ApiToken, Session, SignIn
from edc.accounts.services import issue_token
from tests import factories
from tests.accounts.doors import is_signed_in, make_person, sign_in
from tests.api.calling import by, key

KEPT = (AuditLog, SignIn, ApiToken)


@pytest.fixture
def person(db):
    return make_person("ines@clinic.example")


def counts():
    return [model.objects.count() for model in KEPT]


@pytest.mark.parametrize("later", [timedelta(minutes=32), timedelta(hours=13)])
def test_sessions_that_are_over_go_and_what_tells_of_them_stays(client, person, capsys, later):
    sign_in(client, person.email)
    issue_token(user=person, name="Script")
    before = counts()

    with time_machine.travel(timezone.now() + later):
        call_command("tidy")

    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
    assert "1 sessions" in capsys.readouterr().out
    assert counts() == before


def test_session_in_use_stays(client, person):
    sign_in(client, person.email)

    call_command("tidy")

    assert is_signed_in(client)
    assert UserSession.objects.filter(user=person).exists()


@pytest.mark.slow
def test_used_keys_go_after_their_day(db, capsys):
    site = factories.active_site()
    nurse, subject, once = by(factories.coordinator_at(site)), factories.subject_at(site), key()
    body = {"subject": str(subject.pk), "visit": "SCR", "form": "VS", "data": factories.VALUES}
    nurse.post("captures/", body, **once)
    versions = subject.history.count()

    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        call_command("tidy")
        assert IdempotencyKey.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        call_command("tidy")

    assert not IdempotencyKey.objects.exists()
    assert "1 idempotency keys" in capsys.readouterr().out
    assert subject.history.count() == versions


@pytest.mark.slow
def test_one_at_a_time(transactional_db, capsys):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [tidying.LOCK])
        call_command("tidy")
    other.close()

    assert "Another process tidies up already." in capsys.readouterr().out
