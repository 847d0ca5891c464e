"""Progress of a trial: the right numbers of the sites that one may see, and nobody's data."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def progress(client, user, trial):
    client.force_login(user)
    return client.get(reverse("captures:progress", args=[trial.pk]))


def test_sponsor_sees_numbers_and_no_subject(client):
    site = factories.active_site()
    subject = factories.subject_at(site)
    factories.capture_of(subject, submit=True)
    sponsor = factories.sponsor_of(site.trial)

    answer = progress(client, sponsor, site.trial)

    assert answer.context["dispositions"] == [("RANDOMISED", "Randomised", 1)]
    assert ("SUBMITTED", "Submitted", 1) in answer.context["captures"]
    assert subject.number not in answer.content.decode()
    assert "Arm A" not in answer.content.decode()


def test_site_staff_see_the_numbers_of_their_own_site(client):
    site = factories.active_site()
    elsewhere = factories.site_in(site.trial)
    factories.subject_at(elsewhere)

    answer = progress(client, factories.coordinator_at(site), site.trial)

    assert answer.context["progress"].subjects == 0
    assert answer.context["codes"] == [site.code]


def test_progress_costs_the_same_however_many_sites(client):
    site = factories.active_site()
    sponsor = factories.sponsor_of(site.trial)
    progress(client, sponsor, site.trial)
    with CaptureQueriesContext(connection) as few:
        progress(client, sponsor, site.trial)

    for _ in range(3):
        factories.subject_at(factories.site_in(site.trial))

    with CaptureQueriesContext(connection) as many:
        assert progress(client, sponsor, site.trial).context["progress"].subjects == 3
    assert len(many) == len(few)
