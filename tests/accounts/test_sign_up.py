"""Signing up: participants with or without a code from their site, researchers; who waits sees nothing yet."""

import pytest
from django.core import mail
from django.test import Client

from edc.accounts import services
from edc.accounts.models import ResearcherProfile, SignIn, User
from edc.base.errors import Refused
from tests.accounts.doors import PASSWORD, is_signed_in, link_in_mail, make_person, sign_in

FORM = {"display_name": "Petra", "email": "petra@home.example", "password1": PASSWORD}
RESEARCHER = FORM | {"expertise": "Neurology", "institution": "Clinic North", "contact": "+44 1632 960001"}

accepted: list[tuple[str, str]] = []


def code_is_open(code: str) -> bool:
    return code == "GOOD-CODE"


def accept(*, code: str, by: User) -> None:
    if code != "GOOD-CODE":
        raise Refused("Used meanwhile.")
    accepted.append((code, by.email))


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ACCOUNT_INVITATION_CHECK = f"{__name__}.code_is_open"
    settings.ACCOUNT_INVITATION_ACCEPTOR = f"{__name__}.accept"
    accepted.clear()


def sign_up(client: Client, **changes):
    return client.post("/accounts/signup/", FORM | changes)


def test_participant_without_a_code_waits(client, db):
    sign_up(client)

    user = User.objects.get()
    assert (user.kind, user.status, user.display_name) == ("PARTICIPANT", "WAITING", "Petra")
    assert SignIn.objects.get().kind == "SIGNED_UP"


def test_participant_with_a_code_is_linked_and_need_not_wait(client, db):
    sign_up(client, invitation_code=" GOOD-CODE ")

    assert accepted == [("GOOD-CODE", "petra@home.example")]
    assert User.objects.get().status == "ACTIVE"


@pytest.mark.parametrize("email", ["petra@home.example", "known@home.example"])
def test_wrong_code_is_refused_whether_or_not_the_address_is_known(client, db, email):
    make_person("known@home.example")

    answer = sign_up(client, email=email, invitation_code="BAD-CODE")

    assert "This code is not valid" in answer.content.decode()
    assert not User.objects.filter(display_name="Petra").exists()
    assert mail.outbox == []


def test_nobody_is_in_before_the_address_is_confirmed(client, db):
    sign_up(client)
    sign_in(client, FORM["email"])
    assert not is_signed_in(client)

    client.post(link_in_mail(0))
    sign_in(client, FORM["email"])
    assert is_signed_in(client)


def test_researcher_leaves_a_profile_and_waits(client, db):
    client.post("/accounts/signup/researcher/", RESEARCHER)

    profile = ResearcherProfile.objects.get()
    assert (profile.user.kind, profile.user.status) == ("STAFF", "WAITING")
    assert (profile.expertise, profile.institution) == ("Neurology", "Clinic North")
    assert profile.approved_at is None


def test_researcher_says_everything(client, db):
    answer = client.post("/accounts/signup/researcher/", FORM)

    assert answer.status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "extra",
    [{"status": "ACTIVE"}, {"is_superuser": "on"}, {"kind": "STAFF"}, {"is_staff": "1"}, {"created_at": "2001"}],
)
def test_nobody_gives_themselves_rights(client, db, extra):
    sign_up(client, **extra)

    user = User.objects.get()
    assert (user.kind, user.status, user.is_superuser, user.created_at.year > 2001) == (
        "PARTICIPANT",
        "WAITING",
        False,
        True,
    )


def test_known_and_unknown_addresses_get_the_same_answer(db):
    make_person("known@home.example")

    known, unknown = sign_up(Client(), email="known@home.example"), sign_up(Client())

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mail.outbox] == [["known@home.example"], ["petra@home.example"]]
    assert "has an account already" in mail.outbox[0].body


def test_address_in_other_letter_case_is_known(client, db):
    make_person("known@home.example")

    sign_up(client, email="KNOWN@Home.Example")

    assert User.objects.count() == 1


def test_look_alike_address_is_refused_before_anybody_looks_who_exists(client, db):
    answer = sign_up(client, email="known@hоme.example")

    assert "letters that look like others" in answer.content.decode()
    assert not User.objects.exists()


def test_mail_carries_nothing_the_newcomer_wrote(client, db):
    sign_up(client, display_name="Win money at https://evil.example/")

    assert "evil.example" not in mail.outbox[0].body


@pytest.mark.parametrize("password", ["short", "password1234", "petra@home.example", "123456789012"])
def test_weak_password_is_refused(client, db, password):
    answer = sign_up(client, password1=password)

    assert answer.status_code == 200
    assert not User.objects.exists()


class TestWaiting:
    @pytest.fixture
    def waiting(self, client, db):
        user = make_person("wim@home.example", status=User.Status.WAITING, kind=User.Kind.PARTICIPANT)
        client.force_login(user)
        return user

    def test_every_other_page_leads_to_the_waiting_page(self, client, waiting):
        for path in ["/", "/people/", "/account/tokens/new/"]:
            assert client.get(path)["Location"] == "/account/waiting/", path
        assert "waits for approval" in client.get("/account/waiting/").content.decode()

    def test_account_pages_are_open(self, client, waiting):
        for path in ["/account/", "/account/profile/", "/accounts/2fa/", "/accounts/sessions/"]:
            assert client.get(path).status_code == 200, path

    def test_token_page_is_closed_to_posts_too(self, client, waiting):
        client.post("/account/tokens/new/", {"name": "x", "days": "7"})

        assert not waiting.api_tokens.exists()

    def test_after_activation_everything_is_open(self, client, waiting, administrator):
        services.activate_participant(user=waiting, by=administrator)

        assert client.get("/account/waiting/")["Location"] == "/"


def test_activation_is_for_participants_who_wait(administrator, db):
    researcher = make_person("rita@clinic.example", status=User.Status.WAITING)
    disabled = make_person("dora@home.example", kind=User.Kind.PARTICIPANT)
    services.disable_account(user=disabled, reason="Asked for it", by=administrator)

    for user in (researcher, disabled):
        services.activate_participant(user=user, by=administrator)

    researcher.refresh_from_db()
    disabled.refresh_from_db()
    assert (researcher.status, disabled.status) == ("WAITING", "DISABLED")
