"""The history of a form shows what its study file told of it."""

import gzip
import re

import pytest
from django.test import Client
from django.urls import reverse

from captures.models import DataCapture
from tests import factories
from tests.captures.importing.test_bring_in_data import bring_in
from tests.trials.formats.files import STUDIES

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


def test_what_a_later_file_changed_is_told_in_words(tmp_path):
    manager = factories.data_manager_of(factories.draft_trial())
    trial = manager.memberships.get().trial
    content = gzip.decompress((STUDIES / "redcapr/repeating-instruments.xml.gz").read_bytes())
    later = tmp_path / "later.xml"
    later.write_bytes(content.replace(b'"age" Value="8.9"', b'"age" Value="9.8"'))
    bring_in("redcapr/repeating-instruments.xml.gz", trial, manager)
    bring_in(later, trial, manager)
    capture = DataCapture.objects.get(version=2)
    client = Client()
    client.force_login(manager)

    page = client.get(reverse("captures:history", args=[capture.pk]))

    told = [(version.what, [(one.old, one.new) for one in version.changes]) for version in page.context["versions"]]
    assert told[0] == ("Brought in from a study file", [("8.9", "9.8")])
    assert told[1][0] == "Brought in from a study file"
    assert not re.search(r"[Ss]tudy import|[Ii]mported version|[Ss]ource keys", page.content.decode())
