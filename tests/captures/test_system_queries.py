"""Edit checks raise data queries; the data resolve them; a form that reads another follows it."""

import copy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditLog
from audit.selectors import verify
from captures import services
from captures.models import DataCapture, DataQuery, DataQueryEntry
from tests import factories

pytestmark = pytest.mark.django_db

State = DataQuery.State


def document() -> dict[str, Any]:
    """Return a study in which the form of week 2 is checked against that of the screening."""
    made = copy.deepcopy(factories.DOCUMENT)
    made["checks"] = [
        {
            "oid": "RISE",
            "form": "VS",
            "item": "SYSBP",
            "fails_when": "[SYSBP] > [SCR][SYSBP] + 30",
            "message": "Much higher than at the screening.",
        },
        {
            "oid": "HEAVY",
            "form": "VS",
            "item": "WEIGHT",
            "fails_when": "[WEIGHT] > 150 and [POS] = 'STANDING'",
            "message": "Check the weight.",
        },
    ]
    return made


@pytest.fixture
def subject():
    return factories.subject_at(factories.site_in(factories.active_trial(document())))


@pytest.fixture
def nurse(subject):
    return factories.coordinator_at(subject.site)


def fill(subject, nurse, values=None, *, visit="SCR", submit=True):
    return factories.capture_of(subject, factories.VALUES | (values or {}), visit=visit, by=nurse, submit=submit)


def save(capture, nurse, values, **more):
    more.setdefault("reason", "Transcription error")
    fresh = DataCapture.objects.get(pk=capture.pk)
    return services.save_capture(capture=fresh, values=values, merge=True, version=fresh.version, by=nurse, **more)


def queries(capture):
    return list(DataQuery.objects.filter(capture=capture).order_by("pk"))


def counters(capture):
    capture = DataCapture.objects.get(pk=capture.pk)
    return capture.open_queries, capture.answered_queries


def test_submitted_value_outside_its_range_is_asked_about(subject, nurse):
    capture = fill(subject, nurse, {"SYSBP": "210"})

    (query,) = queries(capture)
    assert (query.state, query.source, query.place, query.value) == (State.OPEN, "SYSTEM", "SYSBP", "210")
    assert query.message == "Expected 80 to 200 mmHg."
    assert counters(capture) == (1, 0)
    assert (capture.open_queries, capture.version) == (1, 1)


def test_fired_check_and_range_of_one_item_are_two_queries(subject, nurse):
    fill(subject, nurse)
    capture = fill(subject, nurse, {"SYSBP": "210"}, visit="W2")

    assert {query.check_oid for query in queries(capture)} == {"", "RISE"}


def test_value_that_comes_to_pass_resolves_its_query(subject, nurse):
    capture = fill(subject, nurse, {"SYSBP": "210"})

    save(capture, nurse, {"SYSBP": "120"})

    (query,) = queries(capture)
    assert (query.state, query.resolution, query.last_value) == (State.RESOLVED, "CORRECTED", "120")
    entry = DataQueryEntry.objects.get(query=query)
    assert (entry.kind, entry.author, entry.author_role, entry.capture_version) == ("RESOLVED", nurse, "COORDINATOR", 2)
    assert counters(capture) == (0, 0)


def test_failing_again_asks_again_and_links_the_earlier_query(subject, nurse):
    capture = fill(subject, nurse, {"SYSBP": "210"}, visit="W2")
    save(capture, nurse, {"SYSBP": "120"})

    save(capture, nurse, {"SYSBP": "215"})

    first, again = queries(capture)
    assert (again.state, again.previous, again.value) == (State.OPEN, first, "215")


def test_prompt_on_a_draft_is_on_record_and_nobodys_work(subject, nurse):
    capture = fill(subject, nurse, {"SYSBP": "210"}, submit=False)
    (query,) = queries(capture)
    assert (query.state, counters(capture)) == (State.CANDIDATE, (0, 0))

    save(capture, nurse, {}, submit=True)

    query.refresh_from_db()
    assert (query.state, counters(capture)) == (State.OPEN, (1, 0))
    assert DataQueryEntry.objects.get(query=query).get_kind_display() == "Submitted as it is"


