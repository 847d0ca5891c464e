"""How far an administrator of a trial reaches: to who waits, and to the people of the own trials, no further."""

import pytest

from audit.models import AuditLog
from edc.accounts import services
from edc.accounts.models import SignIn, User
from edc.accounts.services import Visitor, note
from edc.base.errors import Denied
from patients import services as patients
from tests import factories
from tests.api.calling import by
from trials import services as trials
from trials.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

VISITOR = Visitor("198.51.100.7", "Browser")


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def admin(site, client):
    admin = factories.member(Role.ADMINISTRATOR, site.trial)
    client.force_login(admin)
    return admin


@pytest.fixture
def elsewhere():
    return factories.active_site()


def newcomer(name="Rita"):
    user = User(email=f"{name.lower()}@clinic.example", display_name=name, kind=User.Kind.STAFF, password="!")
    researcher = {"expertise": "Neurology", "institution": "Clinic North", "contact": "555 0100"}
    return services.add_account(user=user, visitor=VISITOR, researcher=researcher)


def listed(client, status=""):
    return {person.pk for person in client.get("/people/", {"status": status}).context["people"]}


def status_of(user):
    return User.objects.get(pk=user.pk).status


def ways_to(user):
    return [f"/people/{user.pk}/{act}/" for act in ("approve", "disable", "enable")]


def also_at(site, user, role=Role.COORDINATOR, **dates):
    root = factories.administrator()
    return trials.grant_membership(user=user, trial=site.trial, site=site, role=role, reason="Both", by=root, **dates)


def test_whoever_waits_is_approved_or_refused_by_any_administrator(client, admin):
    welcome, unwelcome = newcomer("Rita"), newcomer("Unknown")

    assert {welcome.pk, unwelcome.pk} <= listed(client, "WAITING")
    client.post(f"/people/{welcome.pk}/approve/")
    client.post(f"/people/{unwelcome.pk}/disable/", {"reason": "Nobody knows them"})

    assert [status_of(welcome), status_of(unwelcome)] == ["ACTIVE", "DISABLED"]


def test_people_of_other_trials_and_of_none_do_not_exist(client, admin, elsewhere):
    strangers = [
        factories.coordinator_at(elsewhere),
        factories.participant_of(factories.subject_at(elsewhere)),
        factories.person("Nowhere"),
        factories.administrator(),
    ]

    seen = listed(client)

    for stranger in strangers:
        assert stranger.pk not in seen
        for path in ways_to(stranger):
            assert client.post(path, {"reason": "x"}).status_code == 404
        with pytest.raises(Denied):
            services.disable_account(user=stranger, reason="x", by=admin)
        assert status_of(stranger) == "ACTIVE"


def test_people_of_the_own_trial_are_disabled_and_enabled(client, admin, site):
    nurse, participant = factories.coordinator_at(site), factories.participant_of(factories.subject_at(site))
    root = factories.administrator()
    former = factories.monitor_at(site)
    trials.end_membership(membership=former.memberships.get(), reason="Left", by=root)

    for person in (nurse, participant, former):
        assert person.pk in listed(client)
        client.post(f"/people/{person.pk}/disable/", {"reason": "Left"})
        assert status_of(person) == "DISABLED"
        client.post(f"/people/{person.pk}/enable/", {"reason": "Came back"})
        assert status_of(person) == "ACTIVE"


def test_patient_of_a_site_who_is_no_subject_yet_belongs_to_its_trial(client, admin, site):
    patient = factories.patient_at(site)
    account = factories.person("Ada", kind=User.Kind.PARTICIPANT)
    _, code = patients.invite_participant(patient=patient, site=site, by=factories.coordinator_at(site))
    patients.accept_invitation(code=code, by=account)

    assert account.pk in listed(client)


def test_who_works_elsewhere_too_is_seen_and_not_changed(client, admin, site, elsewhere):
    nurse = factories.coordinator_at(site)
    other = also_at(elsewhere, nurse)

    page = client.get("/people/", {"status": "ACTIVE"}).content.decode()
    refused = [client.get(path) for path in ways_to(nurse)[1:]]
    refused += [client.post(path, {"reason": "Left"}) for path in ways_to(nurse)[1:]]

    assert "Works outside your trials too" in page
    assert f"/people/{nurse.pk}/disable/" not in page
    assert {answer.status_code for answer in refused} == {403}
    assert all("others have a say in it" in answer.content.decode() for answer in refused)
    assert status_of(nurse) == "ACTIVE"

    trials.end_membership(membership=other, reason="Left", by=factories.administrator())
    client.post(f"/people/{nurse.pk}/disable/", {"reason": "Left"})
    assert status_of(nurse) == "DISABLED"


