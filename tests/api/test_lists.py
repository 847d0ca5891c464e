"""Lists: pages, orders, filters; the hot ones say the same as the others, at the same cost for one row and fifty."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.api.calling import by, faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return factories.active_site()


def diaries(subject, count, *, nurse):
    moment = datetime(2026, 6, 2, 9, 30, tzinfo=UTC)
    for number in range(1, count + 1):
        factories.capture_of(
            subject,
            {"AETERM": f"Event {number}"},
            visit="LOG",
            form="AE",
            form_repeat=number,
            timestamp=moment + timedelta(hours=number // 2),
            by=nurse,
        )


def test_the_hot_list_says_the_same_as_the_row(site):
    nurse = factories.coordinator_at(site)
    factories.finalised_capture_of(factories.subject_at(site))
    factories.capture_of(factories.subject_at(site))
    caller = by(nurse)

    listed = caller.get("captures/").json()["results"]

    assert len(listed) == 2
    assert listed == [caller.get(f"captures/{row['id']}/").json() for row in listed]
    assert listed == caller.get("captures/?status=IN_PROGRESS,SUBMITTED,FINALISED").json()["results"]


@pytest.mark.parametrize("parameters", ["limit=3", "limit=3&ordering=timestamp", "limit=3&form=AE"])
def test_pages_give_every_row_once_forwards_and_back(site, parameters):
    nurse = factories.coordinator_at(site)
    diaries(factories.subject_at(site), 8, nurse=nurse)
    caller = by(nurse)

    seen, path = [], f"captures/?{parameters}"
    while path:
        page = caller.get(path).json()
        seen.append([row["id"] for row in page["results"]])
        last, path = page, page["next"] and page["next"].partition("/api/v1/")[2]
    back, page = [seen[-1]], last
    while page["previous"]:
        page = caller.get(page["previous"].partition("/api/v1/")[2]).json()
        back.insert(0, [row["id"] for row in page["results"]])

    assert [len(ids) for ids in seen] == [3, 3, 2]
    assert len({key for ids in seen for key in ids}) == 8
    assert back == seen


def test_links_are_headers_as_well(site):
    nurse = factories.coordinator_at(site)
    diaries(factories.subject_at(site), 3, nurse=nurse)

    response = by(nurse).get("captures/?limit=2")

    assert response["Link"] == f'<{response.json()["next"]}>; rel="next"'


def test_the_trials_list_says_the_same_as_the_row(site):
    auditor = factories.auditor_of(site.trial)
    caller = by(auditor)

    listed = caller.get("trials/?status=ACTIVE").json()["results"]

    assert [row["id"] for row in listed] == [str(site.trial.pk)]
    assert listed == [caller.get(f"trials/{site.trial.pk}/").json()]
    assert listed == caller.get("trials/?status=ACTIVE&ordering=-protocol_number").json()["results"]
    assert caller.get("trials/?status=DRAFT").json()["results"] == []


def test_the_trials_list_goes_on_behind_its_first_page():
    trials = [factories.draft_trial() for _ in range(5)]
    caller = by(factories.administrator())

    first = caller.get("trials/?limit=2").json()
    second = caller.get(first["next"].partition("/api/v1/")[2]).json()

    numbers = sorted(trial.protocol_number for trial in trials)
    assert [row["protocol_number"] for row in first["results"] + second["results"]] == numbers[:4]


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ("colour=red", "colour"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=1&limit=2", "limit"),
        ("ordering=site__trial__title", "ordering"),
        ("ordering=?", "ordering"),
        ("cursor=nonsense", "cursor"),
        ("status=OPEN", "status"),
        ("site=1", "site"),
        ("site__trial=01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42", "site__trial"),
        ("_connector=OR", "_connector"),
        ("from=yesterday", "from"),
        ("from=2026-06-02T09:30:00", "from"),
    ],
)
def test_a_parameter_that_the_list_does_not_know_is_refused(site, parameters, named):
    response = by(factories.coordinator_at(site)).get(f"captures/?{parameters}")

    assert response.status_code == 400
    assert list(faults(response)) == [named]


def test_a_row_takes_no_parameters(site):
    capture = factories.capture_of(factories.subject_at(site))

    assert by(factories.monitor_at(site)).get(f"captures/{capture.pk}/?fields=data").status_code == 400


def test_nobody_lists_what_belongs_to_others(site):
    factories.capture_of(factories.subject_at(site))
    stranger = by(factories.coordinator_at(factories.active_site()))

    assert stranger.get("captures/").json()["results"] == []
    assert stranger.get(f"captures/?site={site.pk}").json()["results"] == []


def test_participants_list_their_own(site):
    subject = factories.subject_at(site)
    mine, others = factories.capture_of(subject), factories.capture_of(factories.subject_at(site))

    caller = by(factories.participant_of(subject))

    assert [row["id"] for row in caller.get("captures/").json()["results"]] == [str(mine.pk)]
    assert caller.get(f"captures/{others.pk}/").status_code == 404


LISTS = [
    *("captures/?limit=500", "captures/?limit=500&form=AE", "subjects/?limit=500", "patients/?limit=500"),
    *("appointments/?limit=500", "trials/?limit=500", "sites/?limit=500", "study-versions/?limit=500"),
    *("memberships/?limit=500", "conversations/?limit=500", "messages/?limit=500", "notifications/?limit=500"),
    *("audit-events/?limit=500", "auth/tokens/?limit=500"),
]


@pytest.mark.slow
def test_every_list_costs_the_same_at_one_row_and_at_fifty(site):
    nurse = factories.coordinator_at(site)
    investigator = factories.investigator_at(site)
    caller = by(investigator)

    def cost(path):
        assert caller.get(path).status_code == 200
        with CaptureQueriesContext(connection) as queries:
            rows = caller.get(path).json()["results"]
        return len(rows), len(queries)

    def grow(first, last):
        for day in range(first, last):
            subject = factories.subject_at(site)
            factories.capture_of(subject, {"AETERM": "Headache"}, visit="LOG", form="AE", by=nurse)
            factories.conversation_with(subject, by=nurse)
            factories.appointment_of(subject, nurse, timezone.now() + timedelta(days=day + 1))

    grow(0, 1)
    before = {path: cost(path) for path in LISTS}
    grow(1, 50)
    after = {path: cost(path) for path in LISTS}

    assert {path: count for path, (_, count) in before.items()} == {path: count for path, (_, count) in after.items()}
    assert after["captures/?limit=500"][0] == 50


def test_a_cursor_is_good_for_its_own_list_alone(site):
    for _ in range(3):
        factories.subject_at(site)
    caller = by(factories.data_manager_of(site.trial))
    first = caller.get("subjects/?limit=1&ordering=number").json()["next"]
    query = first.partition("?")[2]

    assert caller.get(f"subjects/?{query}").status_code == 200
    for other in ("study-versions", "patients"):
        response = caller.get(f"{other}/?{query}")
        assert response.status_code == 400
        assert faults(response).keys() & {"cursor", "ordering"}
    assert "cursor" in faults(caller.get(f"study-versions/?{query}"))
