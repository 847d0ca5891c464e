"""The second step: an authenticator app, recovery codes; every code counts once."""

import threading

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.db import connection, transaction
from django.test import Client

from edc.accounts import services
from edc.accounts.models import SignIn
from edc.base.actor import name_actor
from tests.accounts.doors import PASSWORD, is_signed_in, link_in_mail, make_person, sign_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OTHER_SECRET = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
NOW = 1_800_000_000
VISITOR = services.Visitor(address="198.51.100.7")


def code_at(moment: int, secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, moment // 30))


def enrol(user, secret: str = SECRET) -> list[str]:
    """Give the person an authenticator app; return the recovery codes."""
    with transaction.atomic():
        name_actor(user.pk, action="accounts.second_step_added")
        TOTP.activate(user, secret)
        return RecoveryCodes.activate(user).generate_codes()


@pytest.fixture
def careful(person):
    enrol(person)
    return person


def second_step(client: Client, code: str) -> bool:
    client.post("/accounts/2fa/authenticate/", {"code": code})
    return is_signed_in(client)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def test_connecting_an_app_on_the_page_asks_for_the_password_first(client, person):
    sign_in(client, person.email)

    asked = client.get("/accounts/2fa/totp/activate/")
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": format_hotp_value(hotp_value(secret, NOW // 30))})

    assert "reauthenticate" in asked["Location"]
    assert page.context["totp_svg_data_uri"].startswith("data:image/svg+xml")
    assert set(person.authenticator_set.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert SignIn.objects.filter(user=person, kind="MFA_CHANGED").exists()


def test_secrets_are_sealed_at_rest(careful):
    for row in Authenticator.objects.filter(user=careful):
        assert SECRET not in str(row.data)
    assert Authenticator.objects.get(user=careful, type="totp").data["secret"].count(".") == 1


def test_password_alone_does_not_open(client, careful):
    sign_in(client, careful.email)

    assert not is_signed_in(client)


def test_code_opens(client, careful):
    sign_in(client, careful.email)

    assert second_step(client, code_at(NOW))


@pytest.mark.parametrize("drift", [-30, 30])
def test_clock_of_the_phone_may_be_half_a_minute_off(client, careful, drift):
    sign_in(client, careful.email)

    assert second_step(client, code_at(NOW + drift))


@pytest.mark.parametrize(
    "code", ["", "000000", "12345", "abcdef", "１２３４５６", "٠١٢٣٤٥", "null", "-1", "9" * 400, code_at(NOW - 90)]
)
def test_wrong_code_does_not_open(client, careful, code):
    sign_in(client, careful.email)

    assert not second_step(client, code)


def spellings(code: str) -> list[str]:
    full_width = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    arabic = code.translate({ord("0") + digit: 0x0660 + digit for digit in range(10)})
    return [code, f"{code[:3]} {code[3:]}", f" {code}\t", f"{code[:3]}-{code[3:]}", full_width, arabic]


@pytest.mark.parametrize("spelling", range(6))
def test_code_counts_once_however_it_is_written(careful, spelling):
    code = code_at(NOW)
    first, again = Client(), Client()
    sign_in(first, careful.email)
    sign_in(again, careful.email)

    assert second_step(first, code)
    assert not second_step(again, spellings(code)[spelling])


def test_older_code_is_dead_once_a_newer_one_was_used(careful):
    first, again = Client(), Client()
    sign_in(first, careful.email)
    sign_in(again, careful.email)

    assert second_step(first, code_at(NOW))
    assert not second_step(again, code_at(NOW - 30))


def test_recovery_code_opens_once(person):
    code = enrol(person)[0]
    first, again = Client(), Client()
    sign_in(first, person.email)
    sign_in(again, person.email)

    assert second_step(first, code)
    assert not second_step(again, f" {code[:4]} {code[4:]}")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_one_code_sent_by_many_at_the_same_moment_opens_once(transactional_db, kind):
    person = make_person("ines@clinic.example")
    codes = enrol(person)
    code = code_at(NOW) if kind == "totp" else codes[0]
    opened, start = [], threading.Barrier(20)

    def spend() -> None:
        start.wait()
        try:
            with transaction.atomic():
                services.use_code(user=person, code=code, visitor=VISITOR)
            opened.append(True)
        except (services.SignInRefused, services.TooManyTries):
            opened.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=spend) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened.count(True) == 1
    assert len(opened) == 20


def test_guessing_codes_ends_at_the_limit(client, careful):
    sign_in(client, careful.email)
    for number in range(10):
        second_step(client, f"{number:06}")

    assert not second_step(client, code_at(NOW))


def test_half_a_sign_in_gives_nothing_to_the_next_person(client, careful):
    other = make_person("omar@clinic.example")
    enrol(other, OTHER_SECRET)
    sign_in(client, careful.email)

    sign_in(client, other.email)
    assert not second_step(client, code_at(NOW, OTHER_SECRET)), "the first person's sign-in is still under way"

    client.post("/accounts/logout/")
    sign_in(client, other.email)
    assert not second_step(client, code_at(NOW)), "the first person's code is not the second one's"
    assert second_step(client, code_at(NOW, OTHER_SECRET))
    assert client.get("/account/").context["user"].email == other.email


def test_session_key_changes_after_the_second_step(client, careful):
    sign_in(client, careful.email)
    half_way = client.session.session_key

    second_step(client, code_at(NOW))

    assert client.session.session_key != half_way


def test_password_reset_does_not_skip_the_second_step(client, careful):
    client.post("/accounts/password/reset/", {"email": careful.email})
    form = client.get(link_in_mail(), follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "an entirely new river", "password2": "an entirely new river"})
    sign_in(client, careful.email, "an entirely new river")

    assert not is_signed_in(client)
    assert second_step(client, code_at(NOW))


def test_token_door_asks_for_the_code(careful):
    def ask(code: str):
        return services.sign_in_by_password(email=careful.email, password=PASSWORD, code=code, visitor=VISITOR)

    with pytest.raises(services.SecondStepNeeded):
        ask("")
    with pytest.raises(services.SignInRefused):
        ask("000000")
    assert ask(code_at(NOW)) == careful
    with pytest.raises(services.SignInRefused):
        ask(code_at(NOW))


def test_removing_the_app_ends_the_recovery_codes(client, careful):
    sign_in(client, careful.email)
    second_step(client, code_at(NOW))
    asked = client.get("/accounts/2fa/totp/deactivate/")
    client.post(asked["Location"], {"password": PASSWORD})

    client.post("/accounts/2fa/totp/deactivate/")

    assert not careful.authenticator_set.exists()


def test_code_proves_who_somebody_is_where_that_matters(client, careful):
    sign_in(client, careful.email)
    second_step(client, code_at(NOW))

    with time_machine.travel(NOW + 60, tick=False):
        client.post("/accounts/2fa/reauthenticate/", {"code": code_at(NOW + 60)})
        assert client.get("/account/tokens/new/").status_code == 200
