"""An export is asked for on a page or by the API, written in the background, and fetched by who asked alone."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, storages
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from captures import services
from captures.exports import WRITERS
from captures.models import StudyExport
from tests import factories
from trials.roles import Role
from trials.services import end_membership, grant_membership

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def exports_folder(monkeypatch, tmp_path):
    """Keep the files of this test apart."""
    monkeypatch.setitem(storages._storages, "exports", FileSystemStorage(location=tmp_path))
    return tmp_path


def trial_with_data():
    site = factories.active_site()
    factories.capture_of(factories.subject_at(site), submit=True)
    return site.trial


def ask_by_page(client, trial, **more):
    return client.post(reverse("captures:exports", args=[trial.pk]), {"to": "odm", **more})


def ask_by_api(client, trial, **more):
    body = {"trial": str(trial.pk), "format": "odm", **more}
    return client.post(reverse("api:exports"), body, content_type="application/json")


both_doors = pytest.mark.parametrize("ask", [ask_by_page, ask_by_api])


def write_all():
    while services.write_next_export(now=timezone.now()):
        pass


def content(response):
    return b"".join(response.streaming_content)


@both_doors
def test_an_export_is_written_and_fetched(client, ask):
    trial = trial_with_data()
    manager = factories.data_manager_of(trial)
    client.force_login(manager)

    assert ask(client, trial).status_code in {201, 302}
    write_all()
    export = StudyExport.objects.get()
    response = client.get(reverse("captures:export_file", args=[export.pk]))

    assert (export.status, export.rows, export.values) == ("DONE", 1, len(factories.VALUES))
    assert hashlib.sha256(content(response)).hexdigest() == export.sha256
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    acts = AuditLog.objects.filter(actor=manager, action__startswith="captures.study_export").order_by("sequence")
    assert [event.action.removeprefix("captures.study_export") for event in acts] == ["_asked", "ed", "_fetched"]
    assert acts[1].source == "job"


@pytest.mark.parametrize("to", sorted(WRITERS))
def test_every_format_can_be_asked_for(client, to):
    trial = trial_with_data()
    client.force_login(factories.data_manager_of(trial))

    ask_by_page(client, trial, to=to)
    write_all()

    assert StudyExport.objects.get().status == "DONE"


def test_the_page_shows_how_far_it_is_and_what_the_file_is(client):
    trial = trial_with_data()
    client.force_login(factories.data_manager_of(trial))
    ask_by_page(client, trial)
    page = reverse("captures:exports", args=[trial.pk])

    before = client.get(page).content.decode()
    write_all()
    after = client.get(page).content.decode()

    assert "Waiting" in before
    assert 'hx-trigger="every 3s"' in before
    assert StudyExport.objects.get().sha256 in after
    assert "1 form, 4 values" in after
    assert "every 3s" not in after


@both_doors
def test_who_may_not_export_cannot_ask(client, ask):
    site = factories.active_site()
    client.force_login(factories.coordinator_at(site))

    assert ask(client, site.trial).status_code == 403
    assert not StudyExport.objects.exists()


@pytest.mark.parametrize("door", ["captures:export_file", "api:export_file", "api:export"])
def test_an_export_is_nobody_elses(client, door):
    trial = trial_with_data()
    export = services.ask_for_export(trial=trial, to="odm", by=factories.data_manager_of(trial))
    write_all()
    client.force_login(factories.data_manager_of(trial))

    assert client.get(reverse(door, args=[export.pk])).status_code == 404


def test_a_right_that_ended_closes_the_file(client):
    trial = trial_with_data()
    manager = factories.data_manager_of(trial)
    export = services.ask_for_export(trial=trial, to="odm", by=manager)
    write_all()
    held = manager.memberships.get()
    end_membership(membership=held, reason="Left", by=factories.administrator())
    client.force_login(manager)

    assert client.get(reverse("captures:export_file", args=[export.pk])).status_code == 403


def test_who_may_not_know_people_any_more_does_not_fetch_who_they_are(client):
    site = factories.active_site()
    factories.capture_of(factories.subject_at(site), submit=True)
    doctor = factories.investigator_at(site)
    named = services.ask_for_export(trial=site.trial, to="odm", identified=True, by=doctor)
    plain = services.ask_for_export(trial=site.trial, to="odm", by=doctor)
    write_all()
    client.force_login(doctor)

    def fetch(export):
        answer = client.get(reverse("captures:export_file", args=[export.pk]))
        return bool(answer.streaming and content(answer)), answer.status_code

    before = fetch(named)
    end_membership(membership=doctor.memberships.get(), reason="Left", by=factories.administrator())
    role = {"trial": site.trial, "site": site, "role": Role.MONITOR, "reason": "New work"}
    grant_membership(user=doctor, by=factories.administrator(), **role)

    after = fetch(named), fetch(plain)
    assert (before, *after) == ((True, 200), (False, 403), (True, 200))


def test_a_writer_that_was_given_up_leaves_nothing(exports_folder, monkeypatch):
    trial = trial_with_data()
    services.ask_for_export(trial=trial, to="odm", by=factories.data_manager_of(trial))
    write = WRITERS["odm"].write

    def write_slowly(study, out):
        write(study, out)
        StudyExport.objects.update(tries=2, status="DONE", finished_at=timezone.now(), file="of-another.xml")

    monkeypatch.setattr(WRITERS["odm"], "write", write_slowly)
    write_all()

    assert StudyExport.objects.get().file == "of-another.xml"
    assert list(exports_folder.iterdir()) == []


def test_a_right_that_ended_meanwhile_leaves_no_file():
    trial = trial_with_data()
    manager = factories.data_manager_of(trial)
    services.ask_for_export(trial=trial, to="odm", by=manager)
    end_membership(membership=manager.memberships.get(), reason="Left", by=factories.administrator())

    write_all()

    export = StudyExport.objects.get()
    assert (export.status, export.file) == ("FAILED", "")
    assert "does not allow" in export.error


def test_files_are_taken_away_in_time(client, exports_folder):
    trial = trial_with_data()
    manager = factories.data_manager_of(trial)
    export = services.ask_for_export(trial=trial, to="odm", by=manager)
    write_all()
    assert len(list(exports_folder.iterdir())) == 1

    services.forget_exports(now=timezone.now() + timedelta(days=8))

    client.force_login(manager)
    assert list(exports_folder.iterdir()) == []
    assert client.get(reverse("captures:export_file", args=[export.pk])).status_code == 410
    assert client.get(reverse("api:export_file", args=[export.pk])).status_code == 409
    assert StudyExport.objects.get().sha256


def test_an_export_whose_writer_died_is_written_by_another():
    trial = trial_with_data()
    services.ask_for_export(trial=trial, to="odm", by=factories.data_manager_of(trial))
    now = timezone.now()
    StudyExport.objects.update(status="RUNNING", tries=1, beat_at=now)

    assert not services.write_next_export(now=now)
    assert services.write_next_export(now=now + timedelta(minutes=6))
    assert StudyExport.objects.get().status == "DONE"


def test_an_export_that_never_ends_is_given_up():
    trial = trial_with_data()
    services.ask_for_export(trial=trial, to="odm", by=factories.data_manager_of(trial))
    StudyExport.objects.update(tries=3)

    write_all()

    assert StudyExport.objects.get().status == "FAILED"


def test_asked_twice_with_one_key_it_is_written_once(client):
    trial = trial_with_data()
    client.force_login(factories.data_manager_of(trial))

    for _ in range(2):
        ask_by_page(client, trial, key="once")

    assert StudyExport.objects.count() == 1


@both_doors
def test_nobody_has_many_exports_under_way(client, ask):
    trial = trial_with_data()
    client.force_login(factories.data_manager_of(trial))

    answers = [ask(client, trial).status_code for _ in range(4)]

    assert answers[-1] == 409
    assert StudyExport.objects.count() == 3


def test_only_who_may_know_people_is_offered_what_tells_who_they_are(client):
    site = factories.active_site()
    page = reverse("captures:exports", args=[site.trial.pk])

    def offered(person):
        client.force_login(person)
        return 'name="identified"' in client.get(page).content.decode()

    assert offered(factories.investigator_at(site))
    assert not offered(factories.data_manager_of(site.trial))
