"""Nobody learns from the time of an answer whether an address has an account."""

import statistics
import time

import pytest
from django.test import Client

from tests.accounts.doors import make_person

SAMPLES = 30


@pytest.fixture(autouse=True)
def _no_limit(settings):
    settings.SIGN_IN_TRIES = 10_000
    settings.ACCOUNT_RATE_LIMITS = False


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

    known, unknown = (statistics.quantiles(times[name], n=10) for name in ("known", "nobody"))
    assert known[1] < unknown[-2], f"known answers are slower: {known} {unknown}"
    assert unknown[1] < known[-2], f"unknown answers are slower: {known} {unknown}"
