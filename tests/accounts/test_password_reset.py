"""A forgotten password: a link by mail, once, for an hour, to the right mailbox, from the right host."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.test import Client

from edc.accounts import services
from edc.accounts.models import SignIn
from tests.accounts.doors import PASSWORD, is_signed_in, link_in_mail, sign_in

NEW = "an entirely new river"


def ask(client: Client, email: str, **headers):
    return client.post("/accounts/password/reset/", {"email": email}, **headers)


def use(client: Client, link: str, password: str = NEW) -> None:
    page = client.get(link, follow=True)
    if page.redirect_chain:
        client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})


def opens(email: str, password: str) -> bool:
    client = Client()
    sign_in(client, email, password)
    return is_signed_in(client)


def test_link_sets_the_password_and_signs_nobody_in(client, person):
    ask(client, person.email)

    use(client, link_in_mail())

    assert not is_signed_in(client)
    assert opens(person.email, NEW)
    assert not opens(person.email, PASSWORD)


def test_link_works_once(client, person):
    ask(client, person.email)
    link = link_in_mail()
    use(client, link)

    use(Client(), link, "yet another long river")

    assert not opens(person.email, "yet another long river")


def test_link_ends_after_an_hour(client, person):
    ask(client, person.email)

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=61)):
        use(client, link_in_mail())
        assert not opens(person.email, NEW)


def test_link_of_one_person_is_worth_nothing_for_another(client, person, administrator):
    ask(client, person.email)
    link = link_in_mail()
    own_id = link.split("/key/")[1].split("-")[0]

    use(client, link.replace(own_id, administrator.pk.hex))

    assert not opens(administrator.email, NEW)


def test_key_is_not_in_the_address_of_the_form(client, person):
    ask(client, person.email)
    link = link_in_mail()

    form = client.get(link, follow=True)

    assert link.rsplit("-", 1)[1].strip("/") not in form.redirect_chain[-1][0]
    assert form["Referrer-Policy"] == "same-origin"


def test_foreign_host_header_gets_no_link(client, person):
    answer = ask(client, person.email, HTTP_HOST="evil.example")

    assert answer.status_code == 400
    assert mail.outbox == []


def test_known_and_unknown_addresses_get_the_same_answer(person):
    known, unknown = ask(Client(), person.email), ask(Client(), "nobody@clinic.example")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to[0] for message in mail.outbox] == [person.email, "nobody@clinic.example"]


def test_disabled_person_gets_no_link(client, person, administrator):
    services.disable_account(user=person, reason="Left", by=administrator)
    mail.outbox.clear()

    ask(client, person.email)

    assert "/password/reset/key/" not in mail.outbox[0].body


def test_reset_ends_the_lock_and_the_tokens(client, person):
    _, secret = services.issue_token(user=person, name="Script")
    for number in range(6):
        sign_in(client, person.email, f"guess {number}")

    ask(client, person.email)
    use(client, link_in_mail())
    sign_in(client, person.email, NEW)

    assert is_signed_in(client)
    assert services.token_owner(secret) is None


def test_reset_by_somebody_who_is_signed_in_ends_tokens_and_sessions_too(client, person):
    _, secret = services.issue_token(user=person, name="Script")
    elsewhere = Client()
    sign_in(client, person.email)
    sign_in(elsewhere, person.email)

    ask(client, person.email)
    use(client, link_in_mail())

    assert services.token_owner(secret) is None
    assert not is_signed_in(elsewhere)
    assert SignIn.objects.filter(user=person, kind=SignIn.Kind.PASSWORD_RESET).exists()
    assert opens(person.email, NEW)


def test_change_from_the_account_page_keeps_the_tokens(client, person):
    _, secret = services.issue_token(user=person, name="Script")
    sign_in(client, person.email)

    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert services.token_owner(secret) == person
    assert opens(person.email, NEW)


def test_person_is_told_of_the_new_password(client, person):
    ask(client, person.email)
    use(client, link_in_mail())

    assert "password" in mail.outbox[-1].body
    assert mail.outbox[-1].to == [person.email]


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_weak_password_is_refused(client, person, password):
    ask(client, person.email)

    use(client, link_in_mail(), password)

    assert opens(person.email, PASSWORD)