def test_who_administrates_the_portal_is_out_of_reach(client, admin, site):
    root = factories.administrator()
    trials.grant_membership(
        user=root, trial=site.trial, site=None, role=Role.ADMINISTRATOR, reason="Both", by=factories.administrator()
    )

    assert root.pk in listed(client)
    assert client.post(f"/people/{root.pk}/disable/", {"reason": "x"}).status_code == 403
    assert status_of(root) == "ACTIVE"


def test_who_administrates_the_portal_reaches_everybody(client, site, elsewhere):
    nurse = factories.coordinator_at(site)
    also_at(elsewhere, nurse)
    other_root = factories.administrator()
    client.force_login(factories.administrator())

    for person in (nurse, other_root, factories.person("Nowhere")):
        assert person.pk in listed(client)
        client.post(f"/people/{person.pk}/disable/", {"reason": "Left"})
        assert status_of(person) == "DISABLED"


def test_role_is_still_given_to_an_account_that_is_in_no_trial_yet(client, admin, site):
    newcomer = factories.person("Nora")
    given = {"role": "COORDINATOR", "site": str(site.pk), "reason": "Hired"}

    client.post(f"/trials/{site.trial_id}/members/new/", given | {"email": newcomer.email})
    body = given | {"email": factories.person("Nick").email, "trial": str(site.trial_id)}

    assert newcomer.memberships.get().role == "COORDINATOR"
    assert by(admin).post("memberships/", body).status_code == 201


def test_records_show_the_door_of_the_own_people_alone(client, admin, site, elsewhere):
    mine, foreign = factories.coordinator_at(site), factories.coordinator_at(elsewhere)
    for user in (mine, foreign):
        note(SignIn.Kind.SIGNED_IN, email=user.email, visitor=VISITOR, user=user)
        services.issue_token(user=user, name=f"Token of {user.pk}")
    note(SignIn.Kind.FAILED, email="nobody@clinic.example", visitor=VISITOR)

    def users_in(name):
        return {row.user_id for row in client.get(f"/admin/accounts/{name}/").context["cl"].result_list}

    assert mine.pk in users_in("signin")
    assert {foreign.pk, None} & users_in("signin") == set()
    assert users_in("apitoken") == {mine.pk}
    assert foreign.email not in client.get("/admin/accounts/user/").content.decode()
    client.force_login(factories.administrator())
    assert {mine.pk, foreign.pk, None} <= users_in("signin")


def test_trail_shows_the_door_of_the_own_people_alone(client, admin, site, elsewhere):
    mine, foreign = factories.coordinator_at(site), factories.coordinator_at(elsewhere)
    for user in (mine, foreign):
        note(SignIn.Kind.SIGNED_IN, email=user.email, visitor=VISITOR, user=user)
    note(SignIn.Kind.FAILED, email="nobody@clinic.example", visitor=VISITOR)

    def found():
        rows = client.get("/audit/", {"entity": "SignIn"}).context["rows"]
        return {row["event"].actor_id: row["words"].details for row in rows}

    mine_alone = found()
    assert mine.pk in mine_alone
    assert {foreign.pk, None} & set(mine_alone) == set()
    assert "198.51.100.0/24" in str(mine_alone[mine.pk])
    client.force_login(factories.administrator())
    assert {mine.pk, foreign.pk, None} <= set(found())


def test_what_a_colleague_did_elsewhere_is_shown_without_its_details(client, admin, site, elsewhere):
    colleague = factories.member(Role.ADMINISTRATOR, elsewhere.trial)
    also_at(site, colleague)
    foreign = factories.coordinator_at(elsewhere)
    services.disable_account(user=foreign, reason="Left", by=colleague)

    event = AuditLog.objects.get(entity_type="User", entity_id=foreign.pk, field="status")
    page = client.get(f"/audit/events/{event.pk}/").content.decode()

    assert "hidden from your role" in page
    assert "DISABLED" not in page


def test_list_costs_the_same_for_one_and_for_many(client, admin, site, elsewhere, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get("/people/", {"status": "ACTIVE"})
    with CaptureQueriesContext(connection) as few:
        client.get("/people/", {"status": "ACTIVE"})
    for _ in range(3):
        also_at(elsewhere, factories.coordinator_at(site))

    with django_assert_num_queries(len(few)):
        client.get("/people/", {"status": "ACTIVE"})
