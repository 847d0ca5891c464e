"""Accounts that an administrator looks after."""

import pytest
from django.core import mail

from edc.accounts import services
from edc.accounts.models import SignIn, User
from edc.base.errors import Denied, Invalid
from tests.accounts.doors import make_person


@pytest.fixture
def newcomer(db):
    return services.add_account(
        user=User(email="rita@clinic.example", display_name="Rita", kind=User.Kind.STAFF, password="!"),
        visitor=services.Visitor(address="198.51.100.7"),
        researcher={"expertise": "Neurology", "institution": "Clinic North", "contact": "+44 1632 960001"},
    )


def test_administrator_sees_who_waits_and_approves(client, administrator, newcomer):
    client.force_login(administrator)

    page = client.get("/people/").content.decode()
    client.post(f"/people/{newcomer.pk}/approve/")

    newcomer.refresh_from_db()
    assert "Clinic North" in page
    assert newcomer.status == "ACTIVE"
    assert newcomer.researcher_profile.approved_by == administrator
    assert newcomer.researcher_profile.approved_at is not None
    assert mail.outbox[-1].to == ["rita@clinic.example"]


def test_approving_twice_is_refused(client, administrator, newcomer):
    services.approve_account(user=newcomer, by=administrator)
    client.force_login(administrator)

    assert client.post(f"/people/{newcomer.pk}/approve/").status_code == 409


def test_others_neither_see_nor_change_accounts(client, person, newcomer):
    client.force_login(person)

    assert client.get("/people/").status_code == 403
    for path in ("approve", "disable", "enable"):
        assert client.post(f"/people/{newcomer.pk}/{path}/", {"reason": "x"}).status_code == 404
    newcomer.refresh_from_db()
    assert newcomer.status == "WAITING"


def test_services_refuse_others_too(person, newcomer):
    with pytest.raises(Denied):
        services.approve_account(user=newcomer, by=person)
    with pytest.raises(Denied):
        services.disable_account(user=newcomer, reason="x", by=person)
    with pytest.raises(Denied):
        services.enable_account(user=newcomer, reason="x", by=person)


def test_nobody_approves_or_disables_themselves(administrator):
    for service in (services.disable_account, services.enable_account):
        with pytest.raises(Denied):
            service(user=administrator, reason="x", by=administrator)
    with pytest.raises(Denied):
        services.approve_account(user=administrator, by=administrator)


def test_disabling_needs_a_reason(client, administrator, person):
    client.force_login(administrator)

    client.post(f"/people/{person.pk}/disable/", {"reason": "  "})
    with pytest.raises(Invalid):
        services.disable_account(user=person, reason=" ", by=administrator)

    person.refresh_from_db()
    assert person.is_active


def test_disabled_and_enabled_again_on_the_page(client, administrator, person):
    client.force_login(administrator)

    client.post(f"/people/{person.pk}/disable/", {"reason": "Left the clinic"})
    person.refresh_from_db()
    assert (person.status, person.is_active) == ("DISABLED", False)
    assert "ines@clinic.example" in client.get("/people/?status=DISABLED").content.decode()

    client.post(f"/people/{person.pk}/enable/", {"reason": "Came back"})
    person.refresh_from_db()
    assert (person.status, person.is_active) == ("ACTIVE", True)


def test_researcher_whom_nobody_approved_goes_on_waiting(client, administrator, newcomer):
    client.force_login(administrator)
    client.post(f"/people/{newcomer.pk}/disable/", {"reason": "Who is this?"})

    client.post(f"/people/{newcomer.pk}/enable/", {"reason": "Called back"})

    newcomer.refresh_from_db()
    assert (newcomer.status, newcomer.is_active) == ("WAITING", True)
    assert newcomer.pk in {person.pk for person in client.get("/people/").context["people"]}


def test_moves_that_do_not_fit_are_refused_in_words(client, administrator, person):
    client.force_login(administrator)

    enabled = client.post(f"/people/{person.pk}/enable/", {"reason": "x"}).content.decode()
    services.disable_account(user=person, reason="Left", by=administrator)
    disabled = client.post(f"/people/{person.pk}/disable/", {"reason": "x"}).content.decode()

    assert "is not disabled" in enabled
    assert "is disabled already" in disabled


def test_reason_and_actor_are_in_the_trail(administrator, person):
    from audit.models import AuditLog

    services.disable_account(user=person, reason="Left the clinic", by=administrator)

    event = AuditLog.objects.get(entity_type="User", entity_id=person.pk, field="status")
    assert (event.old_value, event.new_value, event.reason) == ("ACTIVE", "DISABLED", "Left the clinic")
    assert event.actor_id == administrator.pk


def test_list_is_searched_and_read_page_by_page(client, administrator, monkeypatch):
    monkeypatch.setattr("edc.accounts.views.ACCOUNTS_ON_A_PAGE", 2)
    for name in ("anna", "berta", "carla"):
        make_person(f"{name}@clinic.example", status=User.Status.WAITING)
    client.force_login(administrator)

    first = client.get("/people/")
    second = client.get("/people/", {"status": "WAITING", "after": first.context["more_after"]})
    found = client.get("/people/", {"text": "BERTA"})

    assert [user.email[:5] for user in first.context["people"]] == ["anna@", "berta"]
    assert [user.email[:5] for user in second.context["people"]] == ["carla"]
    assert [user.email[:5] for user in found.context["people"]] == ["berta"]


@pytest.mark.parametrize("query", ["after=x", "status=NONE", "text=%25", "text=" + "x" * 500])
def test_odd_questions_get_an_answer(client, administrator, query):
    client.force_login(administrator)

    assert client.get(f"/people/?{query}").status_code == 200


def test_list_costs_the_same_for_one_and_for_many(client, administrator, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(administrator)
    client.get("/people/")
    make_person("anna@clinic.example", status=User.Status.WAITING)
    with CaptureQueriesContext(connection) as one:
        client.get("/people/")
    for number in range(5):
        make_person(f"more{number}@clinic.example", status=User.Status.WAITING)
    with CaptureQueriesContext(connection) as many:
        client.get("/people/")

    assert len(many) == len(one)


def test_own_page_shows_what_strangers_tried(client, person):
    from tests.accounts.doors import sign_in

    sign_in(client, person.email, "wrong wrong wrong", REMOTE_ADDR="203.0.113.9")
    client.force_login(person)

    page = client.get("/account/").content.decode()

    assert "Sign-in failed" in page
    assert "203.0.113.0/24" in page
    assert SignIn.objects.get().user is None
