"""Site home, work lists, subjects grid and casebook: what they show, to whom, at what cost."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from captures import services
from patients.services import change_disposition, invite_participant
from tests import factories
from tests.captures.doors import text_of

pytestmark = pytest.mark.django_db

GRID = reverse("captures:grid")


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def nurse(client, site):
    someone = factories.coordinator_at(site)
    client.force_login(someone)
    return someone


def home(site):
    return reverse("captures:site_home", args=[site.pk])


def work(site, name):
    return reverse("captures:work", args=[site.pk]) + f"?list={name}"


def casebook(subject):
    return reverse("captures:casebook", args=[subject.pk])


def tile(page, label):
    """Return the number on a tile."""
    return page.split(f"<span>{label}</span>")[0].rpartition("<strong>")[2].partition("</strong>")[0]


def cost(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_tiles_count_what_waits_at_this_site_only(client, site, nurse):
    subject, elsewhere = factories.subject_at(site), factories.subject_at(factories.site_in(site.trial))
    factories.capture_of(subject)
    factories.capture_of(subject, {"SYSBP": "210"}, visit="W2", submit=True)
    factories.capture_of(subject, {}, visit="LOG", form="AE", submit=True)
    factories.capture_of(elsewhere, submit=True)
    writer = factories.subject_at(site)
    factories.conversation_with(writer, by=factories.participant_of(writer))
    invite_participant(patient=subject.patient, site=site, by=nurse)

    page = text_of(client.get(home(site)))

    counted = {
        label: tile(page, label)
        for label in (
            *("Waiting to be finalised", "Drafts in progress", "With missing items", "With unexpected values"),
            *("Unread messages", "Open invitations"),
        )
    }
    assert list(counted.values()) == ["2", "1", "1", "1", "1", "1"]


def test_home_shows_enrolment_and_who_did_what(client, site, nurse):
    subject = factories.subject_at(site)
    factories.capture_of(subject, by=nurse)

    page = text_of(client.get(home(site)))

    assert "May 2026" in page
    assert f"{subject.number}, Vital signs" in page
    assert "Entered as a draft" in page


def test_monitor_sees_the_site_without_messages_and_enrolment(client, site):
    client.force_login(factories.monitor_at(site))

    page = text_of(client.get(home(site)))

    assert "Unread messages" not in page
    assert "Enrol a subject" not in page


def test_home_and_work_lists_are_not_for_strangers(client, site):
    strangers = [factories.coordinator_at(factories.site_in(site.trial)), factories.sponsor_of(site.trial)]
    strangers += [factories.administrator(), factories.participant_of(factories.subject_at(site))]

    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(home(site)).status_code == 404
        assert client.get(work(site, "SUBMITTED")).status_code == 404


@pytest.mark.slow
def test_work_list_holds_its_forms_and_pages_by_key(client, site, nurse):
    subject = factories.subject_at(site)
    for number in range(1, 53):
        moment = datetime(2026, 6, 2, 9, tzinfo=UTC) + timedelta(minutes=number)
        values, place = {"AETERM": "Ache"}, {"visit": "LOG", "form": "AE", "form_repeat": number}
        factories.capture_of(subject, values, **place, submit=True, by=nurse, timestamp=moment)

    newest = text_of(client.get(work(site, "SUBMITTED")))
    older = newest.partition("&amp;after=")[2].partition('"')[0]
    rest = text_of(client.get(work(site, "SUBMITTED") + f"&after={older}"))

    assert newest.count("Adverse event ") == 50
    assert "Adverse event 52<" in newest
    assert [f"Adverse event {number}<" in rest for number in (3, 2, 1)] == [False, True, True]
    assert "Nothing here" in text_of(client.get(work(site, "FLAGGED")))
    assert client.get(work(site, "EVERYTHING")).status_code == 404
    assert client.get(work(site, "SUBMITTED") + "&after=nonsense").status_code == 200


def signs(page, subject):
    """Return what each visit of the subject says, in words; its status and its queries come before them."""
    row = page.partition(f">{subject.number}</a></th>")[2].partition("</tr>")[0]
    cells = row.split("<td")[3:]
    return [cell.rpartition('visually-hidden">')[2].partition("<")[0] for cell in cells]


def test_grid_says_the_state_of_each_visit(client, site, nurse):
    fresh, busy = factories.subject_at(site), factories.subject_at(site)
    factories.capture_of(busy, {}, submit=True)
    factories.capture_of(busy, {"SYSBP": "210"}, visit="W2", submit=True)

    page = text_of(client.get(GRID))

    assert signs(page, fresh) == ["Overdue", "Overdue, 2 forms", "not expected"]
    assert signs(page, busy) == ["Missing items", "Open query", "not expected"]


def test_nothing_is_due_from_those_who_left(client, site, nurse):
    subject = factories.subject_at(site)
    change_disposition(subject=subject, disposition="WITHDRAWN", on=timezone.localdate(), reason="Moved away", by=nurse)

    assert signs(text_of(client.get(GRID)), subject) == ["not expected"] * 3


def test_what_happens_when_it_happens_is_never_due(client):
    document = deepcopy(factories.DOCUMENT)
    week, log = document["visits"][1] | {"forms": ["AE"]}, document["visits"][2]
    extra = {"oid": "EXTRA", "name": "Extra", "type": "UNSCHEDULED", "order": 5, "repeating": True, "forms": ["VS"]}
    document["visits"] = [week, extra, log]
    site = factories.site_in(factories.active_trial(document))
    subject = factories.subject_at(site)
    client.force_login(factories.coordinator_at(site))

    assert signs(text_of(client.get(GRID)), subject) == ["not expected"] * 3
    for state in ("OVERDUE", "DUE"):
        assert subject.number not in text_of(client.get(GRID, {"status": state}))
    assert 'class="is-open"' not in text_of(client.get(casebook(subject)))
    assert tile(text_of(client.get(home(site))), "Subjects with overdue forms") == "0"

    for place in ({"visit": "W2", "form": "AE"}, {"visit": "LOG", "form": "AE"}):
        factories.capture_of(subject, {"AETERM": "Ache"}, **place)
    factories.capture_of(subject, visit="EXTRA")

    assert signs(text_of(client.get(GRID)), subject) == ["In progress"] * 3


def test_only_the_first_of_a_visit_that_repeats_is_due(client):
    document = deepcopy(factories.DOCUMENT)
    document["visits"][1]["repeating"] = True
    site = factories.site_in(factories.active_trial(document))
    subject = factories.subject_at(site)
    client.force_login(factories.coordinator_at(site))
    for visit in ("SCR", "W2"):
        factories.capture_of(subject, visit=visit, submit=True)
    participant = factories.participant_of(subject)
    factories.capture_of(subject, {"MOOD": "7"}, visit="W2", form="DIARY", submit=True, by=participant)
    factories.capture_of(subject, visit="W2", visit_repeat=2, submit=True)

    assert 'class="is-open"' not in text_of(client.get(casebook(subject)))
    assert subject.number not in text_of(client.get(GRID, {"status": "OVERDUE"}))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("disposition=SCREENING", set()),
        ("disposition=ON_TREATMENT", {"draft", "done"}),
        ("status=IN_PROGRESS", {"draft"}),
        ("status=FINALISED", {"done"}),
        ("status=OVERDUE", {"draft", "done"}),
        ("status=DUE", set()),
        ("status=INVITED", {"done"}),
        ("status=NONSENSE", {"draft", "done"}),
    ],
)
def test_grid_is_filtered_by_its_address(client, site, nurse, query, expected):
    subjects = {"draft": factories.subject_at(site), "done": factories.subject_at(site)}
    for subject in subjects.values():
        change_disposition(
            subject=subject, disposition="ON_TREATMENT", on=timezone.localdate(), reason="Start", by=nurse
        )
    factories.capture_of(subjects["draft"])
    services.finalise_capture(
        capture=factories.capture_of(subjects["done"], submit=True), by=factories.investigator_at(site)
    )
    invite_participant(patient=subjects["done"].patient, site=site, by=nurse)

    page = text_of(client.get(f"{GRID}?site={site.pk}&{query}"))

    assert {name for name, subject in subjects.items() if f">{subject.number}</a>" in page} == expected


def test_number_typed_in_the_header_opens_the_subject(client, site, nurse):
    subject = factories.subject_at(site)

    assert client.get(GRID, {"q": subject.number.lower()}).url == casebook(subject)
    assert subject.number in text_of(client.get(GRID, {"q": subject.number[:-1]}))
    assert "No subject fits" in text_of(client.get(GRID, {"q": "nobody"}))


def test_grid_shows_the_trial_of_the_subject_that_was_searched(client, site):
    other = factories.subject_at(factories.active_site())
    both = factories.coordinator_at(site)
    factories.trials.grant_membership(
        user=both, trial=other.trial, site=other.site, role="COORDINATOR", reason="Both", by=factories.administrator()
    )
    client.force_login(both)

    assert f">{other.number}</a>" in text_of(client.get(GRID, {"q": other.number[:-1]}))
    assert f">{other.number}</a>" in text_of(client.get(GRID, {"trial": other.trial_id}))


def test_grid_pages_by_subject_number(client, site, nurse, monkeypatch):
    monkeypatch.setattr("captures.selectors.grid.SUBJECTS_ON_A_PAGE", 2)
    numbers = sorted(factories.subject_at(site).number for _ in range(5))

    def shown(query):
        page = text_of(client.get(GRID + query))
        return [number for number in numbers if f">{number}</a></th>" in page], page

    first, page = shown("")
    assert first == numbers[:2]
    assert f"after={numbers[1]}" in page
    assert 'rel="prev"' not in page
    assert shown(f"?after={numbers[1]}")[0] == numbers[2:4]
    assert shown(f"?after={numbers[3]}")[0] == numbers[4:]
    back, page = shown(f"?before={numbers[2]}")
    assert back == numbers[:2]
    assert 'rel="prev"' not in page
    assert 'rel="next"' in page


def test_grid_holds_only_what_one_may_see(client, site):
    elsewhere = factories.subject_at(factories.site_in(site.trial))
    own = factories.subject_at(site)
    client.force_login(factories.coordinator_at(site))

    page = text_of(client.get(GRID))

    assert own.number in page
    assert elsewhere.number not in page
    for outsider in (factories.sponsor_of(site.trial), factories.participant_of(own)):
        client.force_login(outsider)
        assert client.get(GRID).status_code == 404


def test_casebook_shows_visits_windows_logs_and_values(client, site, nurse):
    subject = factories.subject_at(site)
    factories.capture_of(subject)
    factories.capture_of(subject, {"AETERM": "Headache"}, visit="LOG", form="AE")
    services.create_plain_capture(subject=subject, data_value="Called in sick", by=nurse)

    page = text_of(client.get(casebook(subject)))

    assert "13 Jun 2026" in page
    assert "13 Jun 2026 to 16 Jun 2026" in page
    assert "Headache" in page
    assert "Called in sick" in page
    assert reverse("captures:new", args=[subject.pk, "LOG", 1, "AE", 2]) in page


def test_name_is_shown_to_those_who_may_know_it_and_the_look_is_recorded(client, site, nurse):
    subject = factories.subject_at(site)
    name = subject.patient.identity().display_name

    assert name in text_of(client.get(casebook(subject)))
    looks = AuditLog.objects.filter(action="patients.identity_read", patient_id=subject.patient_id, actor=nurse)
    assert looks.count() == 1
    client.get(casebook(subject), headers={"HX-Target": "casebook"})
    assert looks.count() == 1

    client.force_login(factories.data_manager_of(site.trial))
    assert name not in text_of(client.get(casebook(subject)))


def test_subject_is_moved_on_with_date_and_reason(client, site, nurse):
    subject = factories.subject_at(site)
    address = reverse("captures:disposition", args=[subject.pk])
    move = {"version": subject.version, "disposition": "ON_TREATMENT", "on": "t", "reason": "First dose"}

    early = client.post(address, move | {"on": "1 Jan 2020"})
    assert early.status_code == 422
    assert "before the subject came into screening" in text_of(early)
    assert client.post(address, move | {"reason": ""}).status_code == 422
    assert client.post(address, move | {"on": "1 Jan 2090"}).status_code == 422
    client.post(address, move)
    subject.refresh_from_db()

    assert subject.disposition == "ON_TREATMENT"
    assert client.post(address, move).status_code in {412, 422}


def test_randomisation_names_the_arm(client, site, nurse):
    patient = factories.patient_at(site)
    subject = factories.patients.enrol_subject(
        patient=patient, site=site, number="NEW-1", enrolled_on=timezone.localdate(), by=nurse
    )
    subject = change_disposition(
        subject=subject, disposition="ENROLLED", on=timezone.localdate(), reason="Consent", by=nurse
    )
    address = reverse("captures:disposition", args=[subject.pk])
    move = {"version": subject.version, "disposition": "RANDOMISED", "on": "t", "reason": "Drawn"}

    assert "Choose the arm" in text_of(client.post(address, move))
    client.post(address, move | {"arm": "B"})
    subject.refresh_from_db()

    assert (subject.arm, subject.day_one) == ("B", timezone.localdate())


def test_monitor_moves_nobody(client, site):
    subject = factories.subject_at(site)
    client.force_login(factories.monitor_at(site))

    page = text_of(client.get(casebook(subject)))
    assert "Change the subject" not in page
    assert "captures:new" not in page
    assert client.post(reverse("captures:disposition", args=[subject.pk]), {}).status_code == 403


def test_casebook_of_another_site_does_not_exist(client, site, nurse):
    elsewhere = factories.subject_at(factories.site_in(site.trial))

    assert client.get(casebook(elsewhere)).status_code == 404
    assert client.post(reverse("captures:disposition", args=[elsewhere.pk]), {}).status_code == 404


@pytest.mark.slow
def test_pages_cost_the_same_for_one_row_and_for_many(client, site, nurse):
    subject = factories.subject_at(site)
    factories.capture_of(subject, {"AETERM": "Ache"}, visit="LOG", form="AE", submit=True, by=nurse)
    services.create_plain_capture(subject=subject, data_value="1", by=nurse)
    addresses = [GRID, home(site), work(site, "SUBMITTED"), casebook(subject)]
    before = [cost(client, address) for address in addresses]

    for number in range(2, 52):
        factories.capture_of(
            subject, {"AETERM": "Ache"}, visit="LOG", form="AE", form_repeat=number, submit=True, by=nurse
        )
    for _ in range(3):
        factories.capture_of(factories.subject_at(site), submit=True, by=nurse)

    assert [cost(client, address) for address in addresses] == before
