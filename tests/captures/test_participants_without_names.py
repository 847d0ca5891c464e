"""Who may not know a participant meets no name of theirs: on pages, in the history, the API and the records."""

import pytest
from django.urls import reverse

from captures.services import create_capture, finalise_capture, save_capture
from edc.accounts.services.accounts import update_profile
from tests import factories
from tests.api import calling

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAME = "Zelda Fictional"


def named_participant_of(subject):
    account = factories.participant_of(subject)
    return update_profile(user=account, display_name=NAME, time_zone="UTC", locale="en-gb")


@pytest.fixture
def diary():
    """Return a diary that its participant, whose account bears a name, began and sent; it is finalised."""
    subject = factories.subject_at(factories.active_site())
    account = named_participant_of(subject)
    diary = create_capture(subject=subject, visit="W2", form="DIARY", values={"MOOD": "7"}, by=account)
    diary = save_capture(capture=diary, values={"MOOD": "8"}, version=1, submit=True, by=account)
    return finalise_capture(capture=diary, by=factories.investigator_at(subject.site))


def pages_of(diary):
    captures = [reverse(f"captures:{page}", args=[diary.pk]) for page in ("capture", "history", "compare")]
    site = [reverse(f"captures:{page}", args=[diary.site_id]) for page in ("site_home", "work")]
    return [*captures, *site, reverse("captures:work", args=[diary.site_id]) + "?list=MISSING"]


def records_of(diary):
    whole = [("captures", "datacapture", diary), ("patients", "patientprofile", diary.patient)]
    for app, model, row in whole:
        for page in ("change", "history"):
            yield reverse(f"admin:{app}_{model}_{page}", args=[row.pk])
        for version in row.history.all():
            yield reverse(f"admin:{app}_{model}_simple_history", args=[row.pk, version.pk])


@pytest.mark.parametrize("make", [factories.data_manager_of, factories.monitor_at, factories.auditor_of])
def test_pages_say_participant(client, diary, make):
    client.force_login(make(diary.trial))

    pages = [client.get(address) for address in pages_of(diary)]

    assert {page.status_code for page in pages} == {200}
    assert all("Participant" in page.content.decode() for page in pages[:2])
    assert not any(NAME in page.content.decode() for page in pages)


def test_records_say_participant(client, diary):
    client.force_login(factories.data_manager_of(diary.trial))

    pages = [client.get(address) for address in records_of(diary)]

    assert {page.status_code for page in pages} == {200}
    assert not any(NAME in page.content.decode() for page in pages)


def test_api_says_participant(diary):
    history = calling.by(factories.data_manager_of(diary.trial)).get(f"captures/{diary.pk}/history/").json()

    assert [version["actor_name"] for version in history["results"]] == [
        "Investigator",
        *("Participant", "Participant"),
    ]
