"""A filled-in form settled: what is asked, what is calculated, which checks fire."""

import pytest

from tests.trials.test_definition import DOCUMENT, changed
from trials.definition import find_place, read_definition, rows_in, settle


def settled(values, document=DOCUMENT, outside=None):
    study = read_definition(document)
    return settle(study.forms_by_oid["DM"], study.rules["DM"], values, outside or {})


def test_a_calculation_follows_what_it_reads():
    assert settled({"WEIGHT": "80", "HEIGHT": "2.0"}).values["BMI"] == "20.0"


def test_a_calculation_goes_when_what_it_reads_is_gone():
    assert "BMI" not in settled({"WEIGHT": "80", "BMI": "20.0"}).values


def test_calculations_run_in_the_order_of_what_they_read():
    document = changed("items.5", {"oid": "PAIN", "name": "x", "type": "INTEGER", "calculation": "round([BMI] * 2)"})

    values = settled({"WEIGHT": "80", "HEIGHT": "2.0"}, document).values

    assert (values["BMI"], values["PAIN"]) == ("20.0", "40")


@pytest.mark.parametrize(("sex", "hidden"), [("F", False), (None, True)])
def test_an_item_is_asked_where_its_condition_is_true(sex, hidden):
    assert ("PREGNANT" in settled({"SEX": sex} if sex else {}).hidden) is hidden


def test_what_is_hidden_is_kept_and_counts_as_missing():
    document = changed("checks.0.fails_when", "[PREGNANT] = 'Y'")

    result = settled({"PREGNANT": "Y"}, document)

    assert result.values["PREGNANT"] == "Y"
    assert result.fired == []


def test_a_section_is_asked_as_a_whole():
    document = changed("forms.0.sections.1.condition", "[SEX] = 'F'")

    hidden = settled({"WEIGHT": "80", "HEIGHT": "2"}, document).hidden

    assert {"HEIGHT", "WEIGHT", "BMI", "PAIN"} <= hidden


@pytest.mark.parametrize(("weight", "fired"), [("300", ["C1"]), ("80", []), ("", [])])
def test_a_check_fires_only_when_it_is_known_to_fail(weight, fired):
    values = {"WEIGHT": weight, "HEIGHT": "2.0"} if weight else {"HEIGHT": "2.0"}

    assert [one.check.oid for one in settled(values).fired] == fired


def test_a_check_in_a_table_fires_in_its_row():
    rows = {
        "CM[1].DRUG": "Aspirin",
        "CM[1].DOSE": "500",
        "CM[2].DRUG": "Aspirin",
        "CM[2].DOSE": "50",
        "CM[3].DOSE": "900",
    }

    assert [one.place for one in settled(rows).fired] == ["CM[1].DOSE"]


def test_a_table_may_be_hidden_whole():
    document = changed("forms.0.sections.2.condition", "[SEX] = 'F'")
    rows = {"CM[1].DRUG": "Aspirin", "CM[1].DOSE": "500"}

    result = settled(rows, document)

    assert result.fired == []
    assert result.values == rows
    assert {"CM", "CM[1].DRUG", "CM[1].DOSE"} <= result.hidden


def test_rows_come_in_the_order_of_their_keys():
    assert rows_in(["CM[10].DOSE", "CM[2].DOSE", "CM[b].DOSE", "CM[2].DRUG", "SEX"]) == {"CM": ["2", "10", "b"]}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("SEX", ("SEX", "", "")),
        ("CM[1].DOSE", ("DOSE", "CM", "1")),
        ("DOSE", None),
        ("CM[1].SEX", None),
        ("AE[1].DOSE", None),
        ("CM[].DOSE", None),
        ("CM[1]].DOSE", None),
        ("CM[" + "9" * 41 + "].DOSE", None),
        ("CM[<b>].DOSE", None),
    ],
)
def test_a_place_is_one_that_the_form_has(name, found):
    form = read_definition(DOCUMENT).forms_by_oid["DM"]

    place = find_place(form, name)

    assert found == (place and (place.item.oid, place.group, place.row))


def test_other_visits_are_read_from_outside():
    document = changed("checks.0.fails_when", "[SCR][WEIGHT] - [WEIGHT] > 10")

    fired = settled({"WEIGHT": "60"}, document, {("SCR", "WEIGHT"): "80"}).fired

    assert [one.check.oid for one in fired] == ["C1"]
