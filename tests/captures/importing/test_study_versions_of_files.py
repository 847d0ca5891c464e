"""A study file without data is looked at on a page, then taken as a draft."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from captures.models import StudyImport
from tests import factories
from trials.models import StudyVersion

pytestmark = pytest.mark.django_db

HEAD = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,Choices,Field Note,Validation,Min,Max,"
    "Identifier?,Branching Logic,Required?,Custom Alignment,Question Number,Matrix Group Name,Matrix Ranking?,"
    "Field Annotation"
)
DICTIONARY = "\n".join(
    [
        HEAD,
        'record_id,baseline,,text,"Record, please",,,,,,,,,,,,,',
        'smokes,baseline,,radio,Do you smoke?,"1, Yes | 0, No",,,,,,,y,,,,,',
        "packs,baseline,,text,Packs a day,,,integer,0,9,,[smokes] = '1',,,,,,",
        "years,baseline,,calc,Pack years,[packs] * 20,,,,,,,,,,,,",
        "odd,baseline,,calc,<script>alert(1)</script>,[current-instance] + 1,,,,,,,,,,,,",
        "lab,baseline,,sql,From a query,select 1,,,,,,,,,,,,",
    ]
)


@pytest.fixture
def trial():
    return factories.draft_trial()


@pytest.fixture
def client(trial, settings, tmp_path):
    settings.STUDY_FILES = tmp_path / "kept"
    client = Client()
    client.force_login(factories.data_manager_of(trial))
    return client


@pytest.fixture
def look(client, trial):
    def send(content, **more):
        file = SimpleUploadedFile("study.csv", content.encode())
        return client.post(reverse("captures:bring_in", args=[trial.pk]), {"file": file}, **more)

    return send


def test_what_was_understood_is_shown_before_anything_is_taken(look):
    answer = look(DICTIONARY, follow=True)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "REDCap data dictionary" in text
    assert "current-instance" in text
    assert "<script>alert" not in text
    assert not StudyVersion.objects.exists()


def test_what_was_shown_is_taken_as_a_draft_once(client, look, trial):
    address = look(DICTIONARY)["Location"]

    for _time in range(2):
        assert client.post(address, {"act": "take"})["Location"] == address

    version = StudyVersion.objects.get(trial=trial)
    assert version.status == StudyVersion.Status.DRAFT
    items = version.definition.forms[0].every_item
    assert items["packs"].condition == "[smokes] = '1'"
    assert items["years"].calculation == "[packs] * 20"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("hello", "neither ODM nor a REDCap"),
        ('{"schema": "other"}', "its schema must be edc-study/1"),
        ('{"schema": "edc-study/1"', "It is damaged"),
        ('{"schema": "edc-study/1", "name": ' + "[" * 5_000, "damaged"),
        ('{"schema": "edc-study/1", "name": "X", "items": [{"oid": "A"}]}', "$.items[0].type"),
        ("<ODM", "line 1"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_place(look, content, said):
    answer = look(content)

    assert answer.status_code in (409, 422)
    assert said in answer.content.decode()
    assert not StudyImport.objects.exists()


def test_the_portals_own_document_is_taken_as_it_is(client, look, trial):
    address = look(json.dumps(factories.DOCUMENT))["Location"]

    client.post(address, {"act": "take"})

    assert trial.study_versions.get().document == factories.DOCUMENT


def test_only_who_builds_the_study_may_bring_one_in(trial):
    for person in (factories.monitor_at(trial), factories.auditor_of(trial)):
        client = Client()
        client.force_login(person)
        assert client.get(reverse("captures:bring_in", args=[trial.pk])).status_code == 403
