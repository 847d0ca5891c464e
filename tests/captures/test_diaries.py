"""What the participant reports is the participant's word: nobody else writes it, and nobody before its days."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from captures.models import DataCapture
from patients.services import change_disposition
from tests import factories
from tests.api import calling
from tests.captures.doors import form_address, text_of, typed

pytestmark = pytest.mark.django_db
MOOD = {"MOOD": "7"}


@pytest.fixture
def subject():
    return factories.subject_at(factories.active_site())


@pytest.fixture
def diary(subject):
    """Return a diary that its participant sent."""
    by = factories.participant_of(subject)
    return factories.capture_of(subject, MOOD, visit="W2", form="DIARY", by=by, submit=True)


def body_of(subject, **more):
    return {"subject": str(subject.pk), "visit": "W2", "form": "DIARY", "data": MOOD} | more


@pytest.mark.parametrize("make", [factories.coordinator_at, factories.investigator_at])
def test_staff_do_not_begin_the_participants_diary(client, subject, make):
    someone = make(subject.site)
    client.force_login(someone)

    answers = [
        client.get(form_address(subject, "DIARY", "W2")),
        client.post(form_address(subject, "DIARY", "W2"), typed(MOOD, act="submit")),
        calling.by(someone).post("captures/", body_of(subject, submit=True)),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert not DataCapture.objects.exists()


def test_staff_do_not_change_what_the_participant_sent(client, subject, diary):
    nurse = factories.coordinator_at(subject.site)
    client.force_login(nurse)
    edit = reverse("captures:edit", args=[diary.pk])

    answers = [
        client.get(edit),
        client.post(edit, typed({"MOOD": "1"}, version=1, reason_kind="Other", reason_text="Because")),
        calling.by(nurse)("PATCH", f"captures/{diary.pk}/", {"data": {"MOOD": "1"}, "reason": "So"}, version=1),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert edit not in text_of(client.get(reverse("captures:capture", args=[diary.pk])))
    diary.refresh_from_db()
    assert diary.data == MOOD


def test_investigator_finalises_what_the_participant_sent(client, subject, diary):
    client.force_login(factories.investigator_at(subject.site))

    client.post(reverse("captures:finalise", args=[diary.pk]), {"version": 1})

    diary.refresh_from_db()
    assert diary.status == "FINALISED"


@pytest.mark.parametrize("submit", [True, False])
def test_diary_waits_for_its_days(client, submit):
    site = factories.active_site()
    nurse, today = factories.coordinator_at(site), timezone.localdate()
    subject = factories.patients.enrol_subject(
        patient=factories.patient_at(site), site=site, number="P-1", enrolled_on=today, by=nurse
    )
    participant = factories.participant_of(subject)
    client.force_login(participant)
    address = reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])

    for day_one in (None, today - timedelta(1)):
        if day_one:
            for to, arm in (("ENROLLED", None), ("RANDOMISED", "A")):
                subject = change_disposition(
                    subject=subject, disposition=to, on=today, arm=arm, reason="Visit", by=nurse
                )
        sent = calling.by(participant).post("captures/", body_of(subject, submit=submit))
        page = client.post(address, {"act": "submit", "version": 0, "key": "k", "i_MOOD": "7"})
        assert (sent.status_code, page.status_code) == (409, 409)
        assert "too early" in sent.json()["detail"]

    assert not DataCapture.objects.exists()


def test_no_visit_is_entered_after_the_subject_left(client, subject):
    nurse, today = factories.coordinator_at(subject.site), timezone.localdate()
    change_disposition(subject=subject, disposition="WITHDRAWN", on=today - timedelta(3), reason="Moved", by=nurse)
    client.force_login(nurse)
    late = typed(observed_date=f"{today - timedelta(2):%d %b %Y}")

    refused = client.post(form_address(subject, visit="W2"), late)
    assert refused.status_code == 409
    assert "No visit is expected after that day." in text_of(refused)
    assert client.post(form_address(subject), typed()).status_code == 302
    ache = typed({"AETERM": "Ache"}, observed_date=f"{today - timedelta(2):%d %b %Y}")
    assert client.post(form_address(subject, "AE", "LOG"), ache).status_code == 302

    moved = client.post(reverse("captures:edit", args=[DataCapture.objects.get(form="VS").pk]), late | {"version": 1})
    assert moved.status_code == 409
