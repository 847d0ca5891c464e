"""More about one field of a form: its comments and its history; and what the entry page says beside it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from captures.models import FieldComment
from captures.services import comment_on_field, save_capture
from tests import factories
from tests.captures.doors import text_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def nurse(client, subject):
    someone = factories.coordinator_at(subject.site)
    client.force_login(someone)
    return someone


@pytest.fixture
def capture(subject, nurse):
    return factories.capture_of(subject, {"SYSBP": "120"}, submit=True, by=nurse)


def address_of(capture, place="SYSBP"):
    return reverse("captures:field", args=[capture.pk, place])


def edit_address(capture):
    return reverse("captures:edit", args=[capture.pk])


def test_comment_is_written_beside_its_field_and_counted_on_the_page(client, capture, nurse):
    answer = client.post(address_of(capture), {"comment-text": "After a rest", "comment-key": "k"})
    client.post(address_of(capture), {"comment-text": "After a rest", "comment-key": "k"})

    assert answer.url == address_of(capture)
    assert FieldComment.objects.get().author == nurse
    assert "After a rest" in text_of(client.get(address_of(capture)))
    form = client.get(edit_address(capture)).context["form"]
    assert (form.fields["i_SYSBP"].comments, form.fields["i_WEIGHT"].comments) == (1, 0)


def test_comment_without_words_is_refused_where_it_was_written(client, capture):
    answer = client.post(address_of(capture), {"comment-text": " ", "comment-key": "k"}, HTTP_HX_TARGET="field-panel")

    assert answer.status_code == 422
    assert "<html" not in text_of(answer)
    assert "This field is required." in text_of(answer)


def test_history_of_the_field_says_who_changed_it_and_why(client, capture, nurse):
    save_capture(capture=capture, values={"SYSBP": "130"}, version=1, reason="Misread", by=nurse)

    page = text_of(client.get(address_of(capture)))

    assert all(text in page for text in ("120 mmHg", "130 mmHg", "Misread", nurse.display_name))


@pytest.mark.parametrize("place", ["NOSUCH", "CM[1].DRUG"])
def test_field_that_the_form_lacks_is_not_found(client, capture, place):
    assert client.get(address_of(capture, place)).status_code == 404


def test_monitor_reads_and_writes_no_comment(client, capture, subject):
    client.force_login(factories.monitor_at(subject.site))

    assert "Add the comment" not in text_of(client.get(address_of(capture)))
    assert client.post(address_of(capture), {"comment-text": "Hello"}).status_code == 403
    client.force_login(factories.coordinator_at(factories.active_site()))
    assert client.get(address_of(capture)).status_code == 404


def test_value_that_changes_after_submission_shows_what_is_saved(client, capture):
    form = client.post(edit_address(capture), typed({"SYSBP": "130"}, act="autosave", version=1)).context["form"]

    assert form.fields["i_SYSBP"].was == "120 mmHg"
    assert not hasattr(form.fields["i_WEIGHT"], "was")


def test_latest_earlier_value_of_each_item_is_shown_with_its_visit(client, subject, nurse):
    factories.capture_of(subject, {"SYSBP": "117", "WEIGHT": "70"})
    later = factories.capture_of(subject, {"SYSBP": "121"}, visit="W2")

    page = text_of(client.get(edit_address(later)))
    assert "Before: 117 mmHg (Screening)" not in page
    moved = typed({"SYSBP": "121"}, version=1, observed_date="20 Jun 2026")
    client.post(edit_address(later), moved)

    page = text_of(client.get(edit_address(later)))
    assert "Before: 117 mmHg (Screening)" in page
    assert "Before: 70 kg (Screening)" in page


def test_page_costs_the_same_with_one_comment_and_with_three(client, capture, nurse):
    counts = []
    for number in (1, 2):
        for _ in range(number):
            comment_on_field(capture=capture, place="SYSBP", text="Remark", by=nurse)
        client.get(edit_address(capture))
        with CaptureQueriesContext(connection) as statements:
            client.get(edit_address(capture))
        counts.append(len(statements))

    assert counts[0] == counts[1]
