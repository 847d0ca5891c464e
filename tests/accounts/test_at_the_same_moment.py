"""Many at the same moment: limits and uniqueness hold between workers, too."""

import threading

import pytest
from django.db import connection
from django.test import Client

from edc.accounts import services
from edc.accounts.models import SignIn, User
from tests.accounts.doors import PASSWORD, make_person

pytestmark = pytest.mark.slow


def all_at_once(act, times: int) -> list:
    answers, start = [], threading.Barrier(times)

    def run(number: int) -> None:
        start.wait()
        try:
            answers.append(act(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_guesses_sent_together_do_not_pass_the_limit(transactional_db):
    make_person("ines@clinic.example")
    visitor = services.Visitor(address="203.0.113.9")

    def guess(number: int) -> str:
        try:
            services.sign_in_by_password(
                email="ines@clinic.example", password=f"guess {number}", code="", visitor=visitor
            )
        except (services.SignInRefused, services.TooManyTries) as refused:
            return type(refused).__name__
        return "in"

    answers = all_at_once(guess, 12)

    assert sorted(answers) == ["SignInRefused"] * 5 + ["TooManyTries"] * 7
    assert SignIn.objects.filter(kind=SignIn.Kind.FAILED).count() == 5


def test_one_address_signed_up_twice_together_becomes_one_account(transactional_db):
    form = {"display_name": "Petra", "email": "petra@home.example", "password1": PASSWORD}

    answers = all_at_once(lambda _number: Client().post("/accounts/signup/", form), 6)

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/accounts/confirm-email/")}
    assert User.objects.count() == 1


def test_tokens_made_together_do_not_pass_the_limit(transactional_db):
    person = make_person("ines@clinic.example")
    for _ in range(17):
        services.issue_token(user=person, name="Script")

    def issue(_number: int) -> bool:
        try:
            services.issue_token(user=person, name="Script")
        except services.TooManyTokens:
            return False
        return True

    assert sorted(all_at_once(issue, 8)) == [False] * 5 + [True] * 3
