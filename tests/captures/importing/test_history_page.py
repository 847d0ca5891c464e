"""The history of a form shows what its study file told of it."""

import pytest
from django.test import Client
from django.urls import reverse

from captures.models import DataCapture
from tests import factories
from tests.captures.importing.test_bring_in_data import bring_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_who_did_what_in_the_other_system_is_shown():
    manager = factories.data_manager_of(factories.draft_trial())
    trial = manager.memberships.get().trial
    bring_in("secutrial/ctu05.xml.gz", trial, manager)
    capture = DataCapture.objects.filter(source_records__kind="AUDIT").order_by("id").first()
    record = capture.source_records.filter(kind="AUDIT").first()
    client = Client()
    client.force_login(manager)

    text = client.get(reverse("captures:history", args=[capture.pk])).content.decode()

    assert "In the system it came from" in text
    assert record.details["time"] in text
