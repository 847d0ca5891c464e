"""A check runs over the data that a trial has before anybody publishes it: counted, bounded in time, nothing stored."""

import copy

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from captures import selectors
from captures.models import DataCapture
from captures.selectors import trying
from tests import factories
from trials import services

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DOCUMENT = copy.deepcopy(factories.DOCUMENT)
DOCUMENT["checks"] = [
    {"oid": "HIGH", "form": "VS", "item": "SYSBP", "fails_when": "[SYSBP] > 150", "message": "High"},
    {"oid": "LOST", "form": "VS", "item": "WEIGHT", "fails_when": "[WEIGHT] < [SCR][WEIGHT]", "message": "Less"},
    {"oid": "MOODY", "form": "DIARY", "item": "MOOD", "fails_when": "[SYSBP] > 150", "message": "High at this visit"},
]


@pytest.fixture
def trial():
    trial = factories.active_trial()
    site = factories.site_in(trial)
    for systolic, weight in (("120", "70"), ("160", "80"), ("170", "69")):
        subject = factories.subject_at(site)
        factories.capture_of(subject, {"SYSBP": systolic, "WEIGHT": "75"})
        factories.capture_of(subject, {"SYSBP": systolic, "WEIGHT": weight}, visit="W2")
        person = factories.participant_of(subject)
        factories.capture_of(subject, {"MOOD": "3"}, visit="W2", form="DIARY", by=person)
    return trial


@pytest.fixture
def draft(trial):
    return services.create_study_version(trial=trial, document=DOCUMENT, by=factories.data_manager_of(trial))


def run(draft, oid, user=None, seconds=5.0):
    study = draft.definition
    check = next(check for check in study.checks if check.oid == oid)
    user = user or factories.data_manager_of(draft.trial)
    return selectors.dry_run(user, draft.trial, study, check, seconds=seconds)


@pytest.mark.parametrize(
    ("oid", "fired", "total", "subjects"), [("HIGH", 4, 6, 2), ("LOST", 2, 6, 2), ("MOODY", 2, 3, 2)]
)
def test_it_counts_what_a_check_would_find(draft, oid, fired, total, subjects):
    before = list(DataCapture.objects.order_by("pk").values())

    found = run(draft, oid)

    assert (found.fired, found.looked_at, found.total, len(found.subjects)) == (fired, total, total, subjects)
    assert list(DataCapture.objects.order_by("pk").values()) == before


def test_its_statements_do_not_grow_with_the_data(draft):
    def statements():
        manager = factories.data_manager_of(draft.trial)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            run(draft, "LOST", manager)
        return len(asked)

    before = statements()
    factories.capture_of(factories.subject_at(draft.trial.sites.last()), {"WEIGHT": "75"})

    assert statements() == before


def test_it_stops_when_its_time_is_up(draft, monkeypatch):
    monkeypatch.setattr(trying, "AT_ONCE", 2)

    found = run(draft, "HIGH", seconds=0)

    assert (found.looked_at, found.total, found.is_whole) == (2, 6, False)
    assert run(draft, "HIGH").is_whole


def test_the_page_says_what_was_found_and_where(draft, trial):
    client = Client()
    client.force_login(factories.data_manager_of(trial))
    address = f"/study-versions/{draft.pk}/dry-run/"

    text = client.get(f"{address}?check=HIGH").content.decode()

    assert '<span class="figure">4</span> of 6 Vital signs forms' in text
    assert all(subject.number in text for subject in run(draft, "HIGH").subjects)
    assert "Choose a check" in client.get(address).content.decode()
    assert client.get(f"{address}?check=NONE").status_code == 404


def test_only_who_builds_the_study_may_look(draft, trial):
    client = Client()

    for person, status in (
        (factories.investigator_at(trial.sites.first()), 403),
        (factories.data_manager_of(factories.draft_trial()), 404),
    ):
        client.force_login(person)
        assert client.get(f"/study-versions/{draft.pk}/dry-run/?check=HIGH").status_code == status
