import pytest
from django.urls import reverse
from tests import factories
pytestmark = pytest.mark.django_db
def test_smoke(client):
    site = factories.active_site()
    subject = factories.subject_at(site)
    someone = factories.participant_of(subject)
    capture = factories.capture_of(subject)
    client.force_login(someone)
    for address in ["/", reverse("captures:today"), reverse("captures:my_data"), reverse("captures:my_trials"), reverse("captures:my_capture", args=[capture.pk]), reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])]:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
    answer = client.post(address, {"act": "submit", "version": 0, "key": "k"})
    assert "left a question" in answer.content.decode()
    answer = client.post(address, {"act": "submit", "version": 0, "key": "k", "i_MOOD": "7"})
    assert answer.status_code == 302
