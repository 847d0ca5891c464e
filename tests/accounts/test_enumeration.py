"""Nobody learns from the time of an answer whether an address has an account."""

import statistics
import time

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from tests.accounts.doors import make_person

SAMPLES = 9
# One hash costs more than this, and so does one mail of the slow server below.
TELLING = 0.02


class SlowMail(EmailBackend):
    """A mail server that takes its time, so that a mail more or less shows in the answer."""

    def send_messages(self, messages):
        time.sleep(2 * TELLING * len(messages))
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.SIGN_IN_TRIES = 10_000
    settings.ACCOUNT_RATE_LIMITS = False
    settings.EMAIL_BACKEND = f"{__name__}.SlowMail"


def seconds(path: str, form: dict[str, str]) -> float:
    started = time.perf_counter()
    Client().post(path, form)
    return time.perf_counter() - started


@pytest.mark.slow
@pytest.mark.usefixtures("real_hashes")
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/accounts/login/", {"password": "wrong wrong wrong"}),
        ("/accounts/password/reset/", {}),
    ],
)
def test_answer_takes_as_long_for_unknown_addresses(db, path, form):
    make_person("known@clinic.example")
    field = "login" if "login" in path else "email"
    times: dict[str, list[float]] = {"known": [], "nobody": []}
    seconds(path, form | {field: "warm@clinic.example"})

    for _ in range(SAMPLES):
        for name, taken in times.items():
            taken.append(seconds(path, form | {field: f"{name}@clinic.example"}))

    known, unknown = (statistics.median(times[name]) for name in ("known", "nobody"))
    # On a busy machine all answers spread; a hash or a mail less would take most of the time away.
    assert abs(known - unknown) < max(TELLING, 0.25 * max(known, unknown)), times


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/signup/researcher/"])
def test_sign_up_does_the_same_slow_work_for_an_address_that_has_an_account(db, path, monkeypatch, mailoutbox):
    make_person("known@clinic.example")
    form = {"display_name": "Ada", "password1": "a river without a bridge"}
    form |= {"expertise": "Surgery", "institution": "Clinic", "contact": "1234"}
    hashed: list[str] = []
    hashing = MD5PasswordHasher.encode

    def encode(self, password, salt):
        hashed.append(password)
        return hashing(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)

    for name in ("known", "new"):
        answer = Client().post(path, form | {"email": f"{name}@clinic.example"})

        assert answer.status_code == 302
        assert (hashed.count(form["password1"]), len(mailoutbox)) == (1, 1), name
        hashed.clear()
        mailoutbox.clear()
