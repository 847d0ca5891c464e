"""One answer that cannot be kept costs a participant none of the others; a comma before the fraction is read."""

from copy import deepcopy

import pytest
from django.urls import reverse

from captures.models import DataCapture
from tests import factories
from tests.captures.doors import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(client):
    document = deepcopy(factories.DOCUMENT)
    document["forms"][2]["sections"] = [{"items": ["MOOD", "WEIGHT", "NOTE"]}]
    subject = factories.subject_at(factories.site_in(factories.active_trial(document)))
    client.force_login(factories.participant_of(subject))
    return reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])


def sent(values, *, act="draft", version=0):
    return {"act": act, "version": version, "key": "key-of-this-page"} | {f"i_{oid}": v for oid, v in values.items()}


def test_going_on_later_keeps_the_answers_without_fault(client, address):
    first = client.post(address, sent({"MOOD": "7", "WEIGHT": "lots", "NOTE": "Well"}))

    page = text_of(first)
    assert first.status_code == 422
    assert "Write a number" in page
    assert 'value="lots"' in page
    assert "The other answers are saved." in page
    assert DataCapture.objects.get().data == {"MOOD": "7", "NOTE": "Well"}

    again = client.post(address, sent({"MOOD": "8", "WEIGHT": "70", "NOTE": "Well"}, version=1))
    assert again.status_code == 302
    client.post(address, sent({"MOOD": "8", "WEIGHT": "more", "NOTE": ""}, version=2))
    assert DataCapture.objects.get().data == {"MOOD": "8", "WEIGHT": "70"}


def test_nothing_is_sent_with_a_fault(client, address):
    assert client.post(address, sent({"MOOD": "7", "WEIGHT": "lots"}, act="submit")).status_code == 422

    assert not DataCapture.objects.exists()


@pytest.mark.parametrize(("typed", "read"), [("7,5", "7.5"), ("0,75", "0.75"), ("-0,5", "-0.5"), ("1,25", "1.25")])
def test_a_comma_before_the_fraction_is_read(client, address, typed, read):
    stored = DataCapture.objects.filter(data__WEIGHT=read)

    client.post(address, sent({"MOOD": "7", "WEIGHT": typed}))

    assert stored.exists()


@pytest.mark.parametrize("typed", ["1,000", "1,000,5", "1.000,5"])
def test_a_comma_that_may_mean_thousands_is_asked_about(client, address, typed):
    assert client.post(address, sent({"MOOD": "7", "WEIGHT": typed})).status_code == 422

    assert "WEIGHT" not in DataCapture.objects.get().data
