"""Each reading of who patients are is on record: one event for each site, with the patients that were read there."""

import pytest

from audit.models import AuditLog
from tests import factories
from tests.api.calling import by
from trials import services as trials
from trials.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_list_over_two_sites_leaves_one_event_at_each():
    here = factories.active_site()
    there = factories.site_in(here.trial)
    nurse = factories.coordinator_at(here)
    root = factories.administrator()
    trials.grant_membership(user=nurse, trial=here.trial, site=there, role=Role.COORDINATOR, reason="Both", by=root)
    patients = {here.pk: [factories.patient_at(here) for _ in range(2)], there.pk: [factories.patient_at(there)]}

    read = by(nurse).get("patients/")

    assert read.status_code == 200
    assert len(read.json()["results"]) == 3
    events = AuditLog.objects.filter(action="patients.identity_read", actor=nurse)
    assert {event.site_id: event.metadata["count"] for event in events} == {here.pk: 2, there.pk: 1}
    assert events.count() == 2
    for event in events:
        assert set(event.metadata["patients"]) == {str(patient.pk) for patient in patients[event.site_id]}
    assert events.get(site_id=there.pk).patient_id == patients[there.pk][0].pk
    assert events.get(site_id=here.pk).patient_id is None


def test_what_one_may_not_read_is_not_on_record():
    site = factories.active_site()
    factories.patient_at(site)

    by(factories.monitor_at(site)).get("patients/")

    assert not AuditLog.objects.filter(action="patients.identity_read").exists()
