"""What a study file brought in is taken back in one step, unless somebody worked on it since."""

import pytest

from captures import services as captures
from captures.models import DataCapture, StudyImport
from captures.services import importing
from edc.base.errors import Denied, Invalid, Refused
from patients.models import Subject
from tests import factories
from tests.captures.importing.test_bring_in_data import bring_in
from tests.captures.importing.test_imported_forms import put_in_force

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NAME = "redcapr/repeating-instruments.xml.gz"


@pytest.fixture
def manager():
    return factories.data_manager_of(factories.draft_trial())


@pytest.fixture
def trial(manager):
    return manager.memberships.get().trial


def test_all_of_a_file_leaves_every_list_and_stays_in_the_trail(manager, trial):
    _, row, _ = bring_in(NAME, trial, manager)
    numbers = DataCapture.objects.count(), Subject.objects.count()

    importing.take_back(study_import=row, reason="The wrong export", by=manager)

    assert numbers == (6, 2)
    assert (DataCapture.objects.count(), Subject.objects.count()) == (0, 0)
    assert DataCapture.everything.count() == 6
    assert {one.history.count() for one in DataCapture.everything.all()} == {2}
    assert StudyImport.objects.get().state == StudyImport.State.UNDONE


def test_what_was_taken_back_can_be_brought_in_again(manager, trial):
    _, row, _ = bring_in(NAME, trial, manager)
    importing.take_back(study_import=row, reason="The wrong export", by=manager)

    _, again, result = bring_in(NAME, trial, manager)

    assert again.pk != row.pk
    assert (result.numbers["captures_new"], result.numbers["subjects"], result.numbers["sites"]) == (6, 2, 0)
    assert trial.study_versions.count() == 1


def test_the_same_file_is_not_brought_in_twice(manager, trial):
    bring_in(NAME, trial, manager)

    with pytest.raises(Refused, match="This very file was brought in on"):
        bring_in(NAME, trial, manager)


def test_nothing_is_taken_back_under_somebodys_work(manager, trial):
    _, row, _ = bring_in(NAME, trial, manager)
    put_in_force(trial, manager)
    capture = DataCapture.objects.filter(form="demographics").order_by("id").first()
    nurse = factories.coordinator_at(capture.site)
    captures.save_capture(
        capture=capture, values=capture.data | {"age": "9.5"}, reason="Source corrected", version=1, by=nurse
    )

    with pytest.raises(Refused, match="1 form of this file was entered or changed here: 1: demographics, ALL"):
        importing.take_back(study_import=row, reason="The wrong export", by=manager)
    assert DataCapture.objects.count() == 6


def test_who_may_not_bring_in_takes_nothing_back(manager, trial):
    _, row, _ = bring_in(NAME, trial, manager)

    with pytest.raises(Denied):
        importing.take_back(study_import=row, reason="No", by=factories.monitor_at(trial))
    with pytest.raises(Invalid):
        importing.take_back(study_import=row, reason=" ", by=manager)
