"""What a study's document may not say, because it would break later: each fault is refused with its place."""

import copy

import pytest

from tests import factories
from tests.api.calling import by
from trials.definition import DefinitionError, read_definition

LONG = "X" * 41
# Where it stands in the document, what is put there, and what the refusal says.
FAULTS = [
    (("items", 0, "oid"), LONG, "$.items[0].oid: must have at most 40 characters"),
    (("items", 0, "oid"), "SYS/BP", "$.items[0].oid: must have at most 40 characters"),
    (("items", 0, "oid"), "SYS BP", "$.items[0].oid: must have at most 40 characters"),
    (("forms", 1, "oid"), LONG, "$.forms[1].oid: must have at most 40 characters"),
    (("forms", 1, "oid"), "..", "$.forms[1].oid: must have at most 40 characters"),
    (("visits", 2, "oid"), "LOG/1", "$.visits[2].oid: must have at most 40 characters"),
    (("arms", 0, "oid"), LONG, "$.arms[0].oid: must have at most 40 characters"),
    (("code_lists", 0, "oid"), "P/S", "$.code_lists[0].oid: must have at most 40 characters"),
    (("items", 0, "ranges", 0, "min"), "NaN", "$.items[0].ranges[0].min: must be a number in a text"),
    (("items", 0, "ranges", 0, "max"), "Infinity", "$.items[0].ranges[0].max: must be a number in a text"),
    (("items", 0, "ranges", 0, "max"), "1e400", "$.items[0].ranges[0].max: must be a number in a text"),
    (("items", 0, "ranges", 0, "max"), "79", "$.items[0].ranges[0].max: must not be below min"),
    (("items", 0, "ranges", 0), {"severity": "SOFT"}, "$.items[0].ranges[0]: must have a min or a max"),
    (("items", 4, "ranges"), [{"min": "2026-02-30"}], "$.items[4].ranges[0].min: must be a date"),
    (("items", 4, "ranges"), [{"min": "soon"}], "$.items[4].ranges[0].min: must be a date"),
    (("items", 5, "ranges"), [{"max": "25:00"}], "$.items[5].ranges[0].max: must be a time"),
    (("items", 7, "ranges"), [{"max": "a"}], "$.items[7].ranges[0]: an item of type TEXT has no range"),
    (("items", 7, "max_length"), 0, "$.items[7].max_length: must be a whole number from 1"),
    (("items", 7, "max_length"), -5, "$.items[7].max_length: must be a whole number from 1"),
    (("items", 1, "digits"), 13, "$.items[1].digits: must be a whole number from 0 to 12"),
    (("items", 1, "name"), "a\x1fb", "$.items[1].name: has characters that cannot be stored"),
    (("visits", 0, "target_day"), 0, "$.visits[0].target_day: must not be 0"),
    (("visits", 0, "target_day"), 10**9, "$.visits[0].target_day: must be a whole number"),
    (("visits", 0, "window_before"), -1, "$.visits[0].window_before: must be a whole number from 0"),
    (("visits", 1, "window_after"), -1, "$.visits[1].window_after: must be a whole number from 0"),
    (("visits", 1, "forms"), ["VS", "VS"], "$.visits[1].forms[1]: has form 'VS' twice in one visit"),
    (("name",), "N" * 201, "$.name: must have at most 200 characters"),
]


def document_with(place, value):
    document = copy.deepcopy(factories.DOCUMENT)
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return document


@pytest.mark.parametrize(("place", "value", "said"), FAULTS)
def test_fault_is_refused_with_its_place(place, value, said):
    with pytest.raises(DefinitionError) as refused:
        read_definition(document_with(place, value))

    assert str(refused.value).startswith(said)


@pytest.mark.slow
@pytest.mark.django_db
def test_program_is_told_the_place_of_each_fault():
    trial = factories.draft_trial()
    manager = by(factories.data_manager_of(trial))

    for place, value, said in FAULTS:
        answer = manager.post("study-versions/", {"trial": str(trial.pk), "document": document_with(place, value)})

        assert answer.status_code == 400, said
        assert said in answer.json()["errors"][0]["detail"]
    assert not trial.study_versions.exists()


def test_limits_that_can_be_compared_are_taken():
    for place, value in (
        (("items", 0, "ranges", 0, "min"), "-80.5"),
        (("items", 4, "ranges"), [{"min": "2026-01-01", "max": "2026-12-31"}]),
        (("items", 5, "ranges"), [{"min": "07:30", "max": "21:00:00"}]),
        (("visits", 0, "target_day"), -7),
        (("items", 0, "oid"), "SYSBP"),
    ):
        assert read_definition(document_with(place, value)).name == "Test study"
