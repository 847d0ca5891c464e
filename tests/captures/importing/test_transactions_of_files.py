"""A transactional file is followed step by step, also by a later one; where a step fails, nothing of a file stays."""

import pytest

from captures import services as captures
from captures.models import DataCapture, SourceRecord, StudyImport
from captures.services import importing
from captures.services.importing import FileFacts, bringing_in, storing
from edc.base.errors import Refused
from patients.models import Subject
from tests import factories
from tests.captures.importing.test_imported_forms import put_in_force
from trials.formats import read_study
from trials.models import Site, StudyVersion

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

METADATA = """
<Study OID="S"><GlobalVariables><StudyName>Steps</StudyName><StudyDescription>-</StudyDescription>
<ProtocolName>Steps</ProtocolName></GlobalVariables><MetaDataVersion OID="M" Name="One"><Protocol>
<StudyEventRef StudyEventOID="V" Mandatory="Yes"/></Protocol>
<StudyEventDef OID="V" Name="Visit" Repeating="No" Type="Scheduled"><FormRef FormOID="AE" Mandatory="Yes"/>
<FormRef FormOID="DM" Mandatory="Yes"/></StudyEventDef>
<FormDef OID="AE" Name="Events" Repeating="No"><ItemGroupRef ItemGroupOID="ROWS" Mandatory="Yes"/></FormDef>
<FormDef OID="DM" Name="Person" Repeating="No"><ItemGroupRef ItemGroupOID="ONE" Mandatory="Yes"/></FormDef>
<ItemGroupDef OID="ROWS" Name="Rows" Repeating="Yes"><ItemRef ItemOID="TERM" Mandatory="No"/>
<ItemRef ItemOID="GRADE" Mandatory="No"/></ItemGroupDef>
<ItemGroupDef OID="ONE" Name="One" Repeating="No"><ItemRef ItemOID="AGE" Mandatory="No"/></ItemGroupDef>
<ItemDef OID="TERM" Name="Term" DataType="text" Length="50"/><ItemDef OID="GRADE" Name="Grade" DataType="integer"/>
<ItemDef OID="AGE" Name="Age" DataType="integer"/></MetaDataVersion></Study>
"""
FIRST = """
<SubjectData SubjectKey="1" TransactionType="Insert"><StudyEventData StudyEventOID="V">
  <FormData FormOID="AE">
    <ItemGroupData ItemGroupOID="ROWS" ItemGroupRepeatKey="a"><ItemData ItemOID="TERM" Value="Cough"/></ItemGroupData>
    <ItemGroupData ItemGroupOID="ROWS" ItemGroupRepeatKey="b"><ItemData ItemOID="TERM" Value="Fever"/>
      <ItemData ItemOID="GRADE" Value="2"/></ItemGroupData></FormData>
  <FormData FormOID="DM"><ItemGroupData ItemGroupOID="ONE"><ItemData ItemOID="AGE" Value="50"/></ItemGroupData>
  </FormData>
</StudyEventData></SubjectData>
<SubjectData SubjectKey="1" TransactionType="Context"><StudyEventData StudyEventOID="V" TransactionType="Context">
  <FormData FormOID="AE" TransactionType="Context">
    <ItemGroupData ItemGroupOID="ROWS" ItemGroupRepeatKey="a" TransactionType="Remove"/>
    <ItemGroupData ItemGroupOID="ROWS" ItemGroupRepeatKey="c" TransactionType="Upsert">
      <ItemData ItemOID="TERM" Value="Rash"/></ItemGroupData>
    <ItemGroupData ItemGroupOID="ROWS" ItemGroupRepeatKey="b" TransactionType="Context">
      <ItemData ItemOID="TERM" Value="High fever" TransactionType="Update"/>
      <ItemData ItemOID="GRADE" TransactionType="Remove"/></ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="2" TransactionType="Context"/>
<SubjectData SubjectKey="3" TransactionType="Insert"><StudyEventData StudyEventOID="V"><FormData FormOID="DM">
  <ItemGroupData ItemGroupOID="ONE"><ItemData ItemOID="AGE" Value="30"/></ItemGroupData></FormData></StudyEventData>
</SubjectData>
"""
SECOND = """
<SubjectData SubjectKey="1" TransactionType="Context"><StudyEventData StudyEventOID="V" TransactionType="Context">
  <FormData FormOID="AE" TransactionType="Context">
    <ItemGroupData ItemGroupOID="ROWS" ItemGroupRepeatKey="b" TransactionType="Context">
      <ItemData ItemOID="TERM" Value="Fever" TransactionType="Update"/></ItemGroupData>
    <ItemGroupData ItemGroupOID="ROWS" ItemGroupRepeatKey="a" TransactionType="Insert">
      <ItemData ItemOID="TERM" Value="Cough again"/></ItemGroupData></FormData>
  <FormData FormOID="DM" TransactionType="Remove"/></StudyEventData></SubjectData>
<SubjectData SubjectKey="3" TransactionType="Context">
  <StudyEventData StudyEventOID="V" TransactionType="Remove"/></SubjectData>
"""


