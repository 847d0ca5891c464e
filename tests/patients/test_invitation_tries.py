"""Invitation codes are not guessed: they are long, and whoever enters wrong ones has to wait."""

import math
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from edc.accounts.models import SignIn, User
from patients import services
from patients.services.invitations import GROUP_LENGTH, GROUPS
from patients.validators import ALPHABET
from tests import factories

pytestmark = pytest.mark.django_db

HERE = "/invitation/"
CLINIC = "198.51.100.20"


@pytest.fixture
def code():
    site = factories.active_site()
    patient = factories.subject_at(site).patient
    return services.invite_participant(patient=patient, site=site, by=factories.coordinator_at(site))[1]


def waiting(name="Ada"):
    return factories.person(name, kind=User.Kind.PARTICIPANT, status=User.Status.WAITING)


def enter(client, user, code, address=CLINIC):
    client.force_login(user)
    return client.post(HERE, {"code": code}, REMOTE_ADDR=address)


def guess(client, user, times, address=CLINIC):
    """Enter so many wrong codes; each is looked at, and refused."""
    for _ in range(times):
        assert "This code is not valid." in enter(client, user, "AAAA-BBBB-CCCC-DDDD", address).content.decode()


def test_after_some_wrong_codes_the_account_waits_even_with_the_right_one(client, code):
    someone = waiting()
    assert reverse("patients:accept_invitation") == HERE

    guess(client, someone, settings.SIGN_IN_TRIES)
    refused = enter(client, someone, code, address="203.0.113.9")

    assert refused.status_code == 429
    page = refused.content.decode()
    assert "Too many wrong invitation codes. Wait 15 minutes" in page
    assert "forgot your password" not in page
    someone.refresh_from_db()
    assert someone.is_waiting


def test_the_wait_ends(client, code):
    someone = waiting()
    guess(client, someone, settings.SIGN_IN_TRIES)

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert enter(client, someone, code).status_code == 302


def test_one_address_gets_no_more_tries_by_taking_more_accounts(client, code):
    limit = settings.SIGN_IN_TRIES
    for number in range(6):
        guess(client, waiting(f"Guesser {number}"), limit)

    assert enter(client, waiting("One more"), code).status_code == 429
    assert enter(client, waiting("Elsewhere"), code, address="203.0.113.9").status_code == 302


def test_mistyping_once_is_no_crime(client, code):
    someone = waiting()

    guess(client, someone, settings.SIGN_IN_TRIES - 1)

    assert enter(client, someone, code.lower().replace("-", " ")).status_code == 302


def test_each_wrong_code_is_on_record_and_the_code_is_not(client, code):
    someone = waiting()

    guess(client, someone, 1)

    assert SignIn.objects.get(kind=SignIn.Kind.CODE_REFUSED).user == someone
    event = AuditLog.objects.get(action="accounts.code_refused")
    assert event.actor_id == someone.pk
    assert "AAAA" not in str(event.metadata)


def test_a_code_has_more_than_72_bits_of_chance(code):
    letters = code.replace("-", "")

    assert len(letters) == GROUPS * GROUP_LENGTH
    assert set(letters) <= set(ALPHABET)
    assert len(letters) * math.log2(len(set(ALPHABET))) > 72
