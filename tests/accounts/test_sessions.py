"""Sessions end: by hand, by idleness, in any case after some hours, and with every other proof of who somebody is."""

import datetime as dt

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client

from edc.accounts import services
from edc.accounts.models import Session, SignIn
from tests.accounts.doors import PASSWORD, is_signed_in, link_in_mail, sign_in

START = dt.datetime(2026, 5, 4, 8, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def minutes(number: int) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def test_session_ends_when_nobody_is_there(clock, client, person):
    sign_in(client, person.email)

    clock.shift(minutes(32))

    assert not is_signed_in(client)


def test_session_stays_while_somebody_is_there(clock, client, person):
    sign_in(client, person.email)

    for _ in range(6):
        clock.shift(minutes(29))
        assert is_signed_in(client)


def test_fetches_that_scripts_make_by_themselves_keep_nothing_alive(clock, client, person):
    sign_in(client, person.email)
    for _ in range(3):
        clock.shift(minutes(10))
        client.get("/account/", headers={"X-Background": "1"})

    clock.shift(minutes(2))

    assert not is_signed_in(client)


def test_session_ends_after_its_hours_even_if_somebody_is_there(clock, client, person, settings):
    sign_in(client, person.email)
    for _ in range(36):
        clock.shift(minutes(20))
        is_signed_in(client)

    assert not is_signed_in(client)
    assert settings.SESSION_COOKIE_AGE == 12 * 3600


def test_changing_the_session_does_not_prolong_it(clock, client, person):
    sign_in(client, person.email)
    ends = Session.objects.get(user=person).expire_date
    clock.shift(minutes(20))

    session = client.session
    session["something"] = "else"
    session.save()

    assert Session.objects.get(user=person).expire_date == ends


def test_cookie_ends_with_the_browser(client, person):
    sign_in(client, person.email)

    cookie = client.cookies["sessionid"]
    assert cookie["max-age"] == ""
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def copy_of(client: Client) -> Client:
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    return thief


def test_stolen_cookie_is_worth_nothing_after_sign_out(client, person):
    sign_in(client, person.email)
    thief = copy_of(client)
    assert is_signed_in(thief)

    client.post("/accounts/logout/")

    assert not is_signed_in(thief)


def test_signing_out_everywhere_ends_the_others_next_request(client, person):
    elsewhere = Client()
    sign_in(client, person.email)
    sign_in(elsewhere, person.email)

    client.post("/account/sign-out-everywhere/")

    assert not is_signed_in(elsewhere)
    assert not is_signed_in(client)


def test_signing_out_the_others_keeps_this_one(client, person):
    elsewhere = Client()
    sign_in(client, person.email)
    sign_in(elsewhere, person.email)

    client.post("/accounts/sessions/")

    assert not is_signed_in(elsewhere)
    assert is_signed_in(client)


def test_session_page_lists_own_sessions_only(client, person, administrator):
    sign_in(Client(), administrator.email, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    sign_in(Client(), person.email, HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1")
    sign_in(client, person.email, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36")

    page = client.get("/accounts/sessions/").content.decode()

    assert "Safari on iPhone" in page
    assert "Chrome on Windows" in page
    assert "Firefox" not in page


def test_signing_out_one_browser_keeps_the_others(client, person):
    elsewhere, third = Client(), Client()
    for browser in (elsewhere, third, client):
        sign_in(browser, person.email)
    listed = UserSession.objects.get(session_key=elsewhere.cookies["sessionid"].value)
    page = client.get("/accounts/sessions/").content.decode()
    assert page.count("/end/") == 2, "one's own is ended by signing out"

    client.post(f"/account/sessions/{listed.pk}/end/")

    assert [is_signed_in(browser) for browser in (elsewhere, third, client)] == [False, True, True]
    assert SignIn.objects.filter(user=person, kind="SIGNED_OUT").count() == 1


def test_nobody_ends_a_session_of_somebody_else(client, person, administrator):
    theirs = Client()
    sign_in(theirs, administrator.email)
    sign_in(client, person.email)
    listed = UserSession.objects.get(user=administrator)

    assert client.post(f"/account/sessions/{listed.pk}/end/").status_code == 404
    assert is_signed_in(theirs)


def test_new_password_ends_every_other_session(client, person):
    elsewhere = Client()
    sign_in(client, person.email)
    sign_in(elsewhere, person.email)

    new = "an entirely new river"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert not is_signed_in(elsewhere)
    assert is_signed_in(client)


def test_reset_password_ends_every_session(client, person):
    elsewhere = Client()
    sign_in(elsewhere, person.email)

    client.post("/accounts/password/reset/", {"email": person.email})
    form = client.get(link_in_mail(), follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "an entirely new river", "password2": "an entirely new river"})

    assert not is_signed_in(elsewhere)


def test_disabled_person_is_out_at_once(client, person, administrator):
    sign_in(client, person.email)

    services.disable_account(user=person, reason="Left the clinic", by=administrator)

    assert not is_signed_in(client)
    assert not Session.objects.filter(user=person).exists()


def test_password_changed_behind_the_portals_back_ends_the_session(client, person):
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from edc.base.actor import SYSTEM, name_actor

    sign_in(client, person.email)

    name_actor(SYSTEM, action="accounts.repaired")
    with connection.cursor() as cursor:
        cursor.execute("update accounts_user set password = %s where id = %s", [make_password("x"), person.pk])

    assert not is_signed_in(client)


def test_session_and_person_are_read_by_one_statement(client, person, django_assert_num_queries, monkeypatch):
    from edc.accounts import sessions

    client.force_login(person)
    read = []
    fetch_one = sessions.fetch_one
    monkeypatch.setattr(sessions, "fetch_one", lambda *arguments: read.append(1) or fetch_one(*arguments))

    with django_assert_num_queries(0):
        answer = client.post("/account/stay/")

    assert answer.status_code == 200
    assert len(read) == 1


def test_keeping_alive_answers_how_long_the_session_may_rest(client, person):
    client.force_login(person)

    assert client.post("/account/stay/").json() == {"idle_seconds": 1800}
    assert client.get("/account/stay/").status_code == 405


def test_pages_of_a_signed_in_person_are_kept_by_no_cache(client, person):
    client.force_login(person)

    assert "no-store" in client.get("/account/")["Cache-Control"]