@pytest.fixture
def manager():
    return factories.data_manager_of(factories.draft_trial())


@pytest.fixture
def trial(manager):
    return manager.memberships.get().trial


@pytest.fixture
def bring_in(manager, trial, tmp_path):
    def bring(data, *, metadata=""):
        path = tmp_path / "steps.xml"
        path.write_text(
            '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Transactional" FileOID="F"'
            f' CreationDateTime="2026-01-01T00:00:00">{metadata}<ClinicalData StudyOID="S" MetaDataVersionOID="M">'
            f"{data}</ClinicalData></ODM>"
        )
        file = FileFacts("steps.xml", f"{abs(hash(data)):064x}", 1)
        return importing.bring_in(trial=trial, study=read_study(path), file=file, by=manager)

    return bring


def terms():
    """Return the terms of subject 1 by row: keys of a file that fit stay."""
    capture = DataCapture.objects.get(subject__number="1", form="AE")
    return {name[5:-6]: value for name, value in capture.data.items() if name.endswith("].TERM")}


def test_steps_of_one_file_follow_each_other(bring_in):
    _, result = bring_in(FIRST, metadata=METADATA)

    capture = DataCapture.objects.get(subject__number="1", form="AE")
    assert terms() == {"b": "High fever", "c": "Rash"}
    assert not any(name.endswith("GRADE") for name in capture.data)
    assert result.numbers["values_lost"] == 0
    earlier = SourceRecord.objects.filter(kind="EARLIER", capture=capture).get().details["values"]
    assert {one[3] for one in earlier} == {"Cough", "Fever", "2"}


def test_a_context_alone_makes_no_form(bring_in):
    bring_in(FIRST, metadata=METADATA)

    assert not DataCapture.objects.filter(subject__number="2").exists()


def test_a_later_file_goes_on_where_the_first_ended(bring_in):
    bring_in(FIRST, metadata=METADATA)

    row, result = bring_in(SECOND)

    assert terms() == {"a": "Cough again", "b": "Fever", "c": "Rash"}
    assert list(DataCapture.objects.values_list("subject__number", "form")) == [("1", "AE")]
    assert (result.numbers["captures_changed"], result.numbers["captures_taken_back"]) == (1, 2)
    assert DataCapture.everything.filter(study_import=row).count() == 3


def test_taking_the_later_file_back_gives_what_the_first_left(bring_in, manager):
    bring_in(FIRST, metadata=METADATA)
    before = dict(DataCapture.objects.values_list("pk", "data"))
    row, _ = bring_in(SECOND)

    importing.take_back(study_import=row, reason="Sent too early", by=manager)

    assert dict(DataCapture.objects.values_list("pk", "data")) == before


def test_what_fails_in_the_middle_leaves_nothing(bring_in, monkeypatch):
    monkeypatch.setattr(bringing_in, "AT_ONCE", 1)
    stored, stop = [], storing.Store.store

    def fail_at_the_last(store, drafts):
        if stored:
            assert DataCapture.objects.exists()
            raise ConnectionError("The database went away")
        stored.extend(drafts)
        stop(store, drafts)

    monkeypatch.setattr(storing.Store, "store", fail_at_the_last)
    with pytest.raises(ConnectionError):
        bring_in(FIRST, metadata=METADATA)

    for model in (DataCapture, Subject, Site, StudyVersion, StudyImport, SourceRecord):
        assert not model.objects.exists(), model


def test_what_people_entered_is_never_written_over(bring_in, manager, trial, monkeypatch):
    monkeypatch.setattr(bringing_in, "AT_ONCE", 1)
    bring_in(FIRST, metadata=METADATA)
    put_in_force(trial, manager)
    last = DataCapture.objects.get(subject__number="3")
    nurse = factories.coordinator_at(last.site)
    captures.save_capture(capture=last, values={"AGE": "31"}, reason="As in the source", version=1, by=nurse)
    before = dict(DataCapture.objects.values_list("pk", "data"))

    with pytest.raises(Refused, match=r"1 form of this file was entered or changed here: 3: Person, V.* never written"):
        bring_in(SECOND)

    assert dict(DataCapture.objects.values_list("pk", "data")) == before
    assert StudyImport.objects.count() == 1
