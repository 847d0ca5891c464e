"""Guessing is slow, and a guesser cannot lock out the owner."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from edc.accounts import services
from edc.accounts.models import SignIn
from tests.accounts.doors import PASSWORD, is_signed_in, sign_in

STRANGER = "203.0.113.9"
OWN = "198.51.100.20"


def guess(client: Client, email: str, times: int, address: str = STRANGER) -> str:
    for number in range(times):
        answer = sign_in(client, email, f"guess number {number}", REMOTE_ADDR=address)
    return answer.content.decode()


def test_sixth_guess_from_one_address_is_not_looked_at(person):
    stranger = Client()

    guess(stranger, person.email, 5)
    answer = sign_in(stranger, person.email, PASSWORD, REMOTE_ADDR=STRANGER)

    assert "Too many failed sign-ins" in answer.content.decode()
    assert not is_signed_in(stranger)
    assert SignIn.objects.filter(kind="LOCKED_OUT").count() == 1


def test_lock_ends_after_the_window(person):
    stranger = Client()
    guess(stranger, person.email, 6)

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16)):
        sign_in(stranger, person.email, PASSWORD, REMOTE_ADDR=STRANGER)
        assert is_signed_in(stranger)


def test_neighbour_behind_the_same_address_keeps_nobody_out_for_longer_than_a_minute(person):
    start = dt.datetime.now(dt.UTC)
    with time_machine.travel(start, tick=False) as clock:
        answers = []
        for _ in range(40):
            answers.append(guess(Client(), person.email, 1))
            clock.shift(dt.timedelta(seconds=15))
        assert any("Too many failed sign-ins. Wait 45 seconds" in answer for answer in answers)

        clock.shift(dt.timedelta(seconds=46))
        owner = Client()
        sign_in(owner, person.email, REMOTE_ADDR=STRANGER)

        assert is_signed_in(owner)


def test_guessing_without_a_pause_gets_few_guesses_looked_at(person):
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as clock:
        for _ in range(90):
            guess(Client(), person.email, 1)
            clock.shift(dt.timedelta(seconds=10))

    assert 10 < SignIn.objects.filter(kind="SIGN_IN_FAILED").count() < 25


def test_unknown_address_is_locked_in_the_same_words(person):
    known, unknown = guess(Client(), person.email, 6), guess(Client(), "nobody@clinic.example", 6, "203.0.113.10")

    assert "Too many failed sign-ins" in known
    assert "Too many failed sign-ins" in unknown


def test_strangers_tries_do_not_reach_the_owner_elsewhere(person):
    guess(Client(), person.email, 8)
    owner = Client()

    sign_in(owner, person.email, REMOTE_ADDR=OWN)

    assert is_signed_in(owner)


def test_many_addresses_together_do_not_lock_out_the_owners_browser(person):
    owner = Client()
    sign_in(owner, person.email, REMOTE_ADDR=OWN)
    owner.post("/accounts/logout/")
    for host in range(1, 41):
        guess(Client(), person.email, 1, f"203.0.113.{host}")

    newcomer = Client()
    sign_in(newcomer, person.email, REMOTE_ADDR="192.0.2.200")
    assert not is_signed_in(newcomer), "a guesser with many addresses is held"

    sign_in(owner, person.email, REMOTE_ADDR="192.0.2.201")
    assert is_signed_in(owner), "the browser is known, wherever it is"

    other_browser = Client()
    sign_in(other_browser, person.email, REMOTE_ADDR=OWN)
    assert is_signed_in(other_browser), "the address is the owner's own"


def test_stranger_at_the_owners_own_address_does_not_lock_out_the_owners_browser(person):
    owner = Client()
    sign_in(owner, person.email, REMOTE_ADDR=OWN)
    owner.post("/accounts/logout/")

    guess(Client(), person.email, 10, OWN)
    sign_in(owner, person.email, REMOTE_ADDR=OWN)

    assert is_signed_in(owner)


def test_known_browser_has_an_end_too(person):
    thief = Client()
    sign_in(thief, person.email)
    thief.post("/accounts/logout/")

    guess(thief, person.email, 10)
    sign_in(thief, person.email)

    assert not is_signed_in(thief)


def test_forged_device_cookie_counts_for_nothing(person):
    stranger = Client()
    stranger.cookies["edc-device"] = "WyJhYSJd:1abcde:forged"

    guess(stranger, person.email, 5)
    sign_in(stranger, person.email, REMOTE_ADDR=STRANGER)

    assert not is_signed_in(stranger)


def test_device_cookie_of_one_account_does_not_open_the_way_to_another(person, administrator):
    thief = Client()
    sign_in(thief, person.email, REMOTE_ADDR=STRANGER)
    thief.post("/accounts/logout/")

    guess(thief, administrator.email, 5)
    sign_in(thief, administrator.email, REMOTE_ADDR=STRANGER)

    assert not is_signed_in(thief)


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED"])
def test_claimed_addresses_are_not_believed(person, header):
    stranger = Client()

    for number in range(5):
        sign_in(stranger, person.email, f"guess {number}", REMOTE_ADDR=STRANGER, **{header: f"192.0.2.{number}"})
    sign_in(stranger, person.email, REMOTE_ADDR=STRANGER, **{header: "192.0.2.99"})

    assert not is_signed_in(stranger)


def test_address_is_what_the_outermost_trusted_proxy_saw(person, settings):
    settings.TRUSTED_PROXIES = 1
    stranger, owner = Client(), Client()

    for number in range(6):
        claim = f"192.0.2.{number}, {STRANGER}"
        sign_in(stranger, person.email, f"guess {number}", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=claim)
    sign_in(stranger, person.email, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"192.0.2.99, {STRANGER}")
    sign_in(owner, person.email, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=OWN)

    assert not is_signed_in(stranger)
    assert is_signed_in(owner)


def test_one_address_trying_one_password_on_many_accounts_is_held(person):
    stranger = Client()
    for number in range(100):
        sign_in(stranger, f"person{number}@clinic.example", "spring2026spring", REMOTE_ADDR=STRANGER)

    sign_in(stranger, person.email, REMOTE_ADDR=STRANGER)

    assert not is_signed_in(stranger)


def test_an_ipv6_customer_counts_as_one(person):
    stranger = Client()
    for number in range(5):
        sign_in(stranger, person.email, f"guess {number}", REMOTE_ADDR=f"2001:db8:1:2::{number + 1}")

    sign_in(stranger, person.email, REMOTE_ADDR="2001:db8:1:2:ffff::1")

    assert not is_signed_in(stranger)


def test_token_door_has_the_same_limit(person):
    visitor = services.Visitor(address=STRANGER)
    for number in range(5):
        with pytest.raises(services.SignInRefused):
            services.sign_in_by_password(email=person.email, password=f"guess {number}", code="", visitor=visitor)

    with pytest.raises(services.TooManyTries):
        services.sign_in_by_password(email=person.email, password=PASSWORD, code="", visitor=visitor)
    stranger = Client()
    sign_in(stranger, person.email, REMOTE_ADDR=STRANGER)
    assert not is_signed_in(stranger)
