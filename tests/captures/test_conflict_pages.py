"""Two people change the same form: both values side by side, nothing typed is lost, nothing overwritten unseen."""

import pytest
from django.urls import reverse

from captures.services import create_capture, save_capture
from tests import factories
from tests.captures.doors import form_address, text_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def capture():
    return factories.capture_of(factories.subject_at(factories.active_site()), {"SYSBP": "120", "WEIGHT": "70"})


@pytest.fixture
def other(capture):
    return factories.coordinator_at(capture.site)


@pytest.fixture
def address(client, capture):
    client.force_login(factories.coordinator_at(capture.site))
    return reverse("captures:edit", args=[capture.pk])


def conflict(client, capture, address, other, mine):
    """Let somebody save 135 and a note first, then send what was typed over version 1."""
    save_capture(capture=capture, values={"SYSBP": "135", "WEIGHT": "70", "NOTE": "Resting"}, version=1, by=other)
    return client.post(address, typed(mine, version=1))


def test_conflict_shows_both_values_and_keeps_what_was_typed(client, capture, address, other):
    answer = conflict(client, capture, address, other, {"SYSBP": "128", "WEIGHT": "71"})

    page = text_of(answer)
    assert answer.status_code == 412
    assert all(f"<span>{text}</span>" in page for text in ("135 mmHg", "128 mmHg", "70 kg", "71 kg", "Resting"))
    assert '<input type="hidden" name="i_SYSBP" value="128">' in page
    capture.refresh_from_db()
    assert capture.data["SYSBP"] == "135"


def test_conflict_does_not_call_typed_what_was_only_opened(client, capture, address, other):
    page = text_of(conflict(client, capture, address, other, {"SYSBP": "120", "WEIGHT": "71"}))

    pressure, weight = (page.partition(f'value="{oid}"')[2].partition("</tr>")[0] for oid in ("SYSBP", "WEIGHT"))
    assert ("As you opened it" in pressure, "Typed by you" in pressure) == (True, False)
    assert ("As you opened it" in weight, "Typed by you" in weight) == (False, True)


def test_chosen_sides_are_saved(client, capture, address, other):
    mine = {"SYSBP": "128", "WEIGHT": "71"}
    conflict(client, capture, address, other, mine)
    sides = {"choose_SYSBP": "theirs", "choose_WEIGHT": "mine", "choose_NOTE": "theirs"}
    clash = {"clash": ["SYSBP", "WEIGHT", "NOTE"], "read": 1}

    client.post(address, typed(mine, version=2, **clash, **sides))

    capture.refresh_from_db()
    assert capture.data == {"SYSBP": "135", "WEIGHT": "71", "NOTE": "Resting"}


def test_undecided_conflict_saves_nothing(client, capture, address, other):
    mine = {"SYSBP": "128", "WEIGHT": "70"}
    conflict(client, capture, address, other, mine)

    answer = client.post(address, typed(mine, version=2, clash=["SYSBP", "NOTE"], read=1, choose_NOTE="theirs"))

    assert answer.status_code == 422
    assert "Choose one of the two values" in text_of(answer)
    capture.refresh_from_db()
    assert capture.version == 2


def test_time_of_observation_can_clash_too(client, capture, address, other):
    mine = typed({"SYSBP": "120", "WEIGHT": "70"}, version=1, observed_time="11:15")
    moved = capture.timestamp.replace(hour=10)
    save_capture(capture=capture, values=capture.data, timestamp=moved, version=1, by=other)

    answer = client.post(address, mine)
    assert "02 Jun 2026 11:15" in text_of(answer)
    client.post(address, mine | {"version": 2, "clash": "@", "choose_@": "theirs"})

    capture.refresh_from_db()
    assert capture.timestamp == moved


def test_conflict_with_a_form_submitted_meanwhile_asks_why(client, capture, address, other):
    save_capture(capture=capture, values={"SYSBP": "135", "WEIGHT": "70"}, version=1, submit=True, by=other)
    mine = {"SYSBP": "128", "WEIGHT": "70"}

    answer = client.post(address, typed(mine, version=1))
    assert 'name="reason_text"' in text_of(answer)
    choice = {"clash": "SYSBP", "choose_SYSBP": "mine", "reason_text": "Read again"}
    client.post(address, typed(mine, version=2, **choice))

    capture.refresh_from_db()
    assert capture.data["SYSBP"] == "128"


def test_form_begun_by_two_people_is_a_conflict_and_no_loss(client, capture, address, other):
    create_capture(subject=capture.subject, visit="W2", form="VS", values={"SYSBP": "99"}, by=other)

    answer = client.post(form_address(capture.subject, visit="W2"), typed({"SYSBP": "111"}, key="k"))

    assert answer.status_code == 409
    assert "99 mmHg" in text_of(answer)
    assert "111 mmHg" in text_of(answer)
