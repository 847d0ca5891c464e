"""Who did it, as they were called when they did it: a new name does not reach back."""

import pytest

from audit import selectors
from audit.models import AuditLog
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PROFILE = {"time_zone": "UTC", "locale": "en-gb"}


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def nurse(site):
    return factories.coordinator_at(site)


@pytest.fixture
def capture(site, nurse):
    return factories.capture_of(factories.subject_at(site), submit=True, by=nurse)


@pytest.fixture
def renamed(client, nurse, capture):
    """Return the coordinator, who took the investigator's name on her own page."""
    client.force_login(nurse)
    answer = client.post("/account/profile/", PROFILE | {"display_name": "Ivan Investigator"})
    assert answer.status_code == 302
    return nurse


def trail(client, **filters) -> str:
    response = client.get("/audit/", filters)
    assert response.status_code == 200
    return response.content.decode()


def test_old_acts_keep_the_old_name(client, site, capture, renamed):
    client.force_login(factories.auditor_of(site.trial))
    event = AuditLog.objects.filter(entity_id=capture.pk, actor=renamed).first()

    for page in (
        trail(client, entity_id=capture.pk),
        client.get(f"/audit/events/{event.pk}/").content.decode(),
        client.get(f"/captures/{capture.pk}/history/").content.decode(),
    ):
        assert "Study coordinator" in page
        assert page.count("Ivan Investigator") == page.count("now called Ivan Investigator")
    assert client.get(f"/api/v1/audit-events/{event.pk}/").json()["actor_name"] == "Study coordinator"
    assert (
        client.get(f"/api/v1/captures/{capture.pk}/history/").json()["results"][0]["actor_name"] == "Study coordinator"
    )


def test_a_person_named_in_an_event_has_the_name_of_then(client, site, capture, renamed):
    client.force_login(factories.auditor_of(site.trial))
    event = AuditLog.objects.get(entity_id=capture.pk, field="")

    assert "submitted_by_id" in event.metadata
    assert ("Submitted by", "Study coordinator") in selectors.words_of([event], by=renamed)[event.pk].details


def test_the_auditor_reads_the_new_name_beside_the_old(client, site, renamed):
    client.force_login(factories.auditor_of(site.trial))

    page = trail(client, action="accounts.profile_changed")

    assert '<del class="value-old"><span class="visually-hidden">from </span>Study coordinator</del>' in page
    assert '<ins class="value-new"><span class="visually-hidden">to </span>Ivan Investigator</ins>' in page


@pytest.mark.parametrize("name", ["Study coord", "Ivan Invest"])
def test_both_names_find_all_that_the_person_did(client, site, capture, renamed, name):
    client.force_login(factories.auditor_of(site.trial))

    assert "Vital signs" in trail(client, person=name, entity_id=capture.pk)


def test_a_new_name_of_a_participant_is_nowhere(client, site):
    subject = factories.subject_at(site)
    participant = factories.participant_of(subject)
    client.force_login(participant)
    client.post("/account/profile/", PROFILE | {"display_name": "Juno Secret"})
    client.post("/account/profile/", PROFILE | {"display_name": "Juno Hidden"})
    auditor = factories.auditor_of(site.trial)
    client.force_login(auditor)

    events = AuditLog.objects.filter(actor=participant)
    assert {event.actor_name for event in events} == {"Participant"}
    assert "Juno" not in trail(client, action="accounts.profile_changed")
    assert selectors.people_called("Juno") == []


def test_events_from_before_names_were_kept_still_verify(capture):
    event = selectors.with_hashed_text(AuditLog.objects.filter(entity_id=capture.pk)).first()
    with_name = selectors.canonical(event)

    event.actor_name = None

    assert with_name == selectors.canonical(event)[:-1] + ', "Study coordinator"]'
    assert event.who == "Study coordinator"
