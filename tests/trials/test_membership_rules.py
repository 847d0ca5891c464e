"""Roles: given by somebody else, to active staff, never twice, and duties that are kept apart stay apart."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from edc.accounts.models import User
from edc.accounts.services import disable_account
from edc.base.errors import Invalid
from tests import factories
from tests.api.calling import by, faults, key
from trials import services
from trials.models import Membership
from trials.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def trial():
    return factories.active_trial()


@pytest.fixture
def root():
    return factories.administrator()


def asked(trial, person, role="MONITOR", **more):
    return {"email": person.email, "trial": str(trial.pk), "role": role, "reason": "Hired"} | more


def in_days(number):
    return (timezone.now() + timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_nobody_gives_themselves_a_role_not_even_who_administrates_the_portal(client, trial, root):
    admin = factories.member(Role.ADMINISTRATOR, trial)
    given = {"email": root.email, "role": "MONITOR", "site": "", "reason": "I want to see"}
    client.force_login(root)

    page = client.post(reverse("trials:grant", args=[trial.pk]), given)
    answers = [by(person).post("memberships/", asked(trial, person)) for person in (root, admin)]

    assert page.status_code == 403
    assert "Somebody else has to give you a role." in page.content.decode()
    assert [answer.status_code for answer in answers] == [403, 403]
    assert "Somebody else has to give you a role." in answers[0].content.decode()
    assert not Membership.objects.filter(user=root).exists()


@pytest.mark.parametrize(("later", "refusal"), [("MONITOR", "membership-exists"), ("SPONSOR", "duties-not-separated")])
def test_roles_that_begin_later_may_not_overlap_either(trial, root, later, refusal):
    person, caller = factories.person("Mona"), by(root)
    first = caller.post("memberships/", asked(trial, person, starts_at=in_days(10)))

    at_once = caller.post("memberships/", asked(trial, person, later))
    meanwhile = caller.post("memberships/", asked(trial, person, later, starts_at=in_days(20)))

    assert first.status_code == 201
    for refused in (at_once, meanwhile):
        assert (refused.status_code, refused.json()["type"]) == (409, f"urn:edc:problem:{refusal}")
    assert person.memberships.count() == 1


def test_role_may_begin_when_the_same_one_is_over(trial, root):
    person, caller = factories.person("Mona"), by(root)
    caller.post("memberships/", asked(trial, person, ends_at=in_days(10)))

    assert caller.post("memberships/", asked(trial, person, starts_at=in_days(11))).status_code == 201


def test_only_active_staff_get_a_role(client, trial, root):
    participant = factories.person("Petra", kind=User.Kind.PARTICIPANT)
    waiting = factories.person("Wanda", status=User.Status.WAITING)
    disabled = disable_account(user=factories.person("Dora"), reason="Left", by=root)
    client.force_login(root)

    for person in (participant, waiting, disabled):
        given = {"email": person.email, "role": "MONITOR", "site": "", "reason": "Hired"}
        page = client.post(reverse("trials:grant", args=[trial.pk]), given).content.decode()
        assert "No approved account of a researcher has this address." in page
        assert faults(by(root).post("memberships/", asked(trial, person))).keys() == {"/email"}
        with pytest.raises(Invalid, match="Only staff whose account is active"):
            services.grant_membership(user=person, trial=trial, site=None, role=Role.MONITOR, reason="x", by=root)
        assert not person.memberships.exists()


def test_same_key_with_another_role_is_refused(trial, root):
    person, caller, once = factories.person("Mona"), by(root), key()

    first = caller.post("memberships/", asked(trial, person), **once)
    again = caller.post("memberships/", asked(trial, person), **once)
    other = caller.post("memberships/", asked(trial, person, "AUDITOR"), **once)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json()["id"] == again.json()["id"]
    assert person.memberships.get().role == "MONITOR"
