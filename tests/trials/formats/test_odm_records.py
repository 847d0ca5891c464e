"""The data of an ODM file as records: values, nulls, transactions, audit records and signatures."""

import pytest

from tests.trials.formats.files import in_form, odm, with_data
from trials.formats import (
    Annotation,
    AuditRecord,
    FileRefused,
    Key,
    Level,
    Removal,
    Signature,
    StoredValue,
    read_study,
)

AUDIT = (
    '<AuditRecord {}><UserRef UserOID="U"/><LocationRef LocationOID="L"/>'
    "<DateTimeStamp>2020-01-01T10:00:00</DateTimeStamp><ReasonForChange>typo</ReasonForChange>"
    "<SourceID>7</SourceID></AuditRecord>"
)


def values_of(path):
    return list(read_study(path).values())


def records_of(path, kind):
    return [record for record in read_study(path).records() if isinstance(record, kind)]


@pytest.mark.parametrize(
    ("element", "value", "is_null"),
    [
        ('<ItemData ItemOID="A" Value="5"/>', "5", False),
        ('<ItemData ItemOID="A" Value=""/>', "", False),
        ('<ItemData ItemOID="A" IsNull="Yes"/>', None, True),
        ('<ItemData ItemOID="A"/>', None, True),
        ('<ItemData ItemOID="A"><Value>5</Value></ItemData>', "5", False),
        ('<ItemDataInteger ItemOID="A">5</ItemDataInteger>', "5", False),
        ('<ItemDataString ItemOID="A"> two words </ItemDataString>', " two words ", False),
        ('<ItemDataInteger ItemOID="A"/>', "", False),
        ('<ItemDataAny ItemOID="A" IsNull="Yes"/>', None, True),
        ('<ItemDataPartialDate ItemOID="A">2014-03</ItemDataPartialDate>', "2014-03", False),
        ('<ItemDataDurationDatetime ItemOID="A">P1Y</ItemDataDurationDatetime>', "P1Y", False),
        ('<ItemDataBase64Binary ItemOID="A">QQ==</ItemDataBase64Binary>', "QQ==", False),
    ],
)
def test_every_spelling_of_a_value_is_read(tmp_path, element, value, is_null):
    (stored,) = values_of(with_data(tmp_path, in_form(element)))

    assert (stored.item, stored.value, stored.is_null) == ("A", value, is_null)


def test_keys_stay_as_they_are_written(tmp_path):
    path = with_data(
        tmp_path,
        in_form(
            '<ItemData ItemOID="A" Value="1"/>',
            visit='StudyEventRepeatKey="SCREEN[1]"',
            form='FormRepeatKey="0"',
            group='ItemGroupRepeatKey="AE.1.1"',
        ),
    )

    (stored,) = values_of(path)

    assert (stored.visit_repeat, stored.form_repeat, stored.group_repeat) == ("SCREEN[1]", "0", "AE.1.1")


def test_a_key_that_is_absent_is_not_the_key_1(tmp_path):
    (stored,) = values_of(with_data(tmp_path, in_form('<ItemData ItemOID="A" Value="1"/>')))

    assert (stored.visit_repeat, stored.form_repeat, stored.group_repeat) == (None, None, None)


def test_forms_straight_under_the_subject_are_in_the_implied_visit(tmp_path):
    path = with_data(
        tmp_path,
        '<FormData FormOID="F"><ItemGroupData ItemGroupOID="G"><ItemData ItemOID="A" Value="1"/></ItemGroupData>'
        "</FormData>",
    )

    (stored,) = values_of(path)

    assert (stored.visit, stored.form) == ("", "F")


def test_levels_without_values_are_told(tmp_path):
    levels = records_of(with_data(tmp_path, in_form("")), Level)

    assert [level.at for level in levels] == [
        Key("1"),
        Key("1", visit="V"),
        Key("1", visit="V", form="F"),
        Key("1", visit="V", form="F", group="G"),
    ]


