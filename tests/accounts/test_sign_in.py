"""Signing in with address and password, on the page and for a token."""

import pytest
from django.core import mail
from django.test import Client

from edc.accounts import services
from edc.accounts.models import Session, SignIn, User
from tests.accounts.doors import PASSWORD, is_signed_in, link_in_mail, make_person, sign_in

VISITOR = services.Visitor(address="198.51.100.7")


def by_page(email: str, password: str) -> bool:
    client = Client()
    sign_in(client, email, password)
    return is_signed_in(client)


def by_token(email: str, password: str) -> bool:
    try:
        services.sign_in_by_password(email=email, password=password, code="", visitor=VISITOR)
    except services.SignInRefused:
        return False
    return True


both_doors = pytest.mark.parametrize("enter", [by_page, by_token])


@both_doors
def test_right_password_opens(enter, person):
    assert enter("ines@clinic.example", PASSWORD)


@both_doors
def test_case_of_the_address_does_not_matter(enter, person):
    assert enter("Ines@CLINIC.example", PASSWORD)


@both_doors
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ines@clinic.example", "a wrong river in spring"),
        ("nobody@clinic.example", PASSWORD),
        ("inês@clinic.example", PASSWORD),
        ("іnes@clinic.example", PASSWORD),
        ("ines@clinic.example", ""),
    ],
)
def test_anything_else_does_not(enter, person, email, password):
    assert not enter(email, password)


@both_doors
def test_disabled_account_does_not_open(enter, person, administrator):
    services.disable_account(user=person, reason="Left the clinic", by=administrator)

    assert not enter(person.email, PASSWORD)


@both_doors
def test_unconfirmed_address_does_not_open(enter, db):
    make_person("new@clinic.example", verified=False)

    assert not enter("new@clinic.example", PASSWORD)


def test_signing_in_with_an_unconfirmed_address_sends_the_link_again(client, db):
    make_person("new@clinic.example", verified=False)

    sign_in(client, "new@clinic.example")
    client.post(link_in_mail())
    sign_in(client, "new@clinic.example")

    assert is_signed_in(client)


def test_every_act_at_the_door_is_noted_with_its_actor(client, person):
    sign_in(client, person.email, "wrong wrong wrong")
    sign_in(client, person.email, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    client.post("/accounts/logout/")

    rows = list(SignIn.objects.order_by("at").values_list("kind", "user", "user_agent"))
    assert rows == [
        ("SIGN_IN_FAILED", None, "Another program"),
        ("SIGNED_IN", person.pk, "Firefox on Linux"),
        ("SIGNED_OUT", person.pk, "Another program"),
    ]


def test_door_book_cannot_be_changed(person, client):
    from django.db import DatabaseError, transaction

    sign_in(client, person.email)

    for change in (lambda: SignIn.objects.update(kind="SIGNED_OUT"), lambda: SignIn.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_door_book_holds_no_address_in_clear(client, person):
    sign_in(client, "secret-word-typed-here@clinic.example", "x" * 12, REMOTE_ADDR="203.0.113.77")

    row = SignIn.objects.get()
    assert row.network == "203.0.113.0/24"
    assert b"203.0.113.77" not in bytes(row.client_digest)
    assert b"secret" not in bytes(row.email_digest)


def test_session_key_changes_at_sign_in(client, person):
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = session.session_key

    sign_in(client, person.email)

    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()


def test_signing_in_as_somebody_else_carries_nothing_over(client, person):
    other = make_person("omar@clinic.example")
    sign_in(client, person.email)
    session = client.session
    session["half_done"] = "ines"
    session.save()

    client.post("/accounts/logout/")
    sign_in(client, other.email)

    assert "half_done" not in client.session
    assert Session.objects.get(session_key=client.session.session_key).user == other


def test_next_leads_nowhere_else(client, person):
    answer = client.post(
        "/accounts/login/?next=https://evil.example/",
        {"login": person.email, "password": PASSWORD, "next": "https://evil.example/"},
    )

    assert answer.status_code == 302
    assert "evil.example" not in answer["Location"]


def test_sign_in_page_says_what_is_wrong_without_saying_which(client, person):
    wrong_password = sign_in(client, person.email, "wrong wrong wrong").content.decode()
    unknown = sign_in(client, "nobody@clinic.example", "wrong wrong wrong").content.decode()

    message = "The email address and/or password you specified are not correct."
    assert message in wrong_password
    assert message in unknown


def test_waiting_person_may_sign_in_but_gets_no_token(db):
    make_person("wim@clinic.example", status=User.Status.WAITING)

    assert by_page("wim@clinic.example", PASSWORD)
    assert not by_token("wim@clinic.example", PASSWORD)


def test_no_mail_is_sent_for_a_sign_in(client, person):
    sign_in(client, person.email)

    assert mail.outbox == []
