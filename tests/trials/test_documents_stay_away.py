"""A study's document can weigh half a megabyte: what refers to a study version does not fetch it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from captures.models import DataCapture
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_capture_reads_its_form_without_fetching_the_document_again():
    capture = factories.capture_of(factories.subject_at(factories.active_site()))
    assert capture.form_definition

    with CaptureQueriesContext(connection) as statements:
        again = DataCapture.objects.get(pk=capture.pk)
        assert again.form_definition == capture.form_definition

    assert not any('"document"' in one["sql"] for one in statements.captured_queries)
