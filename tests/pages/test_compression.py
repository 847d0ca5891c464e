"""Pages travel compressed, so that a long one arrives soon over a slow line; the API's ETags stay strong."""

import gzip

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories

ACCEPTS = {"Accept-Encoding": "gzip"}


@pytest.fixture
def capture(db):
    return factories.capture_of(factories.subject_at(factories.active_site()))


@pytest.fixture
def client(capture):
    client = Client()
    client.force_login(factories.coordinator_at(capture.site))
    return client


def test_a_page_is_sent_compressed_to_who_takes_it_and_plain_to_who_does_not(client, capture):
    address = reverse("captures:casebook", args=[capture.subject_id])

    plain, packed = client.get(address), client.get(address, headers=ACCEPTS)

    assert "Content-Encoding" not in plain.headers
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain["Vary"]
    assert capture.subject.number in gzip.decompress(packed.content).decode()
    assert len(packed.content) < len(plain.content) / 2


def test_the_length_of_a_compressed_page_tells_nothing_exact(client):
    lengths = {len(client.get("/account/profile/", headers=ACCEPTS).content) for _ in range(8)}

    assert len(lengths) > 1


def test_the_api_keeps_its_strong_etag(client, capture):
    answer = client.get(f"/api/v1/captures/{capture.pk}/", headers=ACCEPTS)

    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    assert "Content-Encoding" not in answer.headers