def test_transactions_are_inherited_downwards(tmp_path):
    path = with_data(
        tmp_path,
        in_form(
            '<ItemData ItemOID="A" Value="1"/><ItemData ItemOID="B" Value="2" TransactionType="Update"/>',
            form='TransactionType="Insert"',
        ),
        "Transactional",
    )

    assert [one.transaction for one in values_of(path)] == ["Insert", "Update"]


def test_without_a_transaction_a_snapshot_inserts_and_a_transactional_file_does_both(tmp_path):
    values = in_form('<ItemData ItemOID="A" Value="1"/>')

    assert values_of(with_data(tmp_path, values))[0].transaction == "Insert"
    assert values_of(with_data(tmp_path, values, "Transactional"))[0].transaction == "Upsert"


def test_what_is_removed_is_told_once_and_its_contents_are_not(tmp_path):
    path = with_data(
        tmp_path,
        in_form('<ItemData ItemOID="A" Value="1"/>', group='ItemGroupRepeatKey="2" TransactionType="Remove"'),
        "Transactional",
    )

    assert values_of(path) == []
    assert [one.at for one in records_of(path, Removal)] == [
        Key("1", visit="V", form="F", group="G", group_repeat="2"),
    ]


def test_one_value_is_removed(tmp_path):
    path = with_data(tmp_path, in_form('<ItemData ItemOID="A" TransactionType="Remove"/>'), "Transactional")

    assert [one.at.item for one in records_of(path, Removal)] == ["A"]


def test_context_creates_nothing(tmp_path):
    path = with_data(
        tmp_path,
        in_form('<ItemData ItemOID="A" Value="1" TransactionType="Update"/><ItemData ItemOID="B" Value="2"/>').replace(
            "<StudyEventData ", '<StudyEventData TransactionType="Context" '
        ),
        "Transactional",
    )

    assert [one.item for one in values_of(path)] == ["A"]
    assert [level.at for level in records_of(path, Level)] == [Key("1")]


def test_an_audit_record_hangs_where_the_file_has_it(tmp_path):
    path = with_data(
        tmp_path,
        AUDIT.format('EditPoint="Monitoring"')
        + '<SiteRef LocationOID="X"/>'
        + in_form(f'<ItemData ItemOID="A" Value="1">{AUDIT.format("")}</ItemData>'),
    )

    of_subject, of_value = records_of(path, AuditRecord)

    assert of_subject == AuditRecord(
        *(Key("1", "X"), "U", "L", "2020-01-01T10:00:00"),
        *("typo", "7", "Monitoring", None),
    )
    assert (of_value.at.item, of_value.at.site) == ("A", "X")


def test_the_subject_comes_before_what_hangs_on_it(tmp_path):
    path = with_data(tmp_path, AUDIT.format("") + '<SiteRef LocationOID="X"/>' + in_form(""))

    first, second, *_ = read_study(path).records()

    assert isinstance(first, Level)
    assert first.at == Key("1", "X")
    assert isinstance(second, AuditRecord)


def test_a_site_that_comes_late_is_told(tmp_path):
    path = with_data(tmp_path, in_form("") + '<SiteRef LocationOID="X"/>')

    assert [one.at.site for one in records_of(path, Level) if one.at.visit is None][-1] == "X"


def test_audit_records_in_a_collection_are_tied_by_their_id(tmp_path):
    subject = in_form('<ItemDataInteger ItemOID="A" AuditRecordID="a1" SignatureID="s1">1</ItemDataInteger>')
    collected = f"<AuditRecords>{AUDIT.format('ID=' + chr(34) + 'a1' + chr(34))}</AuditRecords>"
    path = odm(
        tmp_path,
        f'<ClinicalData StudyOID="S"><SubjectData SubjectKey="1">{subject}</SubjectData>{collected}</ClinicalData>',
    )

    (stored,), (audit,) = values_of(path), records_of(path, AuditRecord)

    assert (stored.audit, stored.signature) == ("a1", "s1")
    assert (audit.at, audit.id) == (None, "a1")


