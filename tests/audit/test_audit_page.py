"""The audit page: who may open it, what they find there, page by page."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import selectors, services
from audit.models import AuditLog
from audit.selectors import Part
from captures import services as captures
from edc.accounts.services import Visitor, note, update_profile
from edc.base.errors import Denied
from tests import factories
from trials import services as trials
from trials.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def capture(site):
    """A form that was corrected after it was submitted."""
    capture = factories.capture_of(factories.subject_at(site), submit=True)
    nurse = factories.coordinator_at(site)
    values = factories.VALUES | {"SYSBP": "131", "POS": "STANDING"}
    return captures.save_capture(
        capture=capture, values=values, reason="=Misread", version=capture.version, submit=False, by=nurse
    )


@pytest.fixture
def auditor(client, site):
    auditor = factories.auditor_of(site.trial)
    client.force_login(auditor)
    return auditor


def shown(client, **filters) -> str:
    response = client.get("/audit/", filters)
    assert response.status_code == 200
    return response.content.decode()


def test_auditor_reads_a_correction_in_words(client, auditor, capture):
    page = shown(client, entity_id=capture.pk)

    for text in ("Vital signs, Screening", "Systolic blood pressure", "120 mmHg", "131 mmHg", "=Misread"):
        assert text in page
    assert "Lying (SUPINE)" in page
    assert "Study coordinator" in page


def test_the_trail_is_closed_to_who_has_no_right_to_it(client, site):
    for outsider in (factories.coordinator_at(site), factories.sponsor_of(site.trial), factories.person()):
        client.force_login(outsider)

        assert client.get("/audit/").status_code == 403
        assert client.get("/audit/export/").status_code == 403
        assert client.post("/audit/integrity/").status_code == 403


def test_another_trial_does_not_exist(client, capture):
    client.force_login(factories.auditor_of(factories.active_trial()))
    event = AuditLog.objects.filter(entity_id=capture.pk).first()

    assert "Vital signs" not in shown(client)
    assert "Vital signs" not in shown(client, entity_id=capture.pk)
    unknown = client.get("/audit/", {"trial": capture.trial_id})
    assert unknown.status_code == 400
    assert "Vital signs" not in unknown.content.decode()
    assert client.get(f"/audit/events/{event.pk}/").status_code == 404


def test_investigator_sees_the_own_site_only(client, site, capture):
    other = factories.capture_of(factories.subject_at(factories.site_in(site.trial)))
    client.force_login(factories.investigator_at(site))

    assert "Vital signs" in shown(client, entity_id=capture.pk)
    assert "Vital signs" not in shown(client, entity_id=other.pk)


def test_administrator_sees_accounts_and_no_clinical_data(client, capture):
    administrator = factories.administrator()
    client.force_login(administrator)
    page = shown(client)

    assert "Role granted" in page
    assert "Vital signs" not in page
    assert "Vital signs" not in shown(client, entity_id=capture.pk)
    assert client.get("/audit/export/").status_code == 403


def test_auditor_finds_the_sign_ins_of_the_trials_people_alone(client, site):
    visitor = Visitor("10.1.2.3", "Browser")
    participant = factories.participant_of(factories.subject_at(site))
    stranger = factories.person("Stranger Danger")
    for user in (participant, stranger):
        note("SIGNED_IN", email=user.email, visitor=visitor, user=user)
    client.force_login(factories.auditor_of(site.trial))

    page = shown(client, entity="SignIn")

    assert page.count("Signed in") > 1
    assert "Stranger Danger" not in page
    assert participant.email not in page
    assert "10.1.2" not in page


def test_participants_are_nameless_and_identity_is_sealed(client, auditor, site):
    subject = factories.subject_at(site)
    participant = factories.participant_of(subject)
    update_profile(user=participant, display_name="Juno Secret", time_zone="UTC", locale="en-gb")
    subject.patient.refresh_from_db()
    captures.create_capture(subject=subject, visit="W2", form="DIARY", values={"MOOD": "7"}, by=participant)
    identity = subject.patient.identity()

    page = shown(client, subject=subject.number)

    assert identity.display_name not in page
    assert identity.medical_record_number not in page
    assert "Juno Secret" not in page
    assert "sealed" in page
    assert subject.number in page


def test_investigator_opens_a_sealed_value_and_leaves_an_event(client, site):
    subject = factories.subject_at(site)
    name = subject.patient.identity().display_name
    event = AuditLog.objects.get(entity_id=subject.patient_id, field="display_name_sealed")
    investigator = factories.investigator_at(site)
    client.force_login(investigator)

    assert name not in client.get(f"/audit/events/{event.pk}/").content.decode()
    assert name in client.post(f"/audit/events/{event.pk}/sealed/").content.decode()

    read = AuditLog.objects.get(action="patients.identity_read", actor=investigator)
    assert read.patient_id == subject.patient_id
    assert read.metadata["fields"] == ["display_name"]


def test_auditor_opens_no_seal(client, auditor, site):
    subject = factories.subject_at(site)
    event = AuditLog.objects.get(entity_id=subject.patient_id, field="display_name_sealed")

    assert client.post(f"/audit/events/{event.pk}/sealed/").status_code == 403


def test_what_a_conversation_is_about_is_for_those_who_read_messages(client, site):
    conversation = factories.conversation_with(factories.subject_at(site))

    client.force_login(factories.monitor_at(site))
    assert "Next visit" not in shown(client, entity_id=conversation.pk)
    assert "hidden from your role" in shown(client, entity_id=conversation.pk)
    client.force_login(factories.auditor_of(site.trial))
    assert "Next visit" in shown(client, entity_id=conversation.pk)


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"action": "captures.saved"}, lambda e: e.action == "captures.saved"),
        ({"entity": "Subject"}, lambda e: e.entity_type == "Subject"),
        ({"field": "SYSBP"}, lambda e: e.field == "SYSBP"),
        ({"role": "COORDINATOR"}, lambda e: "COORDINATOR" in e.actor_role),
        ({"reason": "misread"}, lambda e: "Misread" in e.reason),
        ({"source": "command"}, lambda e: e.source == "command"),
    ],
)
def test_each_filter_narrows_to_what_fits(client, auditor, capture, filters, fits):
    response = client.get("/audit/", filters)
    found = [row["event"] for row in response.context["rows"]]

    assert found
    assert all(fits(event) for event in found)


def test_person_subject_site_and_time_narrow(client, auditor, site, capture):
    other = factories.capture_of(factories.subject_at(factories.site_in(site.trial)))

    def found(**filters):
        return {row["event"] for row in client.get("/audit/", filters).context.get("rows", [])}

    assert {event.patient_id for event in found(subject=capture.subject.number)} == {capture.patient_id}
    assert {event.site_id for event in found(site=other.site_id)} == {other.site_id}
    assert {event.actor_id for event in found(person=str(other.entered_by.email))} == {other.entered_by_id}
    assert found(person="nobody at all") == set()
    assert found(until=(timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")) == set()


def test_pages_hold_every_event_once_newest_first(auditor, site, capture):
    seen, before = [], None
    while True:
        page = selectors.page_of_events(auditor, selectors.Asked(), before=before, limit=7)
        seen += page.events
        before = page.older
        if before is None:
            break

    everything = selectors.events_visible_to(auditor).order_by("-created_at", "-pk")
    assert [event.pk for event in seen] == [event.pk for event in everything]


def test_search_goes_on_where_it_stopped(auditor, site, capture, monkeypatch):
    monkeypatch.setattr("audit.selectors.events.FARTHEST", 10)
    monkeypatch.setattr("audit.selectors.events.LEAST_OF_A_BRANCH", 10)
    asked = selectors.Asked(action="trials.created")
    pages, before = 0, None
    found = []
    while pages == 0 or before:
        page = selectors.page_of_events(auditor, asked, before=before, limit=5)
        found, before, pages = found + page.events, page.older, pages + 1

    assert [event.entity_id for event in found] == [site.trial_id]
    assert pages > 3


def test_older_link_leads_on(client, auditor, site, monkeypatch):
    monkeypatch.setattr("audit.views.EVENTS_ON_A_PAGE", 5)
    response = client.get("/audit/", {})
    before = parse_qs(urlsplit(response.context["older_url"]).query)["before"][0]

    further = client.get("/audit/", {"before": before})

    assert not {row["event"].pk for row in response.context["rows"]} & {
        row["event"].pk for row in further.context["rows"]
    }


def test_a_page_costs_the_same_with_many_events(client, auditor, site):
    def queries():
        with CaptureQueriesContext(connection) as context:
            shown(client)
        return len(context)

    factories.capture_of(factories.subject_at(site))
    queries()
    few = queries()
    for _ in range(3):
        factories.conversation_with(factories.subject_at(site))
        factories.finalised_capture_of(factories.subject_at(site))

    assert queries() <= few + 1


@pytest.mark.parametrize(
    "filters", [{"since": "yesterday"}, {"trial": "nonsense"}, {"entity_id": "1"}, {"role": "KING"}]
)
def test_a_filter_of_the_wrong_shape_is_told(client, auditor, filters):
    response = client.get("/audit/", filters)

    assert response.status_code == 400
    assert "There is a problem" in response.content.decode()
    refused = client.get("/audit/export/", filters)
    assert refused.status_code == 400
    assert "Error 400" in refused.content.decode()


def test_event_page_proves_the_event(client, auditor, capture):
    event = AuditLog.objects.filter(entity_id=capture.pk, field="SYSBP").last()
    page = client.get(f"/audit/events/{event.pk}/").content.decode()

    assert "Unaltered" in page
    assert bytes(event.hash).hex() in page
    assert bytes(event.previous_hash).hex() in page
    assert "Event before" in page


def test_integrity_page_verifies_and_records(client, auditor, capture):
    page = client.post("/audit/integrity/", {"subject": capture.subject.number}).content.decode()

    assert "Nothing is wrong" in page
    event = AuditLog.objects.get(action="audit.verified")
    assert event.patient_id == capture.patient_id
    assert event.metadata["faults"] == 0


@pytest.mark.parametrize(("given", "told"), [({}, "Choose a trial"), ({"subject": "NOBODY"}, "no subject")])
def test_integrity_page_says_what_is_missing(client, auditor, given, told):
    answer = client.post("/audit/integrity/", given | {"trial": ""})

    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_what_takes_too_long_is_refused_in_words(client, auditor, capture, monkeypatch):
    def sleep(_part):
        with connection.cursor() as cursor:
            cursor.execute("select pg_sleep(30)")

    monkeypatch.setattr("audit.services.checking.LONGEST_CHECK_SECONDS", 0.1)
    monkeypatch.setattr("audit.selectors.verify", sleep)

    answer = client.post("/audit/integrity/", {"trial": str(capture.trial_id)})

    assert answer.status_code == 409
    assert "too much to verify" in answer.content.decode()
    assert not AuditLog.objects.filter(action="audit.verified").exists()


def test_a_participants_name_is_not_in_the_api_either(client, auditor, site):
    participant = factories.participant_of(factories.subject_at(site))
    update_profile(user=participant, display_name="Juno Secret", time_zone="UTC", locale="en-gb")

    answer = client.get("/api/v1/audit-events/", {"limit": 500})

    assert answer.status_code == 200
    assert str(participant.pk) in answer.content.decode()
    assert '"Participant"' in answer.content.decode()
    assert "Juno Secret" not in answer.content.decode()


def events_verified():
    return AuditLog.objects.filter(action="audit.verified").count()


def test_a_trial_that_is_only_managed_is_not_verified(client, capture):
    manager = factories.member(Role.ADMINISTRATOR, capture.trial)
    client.force_login(manager)
    parts = [
        Part("trial_id", capture.trial_id),
        Part("site_id", capture.site_id),
        Part("patient_id", capture.patient_id),
    ]

    page = client.get("/audit/integrity/").content.decode()
    chosen = client.post("/audit/integrity/", {"trial": str(capture.trial_id)})

    assert f'value="{capture.trial_id}"' not in page
    assert chosen.status_code == 422
    for part in parts:
        with pytest.raises(Denied):
            services.check_trail(part=part, by=manager)
    assert not events_verified()


def test_a_subject_whose_trail_one_does_not_read_is_not_verified(client, capture):
    nurse = factories.coordinator_at(capture.site)
    elsewhere = factories.active_site()
    trials.grant_membership(
        user=nurse, trial=elsewhere.trial, site=elsewhere, role="MONITOR", reason="Test", by=factories.administrator()
    )
    client.force_login(nurse)

    assert client.post("/audit/integrity/", {"subject": capture.subject.number}).status_code == 403
    assert not events_verified()
    assert client.post("/audit/integrity/", {"site": str(elsewhere.pk)}).status_code == 200
    assert events_verified() == 1


def test_monitor_of_a_site_verifies_the_site_and_not_the_trial(client, capture):
    client.force_login(factories.monitor_at(capture.site))

    assert client.post("/audit/integrity/", {"trial": str(capture.trial_id)}).status_code == 422
    assert client.post("/audit/integrity/", {"site": str(capture.site_id)}).status_code == 200
    assert client.post("/audit/integrity/", {"subject": capture.subject.number}).status_code == 200
    assert events_verified() == 2
