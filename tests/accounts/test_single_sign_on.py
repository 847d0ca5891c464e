"""Single sign-on against an OpenID Connect provider that runs beside the tests."""

import json
import os
import socket
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client

from edc.accounts import services
from edc.accounts.models import SignIn, User
from tests.accounts.doors import PASSWORD, is_signed_in, make_person, sign_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def issuer():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | {"PYTHONUNBUFFERED": "1"}, **quiet) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                requests.get(f"{address}/.well-known/openid-configuration", timeout=1)
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        yield address
        process.terminate()


@pytest.fixture(autouse=True)
def _configured(settings, issuer, db):
    settings.SINGLE_SIGN_ON = "Clinic North"
    app = {
        "provider_id": "sso",
        "name": "Clinic North",
        "client_id": "portal",
        "secret": "known to both",
        "settings": {"server_url": issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


@pytest.fixture
def known_there(issuer):
    def tell(sub: str, **claims) -> str:
        requests.put(f"{issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()
        return sub

    return tell


def through_provider(client: Client, sub: str, process: str = "login", **tamper):
    """Go to the provider as a browser does, say yes there, and come back."""
    start = client.post(f"/accounts/oidc/sso/login/?process={process}")
    back = requests.post(start["Location"], data={"sub": sub}, allow_redirects=False, timeout=5).headers["Location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()} | tamper
    return client.get(urlsplit(back).path, query)


def confirm_who_i_am(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_sign_in_page_offers_it(client):
    assert "Sign in with Clinic North" in client.get("/accounts/login/").content.decode()


def test_sign_in_page_does_not_offer_what_is_not_set_up(client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert "Sign in with" not in client.get("/accounts/login/").content.decode()
    assert client.post("/accounts/oidc/sso/login/").status_code == 404


def test_request_to_the_provider_carries_state_and_challenge(client, issuer):
    query = parse_qs(urlsplit(client.post("/accounts/oidc/sso/login/")["Location"]).query)

    assert query["state"]
    assert query["code_challenge_method"] == ["S256"]
    assert set(query["scope"][0].split()) == {"openid", "profile", "email"}


def test_new_person_with_a_confirmed_address_waits_inside(client, known_there):
    through_provider(client, known_there("nora", email="nora@north.example", email_verified=True, name="Nora N"))

    user = User.objects.get()
    assert (user.email, user.kind, user.status, user.display_name) == (
        "nora@north.example",
        "STAFF",
        "WAITING",
        "Nora N",
    )
    assert is_signed_in(client)
    assert client.get("/")["Location"] == "/account/waiting/"
    assert list(SignIn.objects.order_by("at").values_list("kind", flat=True)) == ["SIGNED_UP", "SIGNED_IN"]


@pytest.mark.parametrize("claim", [False, "false", None])
def test_new_person_with_an_unconfirmed_address_confirms_it_first(client, known_there, claim):
    through_provider(client, known_there("una", email="una@north.example", email_verified=claim))

    assert not is_signed_in(client)
    assert not EmailAddress.objects.get().verified
    assert "Confirm" in mail.outbox[0].subject


def test_person_comes_back_to_the_same_account(known_there):
    sub = known_there("nora", email="nora@north.example", email_verified=True)
    through_provider(Client(), sub)
    known_there("nora", email="changed@north.example", email_verified=True)

    client = Client()
    through_provider(client, sub)

    assert is_signed_in(client)
    assert User.objects.count() == 1


@pytest.mark.parametrize("verified", [True, False])
def test_address_of_an_existing_account_does_not_open_it(client, known_there, verified):
    make_person("ines@clinic.example")

    through_provider(client, known_there("mallory", email="ines@clinic.example", email_verified=verified))

    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()
    assert mail.outbox[0].to == ["ines@clinic.example"]


def test_look_alike_address_makes_no_account(client, known_there):
    through_provider(client, known_there("eve", email="ines@clіnic.example", email_verified=True))

    assert not User.objects.exists()


def test_connecting_needs_a_signed_in_person_and_their_password(client, known_there):
    ines = make_person("ines@clinic.example")
    sub = known_there("ines", email="ines@clinic.example", email_verified=True)
    sign_in(client, ines.email)
    through_provider(client, sub, process="connect")
    assert not SocialAccount.objects.exists()

    confirm_who_i_am(client)
    assert SocialAccount.objects.get().user == ines

    elsewhere = Client()
    through_provider(elsewhere, sub)
    assert elsewhere.get("/account/").context["user"] == ines
    assert SignIn.objects.filter(kind="SSO_CHANGED", user=ines).exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ines@clinic.example", "email_verified": False},
        {"email": "mallory@north.example", "email_verified": True},
        {},
    ],
)
def test_connecting_needs_the_confirmed_address_of_the_account(client, known_there, claims):
    sign_in(client, make_person("ines@clinic.example").email)
    client.get("/account/tokens/new/", follow=True)
    confirm_who_i_am(client)

    through_provider(client, known_there("m", **claims), process="connect")

    assert not SocialAccount.objects.exists()


def test_disabled_person_stays_out(client, known_there, administrator):
    sub = known_there("nora", email="nora@north.example", email_verified=True)
    through_provider(Client(), sub)
    services.disable_account(user=User.objects.get(email="nora@north.example"), reason="Left", by=administrator)

    through_provider(client, sub)

    assert not is_signed_in(client)


@pytest.mark.parametrize("tamper", [{"state": "somebody-else"}, {"code": "guessed"}, {"state": ""}])
def test_answer_that_was_not_asked_for_is_refused(client, known_there, tamper):
    sub = known_there("nora", email="nora@north.example", email_verified=True)

    through_provider(client, sub, **tamper)

    assert not is_signed_in(client)
    assert not User.objects.exists()


def test_provider_saying_no_is_shown_kindly(client, issuer):
    start = client.post("/accounts/oidc/sso/login/")
    answer = requests.post(start["Location"], data={"action": "deny"}, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])

    page = client.get(f"{back.path}?{back.query}", follow=True)

    assert page.status_code < 500
    assert not is_signed_in(client)


def test_environment_sets_it_up():
    script = (
        "import json, edc.settings as s; print(json.dumps([s.SOCIALACCOUNT_PROVIDERS, s.SINGLE_SIGN_ON,"
        " s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action']]))"
    )
    environment = os.environ | {
        "EDC_OIDC_ISSUER": "https://id.north.example/realm/",
        "EDC_OIDC_CLIENT_ID": "portal",
        "EDC_OIDC_CLIENT_SECRET": "hush",
        "EDC_OIDC_NAME": "Clinic North",
    }

    printed = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True)

    providers, name, form_action = json.loads(printed.stdout)
    app = providers["openid_connect"]["APPS"][0]
    assert name == "Clinic North"
    assert (app["client_id"], app["secret"]) == ("portal", "hush")
    assert app["settings"]["server_url"] == "https://id.north.example/realm"
    assert "https://id.north.example" in form_action