def test_signatures_and_annotations_are_kept_at_their_level(tmp_path):
    path = with_data(
        tmp_path,
        '<Signature><UserRef UserOID="U"/><LocationRef LocationOID="L"/><SignatureRef SignatureOID="D"/>'
        "<DateTimeStamp>2020-01-02</DateTimeStamp></Signature>"
        '<Annotation SeqNum="1"><Comment>seen</Comment><Flag><FlagValue CodeListOID="C">1</FlagValue>'
        '<FlagType CodeListOID="T">kind</FlagType></Flag></Annotation>',
    )

    (signature,), (note,) = records_of(path, Signature), records_of(path, Annotation)

    assert (signature.at, signature.user, signature.definition, signature.time) == (Key("1"), "U", "D", "2020-01-02")
    assert (note.at, note.comment, note.flags) == (Key("1"), "seen", (("1", "kind"),))


def test_the_unit_of_a_value_and_the_name_of_a_file_are_kept(tmp_path):
    path = with_data(
        tmp_path,
        in_form(
            '<ItemData ItemOID="A" Value="1"><MeasurementUnitRef MeasurementUnitOID="KG"/></ItemData>'
            '<ItemDataBase64Binary xmlns:r="https://projectredcap.org" ItemOID="B" r:DocName="a.pdf" '
            'r:MimeType="application/pdf">QQ==</ItemDataBase64Binary>'
        ),
    )

    with_unit, with_file = values_of(path)

    assert with_unit.unit == "KG"
    assert (with_file.file_name, with_file.mime_type) == ("a.pdf", "application/pdf")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('<ClinicalData StudyOID="S"><SubjectData/></ClinicalData>', "a subject"),
        ('<ClinicalData><StudyEventData StudyEventOID="V"/></ClinicalData>', "data"),
        ('<ClinicalData><ItemData ItemOID="A" Value="1"/></ClinicalData>', "a value"),
        (
            '<ClinicalData><SubjectData SubjectKey="1" TransactionType="Delete"/></ClinicalData>',
            "TransactionType Delete",
        ),
    ],
)
def test_data_that_belong_nowhere_refuse_the_file_at_their_line(tmp_path, body, what):
    with pytest.raises(FileRefused) as caught:
        read_study(odm(tmp_path, f"\n\n{body}"))

    assert caught.value.problem.what == what
    assert caught.value.problem.place.startswith("line 4, ")


def test_people_sites_and_meanings_are_named(tmp_path):
    study = read_study(
        odm(
            tmp_path,
            '<AdminData><User OID="U"><FirstName>Ada</FirstName><LastName>Byron</LastName></User>'
            '<User OID="W"><LoginName>w</LoginName></User><Location OID="L" Name="Berlin"/>'
            '<SignatureDef OID="D"><Meaning>I have read it</Meaning></SignatureDef></AdminData>',
        )
    )

    assert study.users == {"U": "Ada Byron", "W": "w"}
    assert study.sites == {"L": "Berlin"}
    assert study.meanings == {"D": "I have read it"}
    assert study.document is None


def test_reference_data_are_no_subjects(tmp_path):
    group = '<ItemGroupData ItemGroupOID="G"><ItemData ItemOID="A" Value="1"/></ItemGroupData>'

    study = read_study(odm(tmp_path, f"<ReferenceData>{group}</ReferenceData>"))

    assert list(study.records()) == []
    assert [problem.what for problem in study.unsupported] == ["ReferenceData"]


def test_records_can_be_read_again(tmp_path):
    study = read_study(with_data(tmp_path, in_form('<ItemData ItemOID="A" Value="1"/>')))

    values = [StoredValue("1", None, "V", None, "F", None, "G", None, "A", "1")]
    assert list(study.values()) == values
    assert list(study.values()) == values
