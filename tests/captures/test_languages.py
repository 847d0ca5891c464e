"""Participants read a study in their own language, as far as it is translated."""

from copy import deepcopy

import pytest
from django.urls import reverse

from edc.accounts.services import update_profile
from tests import factories
from tests.captures.doors import text_of

pytestmark = pytest.mark.django_db


def document():
    made = deepcopy(factories.DOCUMENT) | {"language": "en"}
    mood = next(item for item in made["items"] if item["oid"] == "MOOD")
    mood["question"] = {"en": "How do you feel?", "de": "Wie geht es Ihnen?"}
    mood["ranges"] = [{"max": "10", "severity": "HARD", "message": {"en": "At most 10.", "de": "Höchstens 10."}}]
    diary = next(form for form in made["forms"] if form["oid"] == "DIARY")
    diary["name"] = {"en": "Diary", "de-AT": "Tagebuch"}
    return made


@pytest.fixture
def subject():
    return factories.subject_at(factories.site_in(factories.active_trial(document())))


def participant(subject, locale):
    person = factories.participant_of(subject)
    return update_profile(user=person, display_name="Ada", time_zone="UTC", locale=locale)


@pytest.mark.parametrize(
    ("locale", "question", "title"),
    [
        ("de-at", "Wie geht es Ihnen?", "Tagebuch"),
        ("de", "Wie geht es Ihnen?", "Diary"),
        ("fr", "How do you feel?", "Diary"),
        ("en-gb", "How do you feel?", "Diary"),
    ],
)
def test_a_form_speaks_the_participants_language(client, subject, locale, question, title):
    client.force_login(participant(subject, locale))

    page = text_of(client.get(reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])))

    assert question in page
    assert title in page


def test_what_is_wrong_is_said_in_it_and_what_was_sent_is_read_in_it(client, subject):
    person = participant(subject, "de")
    client.force_login(person)
    address = reverse("captures:my_form", args=[subject.pk, "W2", 1, "DIARY", 1])

    refused = client.post(address, {"act": "submit", "version": "0", "key": "", "i_MOOD": "11"})
    capture = factories.capture_of(subject, {"MOOD": "3"}, visit="W2", form="DIARY", by=person, submit=True)

    assert "Höchstens 10." in text_of(refused)
    assert "Wie geht es Ihnen?" in text_of(client.get(reverse("captures:my_capture", args=[capture.pk])))


def test_staff_read_the_documents_own_language(client, subject):
    capture = factories.capture_of(
        subject, {"MOOD": "3"}, visit="W2", form="DIARY", by=participant(subject, "de"), submit=True
    )
    client.force_login(factories.coordinator_at(subject.site))

    assert "Wie geht" not in text_of(client.get(reverse("captures:capture", args=[capture.pk])))


def test_each_language_is_read_once(subject):
    version = subject.study_version

    assert version.definition_in("de") is version.definition_in("de")
    assert version.definition_in("fr") is version.definition
    assert version.definition_in("de-AT").forms_by_oid["DIARY"].name == "Tagebuch"


def test_participants_choose_their_language(client, subject):
    person = factories.participant_of(subject)
    client.force_login(person)

    client.post(reverse("accounts:profile"), {"display_name": "Ada", "time_zone": "UTC", "locale": "de"})

    person.refresh_from_db()
    assert person.locale == "de"
