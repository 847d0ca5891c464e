"""Invitations by page: made, shown once, used at sign-up or later, withdrawn."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from edc.base.errors import Refused
from patients import services
from tests import factories
from trials.services import create_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def nurse(site, client):
    nurse = factories.coordinator_at(site)
    client.force_login(nurse)
    return nurse


def page_of(patient, act="patient"):
    return reverse(f"patients:{act}", args=[patient.pk])


def test_code_is_shown_once_with_its_picture(client, site, nurse):
    subject = factories.subject_at(site)

    answer = client.post(page_of(subject.patient, "invite"), {"site": site.pk})

    code = answer.context["code"]
    assert code in answer.content.decode()
    assert 'src="data:image/svg+xml;base64,' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert code not in client.get(page_of(subject.patient, "invite")).content.decode()
    assert services.accept_invitation(code=code, by=factories.person("P", kind="PARTICIPANT")) == subject.patient


def test_newer_code_ends_the_earlier_one(client, site, nurse):
    patient = factories.subject_at(site).patient
    first, second = (client.post(page_of(patient, "invite"), {"site": site.pk}).context["code"] for _ in range(2))

    page = client.get(page_of(patient, "invite")).content.decode()

    assert "Withdrawn" in page
    assert "Waiting" in page
    waiting = factories.person("Waiting", kind="PARTICIPANT")
    with pytest.raises(Refused):
        services.accept_invitation(code=first, by=waiting)
    services.accept_invitation(code=second, by=waiting)


def test_who_has_an_account_is_not_invited_again(client, site, nurse):
    subject = factories.subject_at(site)
    factories.participant_of(subject)

    page = client.post(page_of(subject.patient, "invite"), {"site": site.pk}).content.decode()

    assert "signed up already" in page
    assert "invitation-code" not in page


def test_code_is_withdrawn_from_where_it_was_made(client, site, nurse):
    patient = factories.subject_at(site).patient
    made = client.post(page_of(patient, "invite"), {"site": site.pk})
    withdraw = reverse("patients:withdraw_invitation", args=[made.context["invitation"].pk])
    assert withdraw in made.content.decode()
    assert withdraw in client.get(page_of(patient)).content.decode()

    page = client.post(withdraw, {"reason": "Lost on the way"}, follow=True).content.decode()

    assert "Its code opens nothing any more." in page
    assert withdraw not in page
    event = AuditLog.objects.filter(action="patients.invitation_withdrawn", field="withdrawn_at").get()
    assert (event.reason, event.actor) == ("Lost on the way", nurse)
    client.logout()
    typed = {"display_name": "Ada", "email": "ada@home.example", "password1": "long-and-plain-words"}
    typed["invitation_code"] = made.context["code"]
    assert "This code is not valid" in client.post(reverse("account_signup"), typed).content.decode()


def test_used_or_withdrawn_invitation_is_not_withdrawn(client, site, nurse):
    subject = factories.subject_at(site)
    factories.participant_of(subject)
    used = subject.patient.invitations.get()
    withdraw = reverse("patients:withdraw_invitation", args=[used.pk])

    assert "This invitation was used" in client.post(withdraw).content.decode()
    assert "at most 300 characters" in client.post(withdraw, {"reason": "x" * 301}).content.decode()
    used.refresh_from_db()
    assert used.withdrawn_at is None


def test_invitation_of_another_site_does_not_exist(client, site):
    subject = factories.subject_at(site)
    factories.participant_of(subject)
    withdraw = reverse("patients:withdraw_invitation", args=[subject.patient.invitations.get().pk])
    strangers = [factories.coordinator_at(factories.site_in(site.trial)), factories.monitor_at(site)]

    for stranger in [*strangers, subject.patient.user]:
        client.force_login(stranger)
        assert (client.get(withdraw).status_code, client.post(withdraw).status_code) == (404, 404)


def test_site_of_others_is_no_choice(client, site, nurse):
    patient = factories.subject_at(site).patient

    page = client.post(page_of(patient, "invite"), {"site": factories.site_in(site.trial).pk}).content.decode()

    assert "Select a valid choice" in page
    assert not patient.invitations.exists()


def test_invitation_opens_sign_up_with_its_code(client, site):
    subject = factories.subject_at(site)
    nurse = factories.coordinator_at(site)
    _, code = services.invite_participant(patient=subject.patient, site=site, by=nurse)

    page = client.get(reverse("account_signup"), {"invitation": code}).content.decode()

    assert f'value="{code}"' in page
    typed = {"display_name": "Ada", "email": "ada@home.example", "password1": "long-and-plain-words"}
    client.post(reverse("account_signup"), typed | {"invitation_code": code.lower().replace("-", " ")})
    subject.patient.refresh_from_db()
    assert subject.patient.user.email == "ada@home.example"
    assert subject.patient.user.status == "ACTIVE"


def test_who_waits_enters_the_code_later(client, site):
    subject = factories.subject_at(site)
    nurse = factories.coordinator_at(site)
    _, code = services.invite_participant(patient=subject.patient, site=site, by=nurse)
    typed = {"display_name": "Ada", "email": "ada@home.example", "password1": "long-and-plain-words"}
    client.post(reverse("account_signup"), typed)
    waiting = factories.User.objects.get(email="ada@home.example")
    client.force_login(waiting)
    here = reverse("patients:accept_invitation")
    assert here in client.get("/", follow=True).content.decode()

    assert "This code is not valid." in client.post(here, {"code": "AAAA-BBBB-CCCC-DDDD"}).content.decode()
    assert client.post(here, {"code": code}).status_code == 302

    subject.patient.refresh_from_db()
    assert subject.patient.user == waiting
    assert client.get(reverse("captures:today")).status_code == 200


def test_code_that_is_too_old_opens_nothing(client, site):
    subject = factories.subject_at(site)
    nurse = factories.coordinator_at(site)
    _, code = services.invite_participant(patient=subject.patient, site=site, by=nurse)

    with time_machine.travel(timezone.now() + timedelta(days=15)):
        typed = {"display_name": "Ada", "email": "ada@home.example", "password1": "long-and-plain-words"}
        page = client.post(reverse("account_signup"), typed | {"invitation_code": code}).content.decode()

    assert "This code is not valid" in page
    assert subject.patient.invitations.get().status == "PENDING"


def test_only_who_waits_is_asked_for_a_code(client, site, nurse):
    here = reverse("patients:accept_invitation")
    assert client.get(here).url == "/"
    client.force_login(factories.participant_of(factories.subject_at(site)))
    assert client.post(here, {"code": "x"}).url == "/"


@pytest.mark.parametrize(("own", "shown"), [("UTC", "America/Denver"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_participant_has_the_time_zone_of_the_site_until_they_choose_another(site, own, shown):
    site = create_site(
        trial=site.trial, code="DEN", name="Denver", time_zone="America/Denver", by=factories.administrator()
    )
    subject = factories.subject_at(site)
    account = factories.person("Participant", kind="PARTICIPANT", time_zone=own)
    _, code = services.invite_participant(patient=subject.patient, site=site, by=factories.coordinator_at(site))

    services.accept_invitation(code=code, by=account)

    account.refresh_from_db()
    assert account.time_zone == shown
