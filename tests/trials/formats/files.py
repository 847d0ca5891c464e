"""Study files for the tests: real ones, and small ones written in place."""

import hashlib
from pathlib import Path

STUDIES = Path(__file__).parents[2] / "data" / "studies"
HEAD = '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="{kind}" ODMVersion="1.3.2">'
STUDY = """
<Study OID="S"><GlobalVariables><StudyName>Trial</StudyName><StudyDescription/><ProtocolName>P-1</ProtocolName>
</GlobalVariables><BasicDefinitions>{units}</BasicDefinitions>
<MetaDataVersion OID="M" Name="One"><Protocol><StudyEventRef StudyEventOID="V" Mandatory="Yes"/></Protocol>
<StudyEventDef OID="V" Name="Visit" Repeating="No" Type="Scheduled">
<FormRef FormOID="F" Mandatory="Yes"/></StudyEventDef>
<FormDef OID="F" Name="Form" Repeating="No"><ItemGroupRef ItemGroupOID="G" Mandatory="Yes"/></FormDef>
<ItemGroupDef OID="G" Name="Group" Repeating="No">{refs}</ItemGroupDef>
{definitions}</MetaDataVersion></Study>
"""
REF = '<ItemRef ItemOID="{}" Mandatory="No"/>'


def odm(tmp_path, body, kind="Snapshot"):
    """Write an ODM file with this body."""
    path = tmp_path / "study"
    path.write_text(f"<?xml version='1.0' encoding='UTF-8'?>\n{HEAD.format(kind=kind)}{body}</ODM>", encoding="utf-8")
    return path


def with_items(tmp_path, definitions, refs="", units=""):
    """Write an ODM file of one form with these definitions; items A and B are in it unless `refs` says otherwise."""
    refs = refs or REF.format("A") + REF.format("B")
    return odm(tmp_path, STUDY.format(definitions=definitions, refs=refs, units=units))


def item(oid, kind="integer", inside="", name=""):
    return f'<ItemDef OID="{oid}" Name="{name or oid}" DataType="{kind}">{inside}</ItemDef>'


def with_data(tmp_path, subject, kind="Snapshot"):
    """Write an ODM file with the data of one subject."""
    body = f'<ClinicalData StudyOID="S" MetaDataVersionOID="M"><SubjectData SubjectKey="1">{subject}</SubjectData>'
    return odm(tmp_path, f"{body}</ClinicalData>", kind)


def in_form(values, group="", form="", visit=""):
    """Wrap values in their levels, with more attributes for each."""
    inner = f'<ItemGroupData ItemGroupOID="G" {group}>{values}</ItemGroupData>'
    return f'<StudyEventData StudyEventOID="V" {visit}><FormData FormOID="F" {form}>{inner}</FormData></StudyEventData>'


def dictionary(tmp_path, *rows, head=True):
    """Write a data dictionary; a row is a dict of column number to cell, its field and form being given."""
    from csv import writer

    names = ["Variable / Field Name", "Form Name", "Section Header", "Field Type", *(f"c{n}" for n in range(4, 18))]
    path = tmp_path / "dictionary"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = writer(file)
        out.writerows([names] if head else [])
        for number, row in enumerate(rows):
            cells = {0: f"f{number + 1}", 1: "form_1", 3: "text", 4: f"Field {number + 1}"} | row
            out.writerow([cells.get(column, "") for column in range(18)])
    return path


def items_by_oid(study):
    return {item["oid"]: item for item in study.document["items"]}


def sha_of(values):
    """Return the checksum of subject, form, item and value of all values that are not empty."""
    lines = sorted(f"{one.subject}\t{one.form}\t{one.item}\t{one.value}" for one in values if one.value)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
