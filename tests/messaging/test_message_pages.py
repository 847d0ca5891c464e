import pytest
from django.urls import reverse
from tests import factories
pytestmark = pytest.mark.django_db
def test_smoke(client):
    site = factories.active_site()
    subject = factories.subject_at(site)
    someone = factories.participant_of(subject)
    conversation = factories.conversation_with(subject)
    for user in (factories.coordinator_at(site), someone):
        client.force_login(user)
        for address in [reverse("messaging:inbox"), reverse("messaging:new"), reverse("messaging:new")+f"?subject={subject.pk}", reverse("messaging:thread", args=[conversation.pk]), reverse("messaging:notifications"), "/counters/"]:
            answer = client.get(address)
            assert answer.status_code == 200, address
    assert "Study team" in client.get(reverse("messaging:thread", args=[conversation.pk])).content.decode()
