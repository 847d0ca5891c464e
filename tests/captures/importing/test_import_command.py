"""A study file is looked at, and brought in, by the command."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import factories
from tests.captures.importing.test_study_versions_of_files import DICTIONARY
from trials.models import StudyVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial():
    return factories.draft_trial()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "dictionary.csv"
    path.write_text(DICTIONARY)
    return path


def test_the_command_only_looks_when_asked(file):
    out = StringIO()

    call_command("import_study", file, "--dry-run", "--json", stdout=out)

    found = json.loads(out.getvalue())
    assert (found["kind"], found["forms"], found["refused"]) == ("REDCap data dictionary", 1, [])
    assert any("odd" in one["place"] + one["what"] for one in found["unsupported"])
    assert not StudyVersion.objects.exists()


def test_the_command_takes_it_in_the_name_of_a_data_manager(file, trial):
    manager = factories.data_manager_of(trial)

    call_command("import_study", file, protocol=trial.protocol_number, by=manager.email, stdout=StringIO())

    assert trial.study_versions.get().written_by == manager


def test_the_command_takes_nothing_for_who_may_not(file, trial, tmp_path):
    monitor = factories.monitor_at(trial)

    for asked in (
        {"protocol": trial.protocol_number, "by": monitor.email},
        {"protocol": trial.protocol_number, "by": "nobody@test.example"},
        {"protocol": "NONE", "by": monitor.email},
        {},
    ):
        with pytest.raises(CommandError):
            call_command("import_study", file, **asked, stdout=StringIO())
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_study", tmp_path / "none.xml", stdout=StringIO())
    assert not trial.study_versions.exists()
