"""Numbers keep the unit that the file names, missing-data codes become what they say; both are told as they were."""

import gzip
import re

import pytest

from captures import selectors
from captures.models import DataCapture
from captures.services import importing
from captures.services.importing import FileFacts
from tests import factories
from tests.trials.formats.files import STUDIES
from trials.definition import missing_code
from trials.formats import read_study

pytestmark = pytest.mark.django_db

STUDY = """<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org" ODMVersion="1.3.2"
 FileType="Snapshot" FileOID="F" CreationDateTime="2026-01-01T00:00:00"><Study OID="S"><GlobalVariables>
<StudyName>Units</StudyName><StudyDescription>-</StudyDescription><ProtocolName>Units</ProtocolName></GlobalVariables>
<BasicDefinitions>{units}</BasicDefinitions><MetaDataVersion OID="M" Name="One"><Protocol>
<StudyEventRef StudyEventOID="V" Mandatory="Yes"/></Protocol><StudyEventDef OID="V" Name="Visit" Repeating="No"
Type="Scheduled"><FormRef FormOID="F" Mandatory="Yes"/></StudyEventDef><FormDef OID="F" Name="Body" Repeating="No">
<ItemGroupRef ItemGroupOID="G" Mandatory="Yes"/></FormDef><ItemGroupDef OID="G" Name="One" Repeating="No">
<ItemRef ItemOID="WEIGHT" Mandatory="No"/></ItemGroupDef><ItemDef OID="WEIGHT" Name="Weight" DataType="float">
<MeasurementUnitRef MeasurementUnitOID="MU_1"/><MeasurementUnitRef MeasurementUnitOID="MU_2"/></ItemDef>
</MetaDataVersion></Study><ClinicalData StudyOID="S" MetaDataVersionOID="M">{subjects}</ClinicalData></ODM>"""
UNIT = '<MeasurementUnit OID="{0}" Name="{1}"><Symbol><TranslatedText>{1}</TranslatedText></Symbol></MeasurementUnit>'
SUBJECT = """<SubjectData SubjectKey="{0}"><StudyEventData StudyEventOID="V"><FormData FormOID="F"><ItemGroupData
ItemGroupOID="G"><ItemData ItemOID="WEIGHT" Value="{1}"><MeasurementUnitRef MeasurementUnitOID="{2}"/></ItemData>
</ItemGroupData></FormData></StudyEventData></SubjectData>"""


@pytest.fixture
def bring_in(tmp_path):
    def bring(text):
        trial = factories.draft_trial()
        path = tmp_path / "study.xml"
        path.write_text(text)
        file = FileFacts("study.xml", "0" * 64, len(text))
        return importing.bring_in(trial=trial, study=read_study(path), file=file, by=factories.data_manager_of(trial))

    return bring


def test_a_number_in_another_unit_of_the_item_keeps_it(bring_in):
    subjects = [
        SUBJECT.format("1", "70", "MU_1"),
        SUBJECT.format("2", "180", "MU_2"),
        SUBJECT.format("3", "1", "MU_9"),
    ]
    units = UNIT.format("MU_1", "kg") + UNIT.format("MU_2", "lb")

    bring_in(STUDY.format(units=units, subjects="".join(subjects)))

    found = {one.subject.number: one for one in DataCapture.objects.select_related("subject")}
    assert found["1"].data == {"WEIGHT": "70"}
    assert found["2"].data == {"WEIGHT": {"value": "180", "unit": "lb"}}
    assert found["3"].data == {"WEIGHT": "1"}
    told = {key: next(selectors.values_in_file(one)) for key, one in found.items()}
    assert {key: (one.value, one.unit) for key, one in told.items()} == {
        "1": ("70", "MU_1"),
        "2": ("180", "MU_2"),
        "3": ("1", "MU_9"),
    }


def test_a_missing_data_code_of_the_project_says_that_there_is_no_value(bring_in):
    text = gzip.decompress((STUDIES / "redcapr/simple.xml.gz").read_bytes()).decode()
    codes = "<redcap:MissingDataCodes>-99, Not known</redcap:MissingDataCodes>"
    text = text.replace("<redcap:MissingDataCodes></redcap:MissingDataCodes>", codes)
    number = re.compile('(<ItemData ItemOID="height" Value=")[0-9.]+')

    bring_in(number.sub(r"\g<1>-99", text, count=1))

    capture = DataCapture.objects.get(data__height__missing="-99")
    assert missing_code(capture.data["height"]) == "-99"
    assert "-99" in [one.value for one in selectors.values_in_file(capture) if one.item == "height"]
    assert not capture.queries.filter(place="height").exists()
