"""A data manager looks at a study file, brings it in and takes it back, on pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from captures.models import DataCapture, StudyImport
from captures.services.importing.files import path_of
from patients.models import Subject
from tests import factories
from tests.trials.formats.files import STUDIES

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def manager():
    return factories.data_manager_of(factories.draft_trial())


@pytest.fixture
def trial(manager):
    return manager.memberships.get().trial


@pytest.fixture
def client(manager, settings, tmp_path):
    settings.STUDY_FILES = tmp_path / "kept"
    client = Client()
    client.force_login(manager)
    return client


def look(client, trial, content=None):
    content = content or (STUDIES / "redcapr/repeating-instruments.xml.gz").read_bytes()
    file = SimpleUploadedFile("study.xml.gz", content)
    return client.post(reverse("captures:bring_in", args=[trial.pk]), {"file": file})


def test_what_would_change_is_shown_before_it_does(client, trial):
    answer = look(client, trial)

    row = StudyImport.objects.get()
    text = client.get(answer["Location"]).content.decode()
    assert answer["Location"] == reverse("captures:study_file", args=[row.pk])
    assert "Nothing is brought in yet" in text
    assert "UNNAMED Not named in the study file" in text
    assert path_of(row).exists()
    assert not DataCapture.objects.exists()
    assert not trial.sites.exists()
    assert not trial.study_versions.exists()


def test_it_is_brought_in_and_taken_back(client, trial):
    address = look(client, trial)["Location"]

    taken = client.post(address, {"act": "take"}, follow=True).content.decode()
    row = StudyImport.objects.get()
    assert "34 values in 6 forms" in taken
    assert (DataCapture.objects.count(), Subject.objects.count(), path_of(row).exists()) == (6, 2, False)

    refused = client.post(address, {"reason": "", "version": row.version})
    assert refused.status_code == 422
    back = client.post(address, {"reason": "The wrong export", "version": row.version}, follow=True)
    assert "is taken back" in back.content.decode()
    assert not DataCapture.objects.exists()


def test_only_who_looked_at_it_brings_it_in(client, trial):
    address = look(client, trial)["Location"]
    other = Client()
    other.force_login(factories.data_manager_of(trial))

    assert other.get(address).status_code == 200
    assert other.post(address, {"act": "take"}).status_code == 403
    assert not DataCapture.objects.exists()


@pytest.mark.parametrize(("content", "said"), [(b"hello", "neither ODM nor a REDCap"), (b"<ODM", "line 1")])
def test_what_cannot_be_read_is_refused_with_its_place(client, trial, content, said):
    answer = look(client, trial, content)

    assert answer.status_code in (409, 422)
    assert said in answer.content.decode()
    assert not StudyImport.objects.exists()
