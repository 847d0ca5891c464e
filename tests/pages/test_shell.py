"""What the frame of every page shows of a person, what it costs, and where a person is led."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import get_template
from django.templatetags.static import static
from django.test import RequestFactory
from django.urls import reverse

from edc.accounts.models import User
from edc.places import places_of
from edc.shell import Shell
from messaging import services as messaging
from tests import factories
from trials.roles import Role

pytestmark = pytest.mark.django_db

PARTICIPANT = ["Today", "My data", "Messages", "Appointments", "Account"]


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def subject(site):
    return factories.subject_at(site)


def shell_of(user, **asked):
    request = RequestFactory().get("/", asked)
    request.user, request.resolver_match = user, None
    return Shell(request)


def everything_of(user):
    shell = shell_of(user)
    return shell.nav, shell.switcher, shell.roles, shell.live_cursor, shell.unread_messages, shell.unread_notifications


def labels(user):
    return [link.label for link in shell_of(user).nav]


def test_nav_follows_the_rights(site):
    trial = site.trial

    care = ["Queries", "Messages", "Appointments", "Trials"]
    assert labels(factories.coordinator_at(site)) == ["Site home", "Subjects", *care]
    assert labels(factories.monitor_at(trial)) == ["Subjects", "Queries", "Trials", "Audit"]
    assert labels(factories.sponsor_of(trial)) == ["Trials"]
    assert labels(factories.auditor_of(trial)) == ["Subjects", *care, "Audit"]
    assert labels(factories.data_manager_of(trial)) == ["Subjects", "Queries", "Trials", "Audit", "Records"]
    assert labels(factories.member(Role.ADMINISTRATOR, trial)) == ["Trials", "Accounts", "Records"]


def test_who_administrates_the_portal_finds_accounts_before_there_is_a_trial(client):
    root = factories.administrator()
    client.force_login(root)

    assert labels(root) == ["Trials", "Accounts", "Records"]
    assert 'href="/people/"' in client.get("/trials/").content.decode()


def test_portal_is_called_as_it_is_told(client, settings, site):
    settings.PORTAL_NAME = "North Portal"
    client.force_login(factories.data_manager_of(site.trial))

    page, plain = client.get("/trials/").content.decode(), get_template("500.html").render()
    manifest = client.get(reverse("manifest"))

    for html in (page, plain):
        assert "– North Portal</title>" in html
        assert "<span>North Portal</span>" in html
    assert "/site.webmanifest" in page
    assert (manifest["Content-Type"], manifest.json()["name"]) == ("application/manifest+json", "North Portal")
    assert manifest.json()["icons"][0]["src"] == static("edc/icon.svg")


def test_participant_has_five_tabs_and_no_search(subject):
    shell = shell_of(factories.participant_of(subject))

    assert [link.label for link in shell.nav] == PARTICIPANT
    assert (shell.search_url, shell.switcher, shell.kind) == ("", None, "participant")


def test_who_waits_or_is_not_signed_in_has_nothing_to_go_to():
    waiting = factories.person("Waiting", kind=User.Kind.PARTICIPANT)
    waiting.status = User.Status.WAITING

    assert everything_of(waiting)[0] == []
    assert shell_of(waiting).live_cursor is None
    assert shell_of(AnonymousUser()).person is None
    assert shell_of(AnonymousUser()).live_cursor is None


def test_frame_costs_four_queries_however_much_there_is(site, subject, django_assert_num_queries):
    nurse, someone = factories.coordinator_at(site), factories.participant_of(subject)
    with django_assert_num_queries(4):
        everything_of(nurse)
    with django_assert_num_queries(2):
        everything_of(someone)

    for _ in range(3):
        factories.conversation_with(subject, by=someone)
        factories.member(Role.MONITOR, site)

    with django_assert_num_queries(4):
        assert everything_of(nurse)[4] == 3
    with django_assert_num_queries(2):
        everything_of(someone)


def test_anonymous_frame_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        everything_of(AnonymousUser())


def test_unread_messages_are_counted_until_they_are_read(subject):
    nurse = factories.coordinator_at(subject.site)
    conversation = factories.conversation_with(subject, by=factories.participant_of(subject))

    assert shell_of(nurse).unread_messages == 1
    messaging.mark_read(conversation=conversation, by=nurse)
    assert shell_of(nurse).unread_messages == 0
    assert shell_of(factories.coordinator_at(factories.site_in(subject.trial))).unread_messages == 0


def test_switcher_offers_the_places_of_the_roles_and_knows_the_page(site):
    nurse = factories.coordinator_at(site)
    assert shell_of(nurse).switcher.current == f"{site.trial.protocol_number} · {site}"

    trial = factories.draft_trial()
    factories.trials.grant_membership(
        user=nurse, trial=trial, site=None, role=Role.SPONSOR, reason="Test", by=factories.administrator()
    )

    assert shell_of(nurse).switcher.current == "Choose a trial or site"
    assert shell_of(nurse, site=site.pk).switcher.current == f"{site.trial.protocol_number} · {site}"
    assert {choice.url for choice in shell_of(nurse).switcher.choices} == {
        reverse("captures:site_home", args=[site.pk]),
        reverse("trials:detail", args=[trial.pk]),
    }


def test_pages_of_a_row_know_its_place_and_lead_on_within_it(client):
    subject = factories.subject_at(factories.active_site())
    conversation, capture = factories.conversation_with(subject), factories.capture_of(subject)
    nurse = factories.coordinator_at(factories.active_site())
    for site in (subject.site, factories.site_in(subject.trial)):
        factories.trials.grant_membership(
            user=nurse,
            trial=site.trial,
            site=site,
            role=Role.COORDINATOR,
            reason="Test",
            by=factories.administrator(),
        )
    client.force_login(nurse)
    pages = {
        reverse("captures:casebook", args=[subject.pk]),
        reverse("captures:capture", args=[capture.pk]),
        reverse("captures:edit", args=[capture.pk]),
        reverse("captures:history", args=[capture.pk]),
        reverse("patients:patient", args=[subject.patient_id]),
        reverse("messaging:thread", args=[conversation.pk]),
        f"{reverse('messaging:inbox')}?site={subject.site_id}",
        f"{reverse('captures:grid')}?trial={subject.trial_id}&site={subject.site_id}",
    }

    for page in pages:
        shell = client.get(page).context["shell"]

        assert shell.switcher.current == f"{subject.trial.protocol_number} · {subject.site}", page
        addresses = {link.label: link.url for link in shell.nav}
        assert addresses["Site home"] == reverse("captures:site_home", args=[subject.site_id])
        assert addresses["Subjects"].endswith(f"?trial={subject.trial_id}&site={subject.site_id}")
        assert addresses["Messages"].endswith(f"?site={subject.site_id}")
        assert addresses["Trials"] == reverse("trials:list")
        assert shell.messages_title == "Messages of all your sites"


def test_a_row_that_somebody_may_not_see_names_no_place(client):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(factories.active_site())
    factories.trials.grant_membership(
        user=nurse,
        trial=factories.draft_trial(),
        site=None,
        role=Role.SPONSOR,
        reason="Test",
        by=factories.administrator(),
    )

    assert places_of(nurse, "captures:casebook", [subject.pk]) == []


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (factories.coordinator_at, "captures:site_home"),
        (factories.investigator_at, "captures:site_home"),
        (factories.monitor_at, "trials:detail"),
        (lambda site: factories.sponsor_of(site.trial), "trials:detail"),
        (lambda site: factories.auditor_of(site.trial), "trials:detail"),
        (lambda site: factories.data_manager_of(site.trial), "trials:detail"),
        (lambda site: factories.member(Role.ADMINISTRATOR, site.trial), "trials:list"),
        (lambda site: factories.person("Newcomer"), "trials:list"),
    ],
)
def test_front_page_leads_staff_to_their_work(client, site, make, place):
    client.force_login(make(site))

    goal = {"captures:site_home": [site.pk], "trials:detail": [site.trial_id], "trials:list": []}[place]

    assert client.get("/").url == reverse(place, args=goal)


def test_front_page_leads_a_participant_to_today(client, subject):
    client.force_login(factories.participant_of(subject))

    assert client.get("/").url == reverse("captures:today")


def test_front_page_asks_strangers_to_sign_in(client):
    assert client.get("/").url.startswith("/accounts/login/")


def test_ids_lead_each_kind_of_person_to_their_own_page(client, site, subject):
    someone, nurse = factories.participant_of(subject), factories.coordinator_at(site)
    capture, conversation = factories.capture_of(subject), factories.conversation_with(subject)
    rows = {
        ("DataCapture", capture.pk): ("captures:capture", "captures:my_capture"),
        ("Conversation", conversation.pk): ("messaging:thread", "messaging:thread"),
    }

    for (entity, pk), (for_staff, for_participant) in rows.items():
        for user, page in ((nurse, for_staff), (someone, for_participant)):
            client.force_login(user)
            assert client.get(reverse("go", args=[entity, pk])).url == reverse(page, args=[pk])
    message = conversation.messages.get()
    assert client.get(reverse("go", args=["Message", message.pk])).url == reverse(
        "messaging:thread", args=[conversation.pk]
    )
    for entity, pk in (("Subject", subject.pk), ("ClinicalTrial", subject.trial_id), ("Site", site.pk)):
        assert client.get(reverse("go", args=[entity, pk])).url == reverse("captures:my_trials")


def test_staff_go_to_subject_trial_and_site(client, site, subject):
    client.force_login(factories.coordinator_at(site))

    assert client.get(reverse("go", args=["Subject", subject.pk])).url == reverse(
        "captures:casebook", args=[subject.pk]
    )
    assert client.get(reverse("go", args=["Site", site.pk])).url == reverse("captures:site_home", args=[site.pk])
    assert client.get(reverse("go", args=["ClinicalTrial", site.trial_id])).url == reverse(
        "trials:detail", args=[site.trial_id]
    )
    client.force_login(factories.sponsor_of(site.trial))
    assert client.get(reverse("go", args=["Site", site.pk])).url == reverse("trials:detail", args=[site.trial_id])


def test_what_one_may_not_see_leads_nowhere(client, subject):
    capture, conversation = factories.capture_of(subject), factories.conversation_with(subject)
    client.force_login(factories.coordinator_at(factories.active_site()))

    for entity, pk in (("DataCapture", capture.pk), ("Conversation", conversation.pk), ("Subject", subject.pk)):
        assert client.get(reverse("go", args=[entity, pk])).status_code == 404
    assert client.get(reverse("go", args=["Secret", uuid.uuid4()])).status_code == 404


def test_counters_come_alone(client, subject):
    client.force_login(factories.coordinator_at(subject.site))
    factories.conversation_with(subject, by=factories.participant_of(subject))

    page = client.get(reverse("counters")).content.decode()

    assert "<html" not in page
    assert '<span class="count">1</span>' in page
