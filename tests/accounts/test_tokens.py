"""API tokens: shown once, kept as a digest, ended at once."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test import Client

from edc.accounts import services
from edc.accounts.models import ApiToken, User
from edc.base.errors import Denied, Invalid
from tests.accounts.doors import PASSWORD, make_person, sign_in


def minted(user) -> tuple[ApiToken, str]:
    return services.issue_token(user=user, name="Nightly export")


def test_token_acts_as_its_owner(person):
    _, secret = minted(person)

    assert services.token_owner(secret) == person


@pytest.mark.parametrize("secret", ["", "edc_", "edc_" + "x" * 43, "Bearer", "édc_ü", "edc_\0", "edc_\ud800"])
def test_anything_else_is_nobody(person, secret):
    minted(person)

    assert services.token_owner(secret) is None


def test_secret_is_nowhere_in_the_database(person):
    _, secret = minted(person)

    with connection.cursor() as cursor:
        cursor.execute("select t::text from accounts_apitoken t union all select a::text from audit_auditlog a")
        kept = "\n".join(row[0] for row in cursor.fetchall())
    assert secret not in kept
    assert secret[12:] not in kept
    assert secret[:10] in kept


def test_revoked_token_ends_at_once(person):
    token, secret = minted(person)

    services.revoke_token(token=token, by=person)

    assert services.token_owner(secret) is None


def test_revoking_twice_keeps_the_first_moment(person):
    token, _ = minted(person)
    first = services.revoke_token(token=token, by=person).revoked_at

    assert services.revoke_token(token=token, by=person).revoked_at == first


def test_expired_token_ends(person):
    _, secret = services.issue_token(user=person, name="Short", life=dt.timedelta(days=1))

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=1, seconds=1)):
        assert services.token_owner(secret) is None


@pytest.mark.parametrize("status", ["WAITING", "DISABLED"])
def test_token_rests_while_its_owner_may_not_enter(person, administrator, status):
    _, secret = minted(person)
    fields = {"status": status, "is_active": status != "DISABLED"}
    User.objects.filter(pk=person.pk).update(**fields)

    assert services.token_owner(secret) is None


def test_disabling_an_account_ends_its_tokens_for_good(person, administrator):
    _, secret = minted(person)

    services.disable_account(user=person, reason="Left", by=administrator)
    services.enable_account(user=person, reason="Came back", by=administrator)

    assert services.token_owner(secret) is None


def test_only_the_owner_revokes(person, administrator):
    token, secret = minted(person)

    with pytest.raises(Denied):
        services.revoke_token(token=token, by=administrator)
    assert services.token_owner(secret) == person


def test_who_waits_gets_no_token(db):
    with pytest.raises(Denied):
        minted(make_person("wim@clinic.example", status=User.Status.WAITING))


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_token_needs_a_name_of_sensible_length(person, name):
    with pytest.raises(Invalid):
        services.issue_token(user=person, name=name)


@pytest.mark.parametrize("days", [0, -1, 91])
def test_token_lives_no_longer_than_allowed(person, days):
    with pytest.raises(Invalid) as refused:
        services.issue_token(user=person, name="Long", life=dt.timedelta(days=days))
    asked = {"email": person.email, "password": PASSWORD, "name": "Long", "days": days}
    by_api = Client().post("/api/v1/auth/token", asked, content_type="application/json")

    assert refused.value.errors.keys() == {"days"}
    assert by_api.status_code == 400
    assert [fault["pointer"] for fault in by_api.json()["errors"]] == ["/days"]


def test_number_of_live_tokens_has_an_end(person):
    for _ in range(20):
        minted(person)

    with pytest.raises(services.TooManyTokens):
        minted(person)


def test_last_use_is_noted_now_and_then(person, django_assert_num_queries):
    token, secret = minted(person)

    services.token_owner(secret)
    token.refresh_from_db()
    first = token.last_used_at
    with django_assert_num_queries(0):
        services.token_owner(secret)

    token.refresh_from_db()
    assert token.last_used_at == first
    assert first is not None


def test_page_makes_a_token_shows_it_once_and_revokes_it(client, person):
    sign_in(client, person.email)
    asked = client.get("/account/tokens/new/")
    client.post(asked["Location"], {"password": PASSWORD})

    shown = client.post("/account/tokens/new/", {"name": "Nightly export", "days": "30"})
    secret = shown.context["secret"]
    overview = client.get("/account/").content.decode()

    assert secret in shown.content.decode()
    assert services.token_owner(secret) == person
    assert "Nightly export" in overview
    assert secret not in overview

    client.post(f"/account/tokens/{person.api_tokens.get().pk}/revoke/")
    assert services.token_owner(secret) is None
    assert list(client.get("/account/").context["tokens"]) == []


def test_page_asks_for_the_password_first(client, person):
    sign_in(client, person.email)

    answer = client.post("/account/tokens/new/", {"name": "Nightly export", "days": "30"})

    assert "reauthenticate" in answer["Location"]
    assert not ApiToken.objects.exists()


def test_token_of_somebody_else_does_not_exist(client, person, administrator):
    token, secret = minted(administrator)
    client.force_login(person)

    assert client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert services.token_owner(secret) == administrator
