"""The subjects grid as a CSV file: what the page shows, all of it, for those who may take data out, on record."""

import csv
import hashlib
import io
import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from tests import factories
from tests.captures.doors import text_of

pytestmark = pytest.mark.django_db

GRID, EXPORT = reverse("captures:grid"), reverse("captures:export_grid")


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def doctor(client, site):
    someone = factories.investigator_at(site)
    client.force_login(someone)
    return someone


def content_of(client, address=EXPORT):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert response["Content-Disposition"].startswith('attachment; filename="subjects-')
    return b"".join(response.streaming_content)


def rows_of(client, address=EXPORT):
    return list(csv.reader(io.StringIO(content_of(client, address).decode("utf-8-sig"))))


def numbers(rows):
    return [row[0] for row in rows[1:]]


def test_file_says_what_the_grid_shows(client, site, doctor):
    fresh, busy = factories.subject_at(site), factories.subject_at(site)
    factories.capture_of(busy, {}, submit=True)
    factories.capture_of(busy, {"SYSBP": "210"}, visit="W2", submit=True)

    rows = rows_of(client)

    assert rows == [
        ["Subject", "Site", "Status", "Open queries", "Answered queries", "Screening", "Week 2", "Log forms"],
        [fresh.number, site.code, "Randomised", "0", "0", "Overdue", "Overdue, 2 forms", ""],
        [busy.number, site.code, "Randomised", "1", "0", "Missing items", "Open query", ""],
    ]


def test_file_holds_all_pages_of_the_list_as_it_is_filtered(client, site, doctor, monkeypatch):
    monkeypatch.setattr("captures.selectors.grid.SUBJECTS_ON_A_PAGE", 2)
    subjects = [factories.subject_at(site) for _ in range(5)]
    factories.capture_of(subjects[3])
    page = text_of(client.get(f"{GRID}?trial={site.trial_id}&status=IN_PROGRESS&after=A"))
    address = page.partition(f'href="{EXPORT}')[2].partition('"')[0].replace("&amp;", "&")

    assert numbers(rows_of(client)) == [subject.number for subject in subjects]
    assert numbers(rows_of(client, EXPORT + address)) == [subjects[3].number]


@pytest.mark.parametrize("number", ["=1+1", "+SUM(A1)", "-cmd", "@now"])
def test_no_cell_runs_as_a_formula(client, site, doctor, number):
    patient = factories.patient_at(site)
    factories.patients.enrol_subject(
        patient=patient, site=site, number=number, enrolled_on=timezone.localdate(), by=doctor
    )

    assert numbers(rows_of(client)) == [f"'{number}"]


def test_download_is_on_record_with_its_filters_and_digest(client, site, doctor):
    factories.subject_at(site)

    content = content_of(client, f"{EXPORT}?status=OVERDUE")

    event = AuditLog.objects.get(action="captures.exported")
    assert (event.actor, event.actor_role, event.source) == (doctor, "INVESTIGATOR", "page")
    assert (event.trial_id, event.site_id) == (site.trial_id, site.pk)
    digest = hashlib.sha256(content).hexdigest()
    assert event.metadata == {"format": "csv", "filters": {"status": "OVERDUE"}, "rows": 1, "sha256": digest}
    assert "Subjects exported" in text_of(client.get("/audit/"))


def test_download_that_stops_early_is_on_record_too(client, site, doctor):
    factories.subject_at(site)

    download = client.get(EXPORT)._iterator
    next(download)
    download.close()

    assert AuditLog.objects.get(action="captures.export_stopped").metadata["rows"] == 0


def test_only_who_may_export_does(client, site):
    factories.subject_at(site)

    for person, status in (
        (factories.coordinator_at(site), 403),
        (factories.sponsor_of(site.trial), 404),
        (factories.administrator(), 404),
        (factories.participant_of(factories.subject_at(site)), 404),
    ):
        client.force_login(person)
        assert client.get(EXPORT).status_code == status
        assert EXPORT not in client.get(GRID).content.decode()
    assert not AuditLog.objects.filter(action__startswith="captures.export").exists()


def test_file_holds_the_sites_where_one_may_export(client, site, doctor):
    own, seen = factories.subject_at(site), factories.subject_at(factories.site_in(site.trial))
    hidden = factories.subject_at(factories.site_in(site.trial))
    factories.trials.grant_membership(
        user=doctor, trial=site.trial, site=seen.site, role="COORDINATOR", reason="Both", by=factories.administrator()
    )
    page = text_of(client.get(GRID))

    assert (seen.number in page, hidden.number in page) == (True, False)
    assert numbers(rows_of(client)) == [own.number]


def test_each_page_of_the_file_costs_the_same(client, site, doctor, monkeypatch):
    monkeypatch.setattr("captures.selectors.grid.SUBJECTS_ON_A_PAGE", 2)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            content_of(client)
        return len(queries)

    costs = []
    for _ in range(4):
        for _ in range(2):
            factories.capture_of(factories.subject_at(site))
        cost()
        costs.append(cost())

    steps = {later - sooner for sooner, later in itertools.pairwise(costs)}
    assert steps == {4}
