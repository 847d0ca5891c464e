"""Values that break their own study's rules are stored as they came, each with a data query of the portal."""

import pytest

from captures.models import DataCapture, DataQuery
from captures.services import importing
from tests import factories
from tests.captures.importing.test_bring_in_data import bring_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def manager():
    return factories.data_manager_of(factories.draft_trial())


@pytest.fixture
def trial(manager):
    return manager.memberships.get().trial


@pytest.fixture
def openedc(manager, trial):
    bring_in("openedc/metadata.xml.gz", trial, manager)
    return bring_in("openedc/clinicaldata.xml.gz", trial, manager)


def queries_of(subject, place):
    return DataQuery.objects.filter(subject__number=subject, place=place, source="SYSTEM")


def test_a_body_mass_index_that_cannot_be_is_asked_about(openedc):
    capture = DataCapture.objects.get(subject__number="01", form="F.1")

    query = queries_of("01", "BMI").get()

    assert capture.data["BMI"] == query.value == "-929768.56"
    assert query.state == DataQuery.State.OPEN
    assert "comes to 9.5" in query.message
    assert capture.open_queries == DataQuery.objects.filter(capture=capture).count()


def test_pregnant_men_are_asked_about(openedc):
    men = DataCapture.objects.filter(form="F.1", data__Gender="Male", data__has_key="WeeksPregnant")

    assert men.exists()
    for man in men:
        assert queries_of(man.subject.number, "WeeksPregnant").filter(message__contains="not asked for").exists()


def test_every_value_that_prompts_has_its_query(openedc):
    _, _, result = openedc

    asked = DataQuery.objects.values_list("capture", "place").distinct().count()

    assert asked == result.numbers["prompts"] > 0
    assert result.numbers["queries"] == DataQuery.objects.count()


def test_what_is_taken_back_is_asked_about_no_longer(openedc, manager):
    _, row, _ = openedc

    importing.take_back(study_import=row, reason="The wrong export", by=manager)

    assert set(DataQuery.objects.values_list("state", flat=True)) == {DataQuery.State.RESOLVED}
