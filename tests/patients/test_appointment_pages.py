import pytest
from django.urls import reverse
from tests import factories
pytestmark = pytest.mark.django_db
def test_smoke(client):
    site = factories.active_site()
    subject = factories.subject_at(site)
    nurse = factories.coordinator_at(site)
    client.force_login(nurse)
    for address in [reverse("patients:appointments"), reverse("patients:book"), reverse("patients:book")+f"?subject={subject.pk}", reverse("patients:enrol", args=[site.pk]), reverse("patients:patient", args=[subject.patient_id]), reverse("patients:change_patient", args=[subject.patient_id]), reverse("patients:invite", args=[subject.patient_id])]:
        answer = client.get(address)
        assert answer.status_code == 200, address
    answer = client.post(reverse("patients:invite", args=[subject.patient_id]), {"site": site.pk})
    assert "invitation-code" in answer.content.decode()
    someone = factories.participant_of(subject)
    client.force_login(someone)
    for address in [reverse("patients:appointments"), reverse("patients:ask")]:
        assert client.get(address).status_code == 200
