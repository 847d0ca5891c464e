"""Standard items and those of other versions are found by their words and taken as a section."""

import copy

import pytest

from tests import factories
from tests.trials.building import Bench, text_of
from trials.definition import read_definition
from trials.formats import cosmos

EMPTY = {"schema": "edc-study/1", "name": "New", "forms": [{"oid": "F", "name": "Form", "sections": [{"items": []}]}]}


def taking(bench, group, chosen, **asked):
    given = {"group": group.key, "item": [item["oid"] for item in group.items if item["oid"] in chosen]}
    return bench.post("build_library", given, form="F", **asked)


def test_standard_items_are_found_by_their_words():
    (pressure,) = [group for group in cosmos.search("systolic") if group.name == "Systolic Blood Pressure"]

    result = next(item for item in pressure.items if item["oid"] == "SYSBP_VSORRES")
    assert (result["type"], result["unit"], result["required"]) == ("INTEGER", "mmHg", True)
    assert result["concept"].startswith("NCIt C25298")
    position = next(item for item in pressure.items if item["oid"] == "SYSBP_VSPOS")
    assert {"code": "SITTING", "label": "Sitting"} in position["choices"]
    assert cosmos.search("") == cosmos.search("no such word at all") == []


def test_units_and_codes_of_laboratory_tests_come_along():
    glucose = next(group for group in cosmos.search("glucose blood") if group.key == "GLUCBLD_DENORMALIZED")

    result = next(item for item in glucose.items if item["oid"] == "GLUC_LBORRES")
    assert (result["unit"], result["units"]) == ("mg/dL", [{"unit": "mmol/L"}])
    assert "LBORRESU" not in " ".join(item["oid"] for item in glucose.items)


@pytest.mark.slow
@pytest.mark.django_db
def test_every_standard_item_makes_a_sound_version():
    from trials.definition.editing import forms, items

    document = copy.deepcopy(EMPTY)
    for group in cosmos.groups():
        number = forms.add_section(document, "F", {"name": group.name})
        for item in group.items:
            items.add(document, "F", number, {**item, "oid": ""})

    study = read_definition(document)
    assert len(study.items) > 1_000


@pytest.mark.slow
@pytest.mark.django_db
def test_a_group_is_taken_as_a_section():
    bench = Bench(EMPTY)
    group = next(one for one in cosmos.groups() if one.key == "SYSBP_DENORMALIZED")
    shown = text_of(bench.get("build_library", form="F", q="systolic blood"))
    assert "Systolic Blood Pressure" in shown

    taking(bench, group, {"SYSBP_VSORRES", "SYSBP_VSPOS"})
    taking(bench, group, {"SYSBP_VSORRES"})

    sections = bench.now.definition.forms_by_oid["F"].sections
    assert [item.oid for item in sections[0].items] == ["SYSBP_VSPOS", "SYSBP_VSORRES"]
    assert [section.name for section in sections] == ["Systolic Blood Pressure"] * 2
    assert len({item.oid for section in sections for item in section.items}) == 3


@pytest.mark.slow
@pytest.mark.django_db
def test_items_of_another_version_are_taken_with_their_choices_and_without_its_rules():
    bench = Bench(EMPTY)
    document = copy.deepcopy(factories.DOCUMENT)
    document["items"][2]["condition"] = "[FASTING] = 'Y'"
    other = Bench(document)
    factories.trials.grant_membership(
        user=bench.manager,
        trial=other.trial,
        site=None,
        role="DATA_MANAGER",
        reason="Test",
        by=factories.administrator(),
    )
    shown = bench.get("build_library", form="F", of=other.row.pk, q="blood")
    (group,) = shown.context["found"]

    taking(bench, group, {"POS", "SYSBP"}, of=other.row.pk)

    items = bench.now.definition.items
    assert items["POS"].code_list.labels == {"SUPINE": "Lying", "STANDING": "Standing"}
    assert (items["POS"].condition, items["SYSBP"].unit) == ("", "mmHg")


@pytest.mark.slow
@pytest.mark.django_db
def test_what_the_person_does_not_see_is_no_source():
    bench = Bench(EMPTY)

    assert bench.get("build_library", form="F", of=Bench().row.pk).status_code == 404
    assert bench.get("build_library", form="NONE").status_code == 404
    assert "Nothing found" in text_of(bench.get("build_library", form="F", q="no such word"))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "given",
    [
        {"group": "NONE"},
        {"group": "SYSBP_DENORMALIZED"},
        {"group": "SYSBP_DENORMALIZED", "item": "SYSBP_VSPOS", "version": "x"},
    ],
)
def test_nothing_chosen_changes_nothing(given):
    bench = Bench(EMPTY)

    assert bench.post("build_library", given, form="F").status_code == 302
    assert bench.now.version == 1
