"""One's own account, and accounts made from the command line."""

import datetime as dt
import io

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from edc.accounts import services
from edc.accounts.models import User
from edc.accounts.validators import look_alikes, plain_letters, validate_plain_address
from edc.base.actor import SYSTEM, name_actor
from edc.base.errors import Invalid
from tests.accounts.doors import PASSWORD, is_signed_in, link_in_mail, make_person, sign_in


def test_profile_changes_on_the_page(client, person):
    client.force_login(person)

    client.post("/account/profile/", {"display_name": "Ines B", "time_zone": "Asia/Tokyo", "locale": "en-gb"})

    person.refresh_from_db()
    assert (person.display_name, person.time_zone) == ("Ines B", "Asia/Tokyo")


@pytest.mark.parametrize("change", [{"time_zone": "Mars/Base"}, {"display_name": ""}, {"locale": "xx"}])
def test_profile_refuses_what_does_not_exist(client, person, change):
    client.force_login(person)

    good = {"display_name": "Ines B", "time_zone": "Asia/Tokyo", "locale": "en-gb"}
    answer = client.post("/account/profile/", good | change)

    person.refresh_from_db()
    assert answer.status_code == 422
    assert person.display_name == "Ines"


def test_service_refuses_a_zone_that_does_not_exist(person):
    with pytest.raises(Invalid):
        services.update_profile(user=person, display_name="Ines", time_zone="Mars/Base", locale="en-gb")


def test_times_are_in_the_persons_own_zone(client, person):
    services.update_profile(user=person, display_name="Ines", time_zone="Asia/Tokyo", locale="en-gb")
    sign_in(client, person.email)
    at = person.sign_ins.get().at

    page = client.get("/account/").content.decode()

    assert f"{at.astimezone(timezone.get_fixed_timezone(dt.timedelta(hours=9))):%H:%M}" in page
    assert str(timezone.get_current_timezone()) == "UTC"


def test_address_changes_when_the_new_one_is_confirmed(client, person):
    sign_in(client, person.email)
    asked = client.post("/accounts/email/", {"action_add": "", "email": "new@clinic.example"})
    client.post(asked["Location"], {"password": PASSWORD})
    person.refresh_from_db()
    assert person.email == "ines@clinic.example"

    client.post(link_in_mail())

    person.refresh_from_db()
    assert person.email == "new@clinic.example"
    assert list(EmailAddress.objects.filter(user=person).values_list("email", flat=True)) == ["new@clinic.example"]
    assert mail.outbox[-1].to == ["ines@clinic.example"], "the old address is told"


def test_address_of_somebody_else_cannot_be_taken(client, person):
    make_person("omar@clinic.example")
    sign_in(client, person.email)
    asked = client.post("/accounts/email/", {"action_add": "", "email": "omar@clinic.example"})
    client.post(asked["Location"], {"password": PASSWORD})

    client.post(link_in_mail())

    person.refresh_from_db()
    assert person.email == "ines@clinic.example"


def test_administrator_made_at_the_command_line_may_sign_in(client, db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

    call_command(
        "createsuperuser", email="Root@Clinic.example", display_name="Root", interactive=False, stdout=io.StringIO()
    )

    user = User.objects.get()
    assert (user.email, user.is_superuser, user.is_staff, user.status) == ("root@clinic.example", True, True, "ACTIVE")
    sign_in(client, "root@clinic.example")
    assert is_signed_in(client)


def test_command_line_refuses_a_second_account_with_the_address(db, administrator, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

    with pytest.raises(CommandError):
        call_command("createsuperuser", email=administrator.email, display_name="Root", interactive=False)


@pytest.mark.parametrize(
    ("email", "stored"),
    [(" Ines@Clinic.Example ", "ines@clinic.example"), ("ｉｎｅｓ@clinic.example", "ines@clinic.example")],
)
def test_address_is_stored_in_one_way(db, email, stored):
    assert make_person(email).email == stored


@pytest.mark.parametrize(
    "email", ["INES@clinic.example", "ines@clinic.example", "ines@cliníc.example", "ines@сlinic.example"]
)
def test_database_refuses_a_second_account_that_looks_alike(person, email):
    name_actor(SYSTEM, action="accounts.created")

    with pytest.raises(IntegrityError), transaction.atomic():
        User(email=email, display_name="Mallory", password="!").save()


def test_database_and_python_agree_on_what_looks_alike(db):
    letters, looks = look_alikes()
    texts = [letters, looks, "Straße ﬁ ǅ İ ı ẞ Å", "日本語", "a\u0301\u0323b", letters.upper()]

    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute("select edc_plain_letters(%s)", [text])
            assert cursor.fetchone()[0] == plain_letters(text)
    assert len(letters) > 250


@pytest.mark.parametrize("email", ["ines@clinic.example", "x@xn--bcher-kva.example", "x@日本.example"])
def test_plain_addresses_are_fine(email):
    validate_plain_address(email)


@pytest.mark.parametrize("email", ["іnes@clinic.example", "ines@clinic.ехаmple", "ines@bücher.example"])
def test_addresses_that_could_pass_for_others_are_not(email):
    with pytest.raises(ValidationError):
        validate_plain_address(email)


def test_nothing_is_written_without_an_actor(person):
    from django.db import DatabaseError

    with connection.cursor() as cursor:
        cursor.execute("select set_config('edc.actor', '', true)")
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.filter(pk=person.pk).update(display_name="Nobody did this")
