"""Data queries on the pages: asked, answered in place, closed, asked again; found in the inbox and beside the value."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from captures import services
from captures.models import DataCapture, DataQuery
from tests import factories
from tests.captures.doors import text_of

pytestmark = pytest.mark.django_db

INBOX, ANSWER_ALL = reverse("captures:queries"), reverse("captures:answer_queries")


@pytest.fixture
def site():
    return factories.active_site()


@pytest.fixture
def capture(site):
    return factories.capture_of(factories.subject_at(site), submit=True)


@pytest.fixture
def nurse(client, site):
    someone = factories.coordinator_at(site)
    client.force_login(someone)
    return someone


def asked_about(capture, message="The source says 130.", *, place="SYSBP", by=None):
    by = by or factories.monitor_at(capture.site)
    return services.raise_query(capture=capture, place=place, message=message, by=by)


def answered(query, *, by=None):
    by = by or factories.coordinator_at(query.site)
    return services.answer_query(query=query, text="Measured twice.", by=by)


def address(query):
    return reverse("captures:query", args=[query.pk])


def send(client, query, act, **given):
    query = DataQuery.objects.get(pk=query.pk)
    return client.post(address(query), {"act": act, "version": query.version, **given})


def state(query):
    return DataQuery.objects.get(pk=query.pk).state


def test_a_query_stands_beside_its_field_while_the_form_is_entered(client, nurse, capture):
    query = asked_about(capture)
    page = reverse("captures:edit", args=[capture.pk])

    text = text_of(client.get(page))

    field = text.split('id="id_i_SYSBP_field"')[1].split('id="id_i_WEIGHT_field"')[0]
    assert "The source says 130." in field
    assert f"{address(query)}?next={page}" in field


def test_monitor_asks_about_a_value_and_the_site_finds_it(client, site, capture):
    monitor = factories.monitor_at(site)
    client.force_login(monitor)
    page = reverse("captures:raise_query", args=[capture.pk])
    assert f'href="{page}?place=SYSBP"' in text_of(client.get(reverse("captures:capture", args=[capture.pk])))

    client.post(page, {"place": "SYSBP", "message": "The source says 130.", "key": "once"})
    client.post(page, {"place": "SYSBP", "message": "The source says 130.", "key": "once"})

    (query,) = DataQuery.objects.all()
    assert (query.source, query.opened_by, query.opener_role, query.value) == (
        "SITE_MONITOR",
        monitor,
        "MONITOR",
        "120",
    )
    client.force_login(factories.coordinator_at(site))
    home = text_of(client.get(reverse("captures:site_home", args=[site.pk])))
    assert f"{INBOX}?site={site.pk}&amp;state=OPEN" in home
    assert "Data queries for us" in home
    inbox = text_of(client.get(INBOX))
    assert "The source says 130." in inbox
    assert f"{reverse('captures:edit', args=[capture.pk])}?query={query.pk}#id_i_SYSBP_field" in inbox
    beside = text_of(client.get(reverse("captures:capture", args=[capture.pk])))
    assert "The source says 130." in beside
    assert "Open query" in text_of(client.get(reverse("captures:casebook", args=[capture.subject_id])))


def test_site_answers_in_place_and_comes_back_to_its_list(client, nurse, capture):
    query = asked_about(capture)
    back = f"{INBOX}?state=OPEN"

    response = send(client, query, "answer", text="Measured twice.", resolution="CONFIRMED", next=back)

    assert (response.status_code, response["Location"]) == (302, back)
    assert state(query) == "ANSWERED"
    page = text_of(client.get(address(query)))
    assert "Measured twice." in page
    assert "confirmed correct" in page
    assert "study coordinator" in page


def test_answer_goes_nowhere_but_here(client, nurse, capture):
    query = asked_about(capture)

    given = {"text": "Yes", "resolution": "CONFIRMED", "next": "https://elsewhere.example/"}
    response = send(client, query, "answer", **given)

    assert response["Location"] == address(query)


def test_answer_without_words_keeps_what_was_chosen(client, nurse, capture):
    query = asked_about(capture)

    response = send(client, query, "answer", text="", resolution="UNRESOLVABLE")

    assert response.status_code == 422
    assert 'value="UNRESOLVABLE" selected' in text_of(response)
    assert state(query) == "OPEN"


def test_what_somebody_else_moved_on_is_said_and_not_done(client, nurse, capture):
    query = asked_about(capture)
    answered(query)

    given = {"act": "answer", "version": 1, "text": "Mine", "resolution": "CONFIRMED"}
    response = client.post(address(query), given)

    assert response.status_code == 412
    assert "Somebody else moved this query on" in text_of(response)
    assert "Measured twice." in text_of(response)


def test_monitor_closes_what_a_monitor_asked_and_asks_again(client, site, capture):
    query = answered(asked_about(capture))
    client.force_login(factories.monitor_at(site))

    send(client, query, "requery", text="Which of the two?")
    assert state(query) == "OPEN"
    answered(query)
    send(client, query, "close", text="", resolution="")

    query.refresh_from_db()
    assert (query.state, query.resolution) == ("CLOSED", "CONFIRMED")
    assert "Which of the two?" in text_of(client.get(address(query)))


def test_data_manager_closes_any_and_a_monitor_none_of_theirs(client, site, capture):
    manager = factories.data_manager_of(site.trial)
    query = answered(asked_about(capture, by=manager))
    client.force_login(factories.monitor_at(site))
    assert send(client, query, "close").status_code == 403

    client.force_login(manager)
    send(client, query, "close")

    assert state(query) == "CLOSED"


def test_open_query_is_taken_back_with_a_reason(client, site, capture):
    monitor = factories.monitor_at(site)
    query = asked_about(capture, by=monitor)
    client.force_login(monitor)

    assert send(client, query, "cancel", text="").status_code == 422
    send(client, query, "cancel", text="Asked twice.")

    assert state(query) == "CANCELLED"
    assert DataCapture.objects.get(pk=capture.pk).open_queries == 0


def test_ended_query_is_asked_anew_and_linked(client, site, capture):
    monitor = factories.monitor_at(site)
    query = answered(asked_about(capture, by=monitor))
    services.close_query(query=query, by=monitor)
    client.force_login(monitor)
    assert "Ask anew" in text_of(client.get(address(query)))

    page = f"{reverse('captures:raise_query', args=[capture.pk])}?previous={query.pk}"
    assert "Asked before: The source says 130." in text_of(client.get(page))
    client.post(page, {"place": "SYSBP", "message": "It still says 130."})

    assert DataQuery.objects.get(message="It still says 130.").previous == query


def test_several_are_answered_with_one_text_or_none(client, nurse, site, capture):
    other = factories.capture_of(factories.subject_at(site), submit=True)
    queries = [asked_about(capture), asked_about(other)]
    given = {"query": [query.pk for query in queries], "resolution": "CONFIRMED", "text": "Seen in the source."}

    client.post(ANSWER_ALL, given)

    assert [state(query) for query in queries] == ["ANSWERED", "ANSWERED"]
    fresh = asked_about(capture, "And the arm?")
    again = client.post(ANSWER_ALL, given | {"query": [fresh.pk, queries[0].pk]})
    assert again.status_code == 409
    assert "already" in text_of(again)
    assert state(fresh) == "OPEN"


def test_inbox_is_narrowed_by_its_address(client, nurse, site, capture):
    asked_about(capture, "From the monitor.")
    factories.capture_of(factories.subject_at(site), factories.VALUES | {"SYSBP": "210"}, submit=True)
    answered(asked_about(capture, "Answered one.", place="WEIGHT"))

    def seen(query):
        page = text_of(client.get(f"{INBOX}?{query}"))
        said = ("From the monitor.", "Expected 80 to 200", "Answered one.")
        return [text for text in said if text in page]

    assert seen("") == ["From the monitor.", "Expected 80 to 200", "Answered one."]
    assert seen("state=ANSWERED") == ["Answered one."]
    assert seen("source=SYSTEM") == ["Expected 80 to 200"]
    assert seen(f"q={capture.subject.number}&trial={site.trial_id}") == ["From the monitor.", "Answered one."]
    assert seen("age=7") == []
    assert seen("form=AE") == []
    chip = text_of(client.get(f"{INBOX}?state=ANSWERED&source=SYSTEM"))
    assert "Asked by: Edit check" in chip


def test_inbox_pages_subject_by_subject(client, nurse, site, monkeypatch):
    monkeypatch.setattr("captures.selectors.queries.QUERIES_ON_A_PAGE", 2)
    monitor = factories.monitor_at(site)
    subjects = [factories.subject_at(site) for _ in range(2)]
    captures = [factories.capture_of(subject, submit=True) for subject in subjects]
    for number, capture in enumerate([*captures, captures[0]]):
        asked_about(capture, f"Question {number}.", by=monitor)

    first = client.get(INBOX)
    second = client.get(f"{INBOX}?after={first.context['after']}")

    def said(response):
        return [one.line.query.message for _, ones in response.context["groups"] for one in ones]

    assert said(first) == ["Question 0.", "Question 2."]
    assert said(second) == ["Question 1."]


def test_inbox_asks_as_many_statements_for_few_as_for_many(client, nurse, site):
    monitor = factories.monitor_at(site)

    def add():
        query = asked_about(factories.capture_of(factories.subject_at(site), submit=True), by=monitor)
        answered(query, by=nurse)

    def statements():
        with CaptureQueriesContext(connection) as found:
            assert client.get(INBOX).status_code == 200
        return len(found)

    add()
    client.get(INBOX)
    few = statements()
    add()
    add()
    assert statements() == few


def test_monitor_of_another_site_finds_nothing(client, site, capture):
    query = asked_about(capture)
    client.force_login(factories.monitor_at(factories.site_in(site.trial)))

    assert client.get(address(query)).status_code == 404
    assert "The source says 130." not in text_of(client.get(INBOX))


def test_participant_never_sees_a_query(client, site):
    subject = factories.subject_at(site)
    person = factories.participant_of(subject)
    query = asked_about(factories.capture_of(subject, submit=True))
    client.force_login(person)

    assert client.get(INBOX).status_code == 404
    assert client.get(address(query)).status_code == 404
    assert "quer" not in text_of(client.get(reverse("captures:my_capture", args=[query.capture_id]))).lower()
    assert "captures.query_raised" not in text_of(client.get(reverse("messaging:notifications")))


@pytest.mark.parametrize("role", ["auditor_of", "data_manager_of"])
def test_who_only_reads_finds_no_way_to_answer(client, site, capture, role):
    query = asked_about(capture)
    client.force_login(getattr(factories, role)(site.trial))

    assert "Answer<" not in text_of(client.get(address(query)))
    given = {"text": "Yes", "resolution": "CONFIRMED"}
    assert send(client, query, "answer", **given).status_code == 403


def test_queries_about_a_finalised_form_are_asked_and_answered(client, nurse, site):
    capture = factories.finalised_capture_of(factories.subject_at(site))
    query = asked_about(capture)

    send(client, query, "answer", text="As in the source.", resolution="CONFIRMED")

    assert state(query) == "ANSWERED"
    assert "Correct" not in text_of(client.get(address(query))).partition("query-acts")[2].partition("</div>")[0]