def test_trail_holds_the_value_the_prompt_and_what_was_done(subject, nurse):
    capture = fill(subject, nurse, {"SYSBP": "210"}, submit=False)
    save(capture, nurse, {"SYSBP": "130"}, reason="")

    (query,) = queries(capture)
    told = AuditLog.objects.filter(patient_id=subject.patient_id).order_by("created_at", "pk")
    typed = told.filter(entity_id=capture.pk, field="SYSBP").values_list("new_value", flat=True)
    assert list(typed) == ["210", "130"]
    (noted,) = told.filter(entity_id=query.pk, action="captures.query_noted")
    assert noted.metadata["message"] == "Expected 80 to 200 mmHg."
    assert told.filter(entity_id=query.pk, action="captures.query_resolved", field="state").exists()


def test_changed_value_checks_the_forms_that_read_it(subject, nurse):
    screening = fill(subject, nurse, {"SYSBP": "120"})
    later = fill(subject, nurse, {"SYSBP": "140"}, visit="W2")
    assert queries(later) == []

    save(screening, nurse, {"SYSBP": "100"})

    (query,) = queries(later)
    now = DataCapture.objects.get(pk=later.pk)
    assert (query.check_oid, query.state) == ("RISE", State.OPEN)
    assert (now.open_queries, now.flagged_items, now.version, now.data) == (1, 1, 1, later.data)
    assert DataCapture.history.filter(id=later.pk).count() == 1

    save(screening, nurse, {"SYSBP": "120"})

    query.refresh_from_db()
    now.refresh_from_db()
    assert (query.state, now.open_queries, now.flagged_items) == (State.RESOLVED, 0, 0)


def test_counters_move_without_a_conflict_for_who_types_meanwhile(subject, nurse):
    screening = fill(subject, nurse)
    later = fill(subject, nurse, {"SYSBP": "140"}, visit="W2")
    save(screening, nurse, {"SYSBP": "100"})

    saved = services.save_capture(
        capture=later, values={"WEIGHT": "72"}, merge=True, reason="Source corrected", version=later.version, by=nurse
    )

    assert (saved.version, saved.open_queries) == (2, 1)


def test_finalised_form_that_reads_a_changed_value_is_asked_about(subject, nurse):
    screening = fill(subject, nurse)
    later = fill(subject, nurse, {"SYSBP": "140"}, visit="W2")
    services.finalise_capture(capture=later, by=factories.investigator_at(subject.site))

    save(screening, nurse, {"SYSBP": "100"})

    assert counters(later) == (1, 0)


def test_closed_query_comes_back_only_with_another_value(subject, nurse):
    capture = fill(subject, nurse, {"SYSBP": "210"})
    (query,) = queries(capture)
    services.answer_query(query=query, text="Measured twice.", by=nurse)
    services.close_query(query=query, by=factories.data_manager_of(subject.trial))

    save(capture, nurse, {"WEIGHT": "70"})
    assert [query.state for query in queries(capture)] == [State.CLOSED]

    save(capture, nurse, {"SYSBP": "220"})
    assert [query.state for query in queries(capture)] == [State.CLOSED, State.OPEN]


def test_change_answers_what_people_asked_about_the_value(subject, nurse):
    capture = fill(subject, nurse)
    monitor = factories.monitor_at(subject.site)
    asked = services.raise_query(capture=capture, place="SYSBP", message="Source says 130.", by=monitor)

    save(capture, nurse, {"SYSBP": "130"}, reason="Transcription error")

    asked.refresh_from_db()
    assert (asked.state, asked.resolution, counters(capture)) == (State.ANSWERED, "CORRECTED", (0, 1))
    entry = asked.entries.get()
    assert (entry.text, entry.value, entry.capture_version) == ("Transcription error", "130", 2)


def test_many_forms_take_as_many_statements_as_few(subject, nurse):
    forms = [fill(factories.subject_at(subject.site), nurse, {"SYSBP": "210"}) for _ in range(3)]

    def statements(captures):
        rows = DataCapture.objects.filter(pk__in=[one.pk for one in captures]).select_related(
            "study_version", "subject"
        )
        with CaptureQueriesContext(connection) as found:
            services.sync_many(list(rows), by=nurse)
        return len(found)

    statements(forms[:1])
    assert statements(forms[:1]) == statements(forms)


def test_trail_and_rows_agree_after_all_of_it(subject, nurse):
    screening = fill(subject, nurse)
    later = fill(subject, nurse, {"SYSBP": "140"}, visit="W2")
    save(screening, nurse, {"SYSBP": "100"})
    services.answer_query(query=queries(later)[0], text="As measured.", by=nurse)

    assert verify().faults == []
