"""ODM 2.0: groups within groups, values as elements of their own."""

import pytest

from tests.trials.formats.files import STUDIES, items_by_oid
from trials.formats import Key, Level, Places, read_study

HEAD = '<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" ODMVersion="2.0" FileType="Snapshot">'
STUDY = """<Study OID="S" StudyName="Trial" ProtocolName="P-1"><MetaDataVersion OID="M" Name="One">
<StudyEventDef OID="V" Name="Visit" Repeating="No" Type="Scheduled"><ItemGroupRef ItemGroupOID="F" Mandatory="Yes"/>
</StudyEventDef>
<ItemGroupDef OID="F" Name="Form" Type="Form" Repeating="No">
<ItemGroupRef ItemGroupOID="G" Mandatory="Yes"/><ItemRef ItemOID="A" Mandatory="Yes"/></ItemGroupDef>
<ItemGroupDef OID="G" Name="Rows" Type="Section" Repeating="Dynamic">
<ItemRef ItemOID="B" Mandatory="No"/><ItemGroupRef ItemGroupOID="H" Mandatory="No"/></ItemGroupDef>
<ItemGroupDef OID="H" Name="Inner" Type="Concept" Repeating="Simple">
<ItemRef ItemOID="C" Mandatory="No"/><ItemGroupRef ItemGroupOID="G" Mandatory="No"/></ItemGroupDef>
<ItemDef OID="A" Name="A" DataType="decimal"/><ItemDef OID="B" Name="B" DataType="text"/>
<ItemDef OID="C" Name="C" DataType="text"/></MetaDataVersion></Study>"""


def written(tmp_path, form=""):
    path = tmp_path / "study"
    data = f'<StudyEventData StudyEventOID="V"><ItemGroupData ItemGroupOID="F">{form}</ItemGroupData></StudyEventData>'
    clinical = f'<ClinicalData StudyOID="S"><SubjectData SubjectKey="1">{data}</SubjectData></ClinicalData>'
    path.write_text(f"{HEAD}{STUDY}{clinical}</ODM>")
    return path


def group(oid, key, inside):
    return f'<ItemGroupData ItemGroupOID="{oid}" ItemGroupRepeatKey="{key}">{inside}</ItemGroupData>'


def value(oid, *values):
    inner = "".join(f"<Value SeqNum='{number}'>{one}</Value>" for number, one in enumerate(values))
    return f'<ItemData ItemOID="{oid}">{inner}</ItemData>'


def test_the_outermost_group_is_the_form_and_the_others_its_sections(tmp_path):
    study = read_study(written(tmp_path))

    (form,) = study.document["forms"]
    assert (study.document["name"], study.protocol) == ("Trial", "P-1")
    assert study.document["visits"][0]["forms"] == ["F"]
    assert [(one["oid"], one["items"], one.get("repeating", False)) for one in form["sections"]] == [
        ("F", ["A"], False),
        ("G", ["B"], True),
        ("H", ["C"], True),
    ]
    assert items_by_oid(study)["A"]["type"] == "DECIMAL"


def test_rows_of_rows_are_told_apart_by_the_keys_of_both(tmp_path):
    inner = group("H", "1", value("C", "x")) + group("H", "2", value("C", "y"))

    study = read_study(written(tmp_path, value("A", "1.5") + group("G", "7", value("B", "b") + inner)))

    assert [(one.form, one.group, one.group_repeat, one.item, one.value) for one in study.values()] == [
        ("F", "F", None, "A", "1.5"),
        ("F", "G", "7", "B", "b"),
        ("F", "H", "7/1", "C", "x"),
        ("F", "H", "7/2", "C", "y"),
    ]
    places = Places(study.document)
    assert all(places.item(one.form, one.group, one.item) for one in study.values())
    assert Level(Key("1", visit="V", form="F")) in study.records()


def test_several_values_of_an_item_are_one(tmp_path):
    (stored,) = read_study(written(tmp_path, value("A", "1", "2"))).values()

    assert stored.value == "1,2"


@pytest.mark.parametrize(("name", "count"), [("race", 46), ("medical-history", 16), ("matrix-in-1.3", 28)])
def test_every_value_of_an_example_has_a_place(name, count):
    study = read_study(STUDIES / f"cdisc-odm/{name}.xml.gz")
    places = Places(study.document)

    assert study.counts.values == study.counts.filled == count
    for stored in study.values():
        assert places.item(stored.form, stored.group, stored.item) is not None, stored
        assert places.visit(stored.visit) is not None, stored


def test_a_visit_that_is_only_in_the_data_is_there_and_told():
    study = read_study(STUDIES / "cdisc-odm/medical-history.xml.gz")

    (visit,) = study.document["visits"]
    assert (visit["oid"], visit["forms"]) == ("SE.001", ["FO.MEDICAL_HISTORY"])
    assert [problem.what for problem in study.refused] == ["visit SE.001"]
    # The same condition of two items is told once.
    assert sum("COND.CONDITION_PROCEDURE_NOT_PRESENT" in problem.place for problem in study.unsupported) == 1


def test_values_that_have_no_place_are_told_with_their_number(tmp_path):
    study = read_study(written(tmp_path, value("X", "1") + group("G", "1", value("X", "1") + value("X", "2"))))

    assert [(problem.what, problem.reason) for problem in study.refused] == [
        ("a value of X", "Form F has no such item: there is no place for it."),
        ("2 values of X", "Form F has no such item: there is no place for it."),
    ]
    assert study.refused[0].place.endswith("ItemData X")
