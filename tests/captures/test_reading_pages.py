"""A capture to read: its values in words, its history, two versions compared; finalised and opened again."""

import pytest
from django.urls import reverse

from captures import services
from tests import factories
from tests.captures.doors import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def capture():
    """Return a submitted form whose blood pressure was corrected once."""
    capture = factories.capture_of(factories.subject_at(factories.active_site()), submit=True)
    values = factories.VALUES | {"SYSBP": "210"}
    nurse = factories.coordinator_at(capture.site)
    return services.save_capture(capture=capture, values=values, reason="Source corrected", version=1, by=nurse)


def address(capture, page="capture", query=""):
    return reverse(f"captures:{page}", args=[capture.pk]) + query


def test_values_are_in_words_with_their_units_and_prompts(client, capture):
    client.force_login(factories.monitor_at(capture.site))

    page = text_of(client.get(address(capture)))

    assert "210 mmHg" in page
    assert "71.50 kg" in page
    assert "Lying" in page
    assert "Expected 80 to 200 mmHg." in page


@pytest.mark.parametrize("page", ["capture", "history"])
def test_history_says_what_changed_who_when_and_why(client, capture, page):
    client.force_login(factories.auditor_of(capture.trial))

    text = text_of(client.get(address(capture, page)))

    assert '<del class="value-old">120 mmHg</del>' in text
    assert '<ins class="value-new">210 mmHg</ins>' in text
    assert "Study coordinator, study coordinator" in text
    assert "Source corrected" in text
    assert " UTC" in text


def test_required_item_left_empty_is_shown_as_missing(client):
    capture = factories.capture_of(factories.subject_at(factories.active_site()), {"WEIGHT": "70"}, submit=True)
    client.force_login(factories.monitor_at(capture.site))

    assert "Missing items" in text_of(client.get(address(capture)))


def test_versions_are_compared_field_by_field(client, capture):
    client.force_login(factories.monitor_at(capture.site))

    page = text_of(client.get(address(capture, "compare", "?from=1&to=2")))

    assert "1 field differs" in page
    assert "210 mmHg" in page
    assert "71.50 kg" not in page
    assert "71.50 kg" in text_of(client.get(address(capture, "compare", "?from=1&to=2&show=all")))


@pytest.mark.parametrize("query", ["?from=1&to=9", "?from=77&to=1"])
def test_version_that_never_was_is_not_found(client, capture, query):
    client.force_login(factories.monitor_at(capture.site))

    assert client.get(address(capture, "compare", query)).status_code == 404


@pytest.mark.slow
def test_history_pages_by_version(client, capture):
    nurse = factories.coordinator_at(capture.site)
    for version in range(2, 24):
        values = factories.VALUES | {"SYSBP": str(100 + version)}
        services.save_capture(capture=capture, values=values, reason="Again", version=version, by=nurse)
    client.force_login(nurse)

    newest = text_of(client.get(address(capture, "history")))
    older = text_of(client.get(address(capture, "history", "?before=5")))

    assert 'id="version-24"' in newest
    assert 'id="version-4"' not in newest
    assert 'href="?before=5"' in newest
    assert 'id="version-4"' in older
    assert 'id="version-1"' in older


def test_plain_value_is_shown_with_its_history(client):
    subject = factories.subject_at(factories.active_site())
    nurse = factories.coordinator_at(subject.site)
    capture = services.create_plain_capture(subject=subject, data_value="BP 120/80", by=nurse)
    client.force_login(nurse)

    assert "BP 120/80" in text_of(client.get(address(capture)))
    assert "BP 120/80" in text_of(client.get(address(capture, "history")))
    assert client.get(address(capture, "edit")).status_code == 404


def test_investigator_finalises_and_opens_again_with_a_reason(client, capture):
    client.force_login(factories.investigator_at(capture.site))

    client.post(address(capture, "finalise"), {"version": 2})
    capture.refresh_from_db()
    assert capture.status == "FINALISED"

    refused = client.post(address(capture, "reopen"), {"version": 3, "reason": " "})
    assert refused.status_code == 422
    client.post(address(capture, "reopen"), {"version": 3, "reason": "Wrong arm cuff"})
    capture.refresh_from_db()
    assert capture.status == "SUBMITTED"


def test_nobody_finalises_what_they_did_not_see(client, capture):
    client.force_login(factories.investigator_at(capture.site))

    assert client.post(address(capture, "finalise"), {"version": 1}).status_code == 412
    assert client.post(address(capture, "finalise")).status_code == 400
    capture.refresh_from_db()
    assert capture.status == "SUBMITTED"


@pytest.mark.parametrize("who", [factories.coordinator_at, factories.monitor_at])
def test_only_investigators_finalise_and_reopen(client, capture, who):
    client.force_login(who(capture.site))

    assert client.post(address(capture, "finalise"), {"version": 2}).status_code == 403
    assert client.post(address(capture, "reopen"), {"version": 2, "reason": "Why not"}).status_code == 403
    assert "Finalise</button>" not in text_of(client.get(address(capture)))


@pytest.mark.parametrize("page", ["capture", "history", "compare"])
def test_other_sites_and_sponsors_see_nothing(client, capture, page):
    for stranger in (factories.coordinator_at(factories.site_in(capture.trial)), factories.sponsor_of(capture.trial)):
        client.force_login(stranger)
        assert client.get(address(capture, page)).status_code == 404
