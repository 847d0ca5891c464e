"""A data manager looks at a study file, brings it in and takes it back, on pages."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from captures.models import DataCapture, StudyFileJob, StudyImport
from captures.services import importing
from captures.services.importing import files
from captures.services.importing.files import path_of
from edc.base.errors import Refused
from patients.models import Subject
from tests import factories
from tests.browser import axe
from tests.trials.formats.files import STUDIES

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


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


@pytest.fixture
def long_files(monkeypatch):
    """Let every file be a long one."""
    monkeypatch.setattr(files, "LONGEST_AT_ONCE", 10)
    monkeypatch.setattr(files, "MOST_AT_ONCE", 1)


def work():
    return importing.work_on_next_file(now=timezone.now())


@pytest.mark.usefixtures("long_files")
def test_a_long_file_is_worked_on_in_the_background(client, trial):
    address = look(client, trial)["Location"]
    assert "Looking at the file" in client.get(address).content.decode()
    assert importing.study_files_wait()

    assert work()
    assert "Bring it in" in client.get(address).content.decode()
    for _time in range(2):
        client.post(address, {"act": "take"})
    assert "Bringing the file in" in client.get(address).content.decode()
    assert not DataCapture.objects.exists()
    assert address in client.get(reverse("captures:bring_in", args=[trial.pk])).content.decode()

    assert work()
    assert not work()
    assert DataCapture.objects.count() == 6
    assert StudyImport.objects.get().state == StudyImport.State.TAKEN
    assert set(StudyFileJob.objects.values_list("status", flat=True)) == {"DONE"}


@pytest.mark.usefixtures("long_files")
def test_a_long_file_that_cannot_be_read_says_where(client, trial):
    address = look(client, trial, b"<ODM" + b" " * 20)["Location"]

    work()

    text = client.get(address).content.decode()
    assert "line 1" in text
    assert "Choose another file" in text
    assert "Bring it in" not in text


@pytest.mark.usefixtures("long_files")
@pytest.mark.parametrize(("tries", "status"), [(1, "DONE"), (2, "DONE"), (3, "FAILED")])
def test_work_that_went_silent_is_begun_anew_three_times_at_most(client, trial, tries, status):
    look(client, trial)
    past = timezone.now() - timedelta(hours=1)
    StudyFileJob.objects.update(status="RUNNING", tries=tries, beat_at=past)

    work()

    assert StudyFileJob.objects.get().status == status


@pytest.mark.usefixtures("long_files")
def test_a_worker_that_was_given_up_leaves_what_its_successor_said(client, trial, monkeypatch):
    look(client, trial)

    def too_late(**_):
        StudyFileJob.objects.update(tries=2, status="DONE", finished_at=timezone.now())
        raise Refused("This file was brought in already.")

    monkeypatch.setattr("captures.services.importing.working.look_now", too_late)
    work()

    assert (StudyFileJob.objects.get().status, StudyFileJob.objects.get().error) == ("DONE", "")


def test_files_that_vanish_while_old_ones_are_removed_are_nobodys_trouble(settings, tmp_path, monkeypatch):
    settings.STUDY_FILES = tmp_path
    old = tmp_path / "old"
    old.write_text("Nobody decided")
    monkeypatch.setattr(Path, "iterdir", lambda _folder: iter([tmp_path / "taken-meanwhile", old]))

    removed = importing.forget_files(now=timezone.now() + timedelta(days=2))

    assert (removed, old.exists()) == (1, False)


@pytest.fixture
def managers_page(page, server, client):
    """Return a page on which the data manager is signed in."""
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])
    return page


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1366, "light")])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(managers_page, client, trial, width, scheme):
    page = managers_page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    waiting = look(client, trial)["Location"]
    client.post(waiting, {"act": "take"})
    other = look(client, trial, (STUDIES / "redcapr/simple.xml.gz").read_bytes())["Location"]

    for address in (reverse("captures:bring_in", args=[trial.pk]), waiting, other):
        page.goto(address)
        assert page.evaluate(SIDEWAYS) == 0, address
        assert axe(page) == [], address
