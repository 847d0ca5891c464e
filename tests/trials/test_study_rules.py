"""Study versions: what a document may not say, and a life that only goes on."""

import copy
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit.triggers import COLUMNS_OF_CAPTURES
from captures.models import DataCapture
from edc.base.actor import SYSTEM, name_actor
from tests import factories
from tests.api.calling import by
from trials.models import StudyVersion

LIFECYCLES = Path(__file__).parents[2] / "docs" / "lifecycles.md"


def document_with(oid):
    document = copy.deepcopy(factories.DOCUMENT)
    document["items"][0]["oid"] = oid
    document["forms"][0]["sections"][0]["items"][2] = oid
    return document


def test_the_refused_names_are_the_columns_of_captures():
    assert {field.column for field in DataCapture._meta.concrete_fields} == COLUMNS_OF_CAPTURES


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("oid", ["id", "status", "version", "timestamp", "site_id"])
def test_item_is_not_called_like_a_field_that_every_form_has(oid):
    trial = factories.active_trial()
    manager = by(factories.data_manager_of(trial))

    refused = manager.post("study-versions/", {"trial": str(trial.pk), "document": document_with(oid)})
    taken = manager.post("study-versions/", {"trial": str(trial.pk), "document": document_with(oid.upper())})

    assert refused.status_code == 400
    assert f"$.items[0].oid: may not be '{oid}', which is a field of every form" in refused.content.decode()
    assert taken.status_code == 201


@pytest.mark.slow
@pytest.mark.django_db
def test_published_version_is_never_a_draft_again():
    trial = factories.active_trial()
    version = trial.study_versions.get()
    manager = by(factories.data_manager_of(trial))

    for to in ("DRAFT", "IN_REVIEW", "SUPERSEDED"):
        moved = manager.post(f"study-versions/{version.pk}/move/", {"to": to, "reason": "x"}, version=version.version)
        assert moved.status_code in {400, 409}
    with pytest.raises(DatabaseError, match="never a draft again"):
        set_back_in_sql(version)

    assert StudyVersion.objects.get(pk=version.pk).status == "PUBLISHED"


def set_back_in_sql(version):
    with transaction.atomic(), connection.cursor() as cursor:
        name_actor(SYSTEM, action="trials.repaired", reason="Test")
        cursor.execute("update trials_studyversion set status = 'DRAFT' where id = %s", [version.pk])


@pytest.mark.slow
@pytest.mark.django_db
def test_next_version_supersedes_the_one_in_force():
    trial = factories.active_trial()
    first = trial.study_versions.get()

    builder, approver = factories.data_manager_of(trial), factories.investigator_at(trial.sites.first())
    factories.published_version(trial, builder=builder, approver=approver)

    assert StudyVersion.objects.get(pk=first.pk).status == "SUPERSEDED"


def test_the_drawn_lives_are_those_that_the_services_obey(settings, tmp_path):
    call_command("diagrams", "--check")
    assert "    PUBLISHED --> SUPERSEDED\n" in LIFECYCLES.read_text()

    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    call_command("diagrams")
    drawn = tmp_path / "docs" / "lifecycles.md"
    assert drawn.read_text() == LIFECYCLES.read_text()
    drawn.write_text("Another life")
    with pytest.raises(CommandError):
        call_command("diagrams", "--check")
