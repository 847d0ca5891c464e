"""What the database itself holds about captures, and what a site's home page costs when there are many."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from captures.models import DataCapture
from edc.base.actor import name_actor
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CHANGES = ["timestamp = timestamp + interval '1 day'", "visit = 'W2'", "form = 'AE'", "form_repeat = 2", "data = '{}'"]


def changed_in_sql(capture, change, *, reason=""):
    """Change the row past the services, as the application's role can."""
    with transaction.atomic(), connection.cursor() as cursor:
        name_actor(capture.entered_by_id, action="captures.saved", reason=reason)
        cursor.execute(f"update captures_datacapture set version = version + 1, {change} where id = %s", [capture.pk])


@pytest.mark.parametrize("change", CHANGES)
def test_submitted_capture_changes_with_its_reason_alone(change):
    capture = factories.capture_of(factories.subject_at(factories.active_site()), submit=True)

    with pytest.raises(DatabaseError, match="needs its reason"):
        changed_in_sql(capture, change)
    changed_in_sql(capture, change, reason="Moved by hand")

    assert DataCapture.objects.get(pk=capture.pk).version == 2


@pytest.mark.parametrize("change", CHANGES)
def test_finalised_capture_does_not_change_at_all(change):
    capture = factories.finalised_capture_of(factories.subject_at(factories.active_site()))

    with pytest.raises(DatabaseError, match="does not change"):
        changed_in_sql(capture, change, reason="Moved by hand")


def home_of(client, site):
    client.force_login(factories.coordinator_at(site))
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse("captures:site_home", args=[site.pk]))
    return answer, [query["sql"] for query in queries]


def test_work_is_counted_up_to_a_bound(client, monkeypatch):
    site = factories.active_site()
    for _ in range(3):
        factories.capture_of(factories.subject_at(site), {}, submit=True)

    exact = {tile.label: tile.number for tile in home_of(client, site)[0].context["work"]}
    monkeypatch.setattr("captures.selectors.site.MOST_COUNTED", 2)
    monkeypatch.setattr("captures.selectors.MOST_COUNTED", 2)
    bounded = {tile.label: tile.number for tile in home_of(client, site)[0].context["work"]}

    assert (exact["Waiting to be finalised"], exact["With missing items"]) == ("3", "3")
    assert (bounded["Waiting to be finalised"], bounded["Drafts in progress"]) == ("2+", "0")


def test_home_reads_no_captures_to_know_which_subjects_changed(client):
    site = factories.active_site()
    subjects = [factories.subject_at(site) for _ in range(3)]
    for subject in (subjects[1], subjects[0], subjects[1]):
        visit = "W2" if DataCapture.objects.filter(subject=subject).exists() else "SCR"
        factories.capture_of(subject, visit=visit, timestamp=datetime(2026, 6, 2, tzinfo=UTC))

    answer, statements = home_of(client, site)

    assert [subject for subject, _ in answer.context["subjects"]] == [subjects[1], subjects[0]]
    counting = [sql for sql in statements if "count(" in sql.lower() and '"captures_datacapture"' in sql]
    assert counting
    assert all("LIMIT" in sql or "patients_subject" in sql for sql in counting)
    assert not any('MAX("captures_datacapture"' in sql for sql in statements)
