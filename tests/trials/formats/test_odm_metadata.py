"""What an ODM file defines, as a study version: items, choices, units, checks, conditions, methods, languages."""

import pytest

from tests.trials.formats.files import REF, STUDY, in_form, item, items_by_oid, odm, with_items
from trials.definition import read_definition
from trials.formats import FileRefused, Places, read_study

CODES = (
    '<CodeList OID="CL" Name="Colours" DataType="text">'
    '<CodeListItem CodedValue="r"><Decode><TranslatedText xml:lang="en">Red</TranslatedText>'
    '<TranslatedText xml:lang="de">Rot</TranslatedText></Decode></CodeListItem>'
    '<EnumeratedItem CodedValue="g"/></CodeList>'
)
LISTED = '<CodeListRef CodeListOID="CL"/>'


def formal(text, context="OpenEDC"):
    return f'<FormalExpression Context="{context}">{text}</FormalExpression>'


def check(comparator, *values, hard="Soft", more=""):
    inner = "".join(f"<CheckValue>{value}</CheckValue>" for value in values)
    return f'<RangeCheck Comparator="{comparator}" SoftHard="{hard}">{inner}{more}</RangeCheck>'


def reasons(study):
    return [f"{problem.what}: {problem.reason}" for problem in [*study.refused, *study.unsupported]]


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        ("integer", {"type": "INTEGER"}),
        ("float", {"type": "DECIMAL"}),
        ("double", {"type": "DECIMAL"}),
        ("text", {"type": "TEXT"}),
        ("string", {"type": "TEXT"}),
        ("URI", {"type": "TEXT"}),
        ("date", {"type": "DATE"}),
        ("partialDate", {"type": "DATE", "partial": True}),
        ("time", {"type": "TIME"}),
        ("partialTime", {"type": "TIME"}),
        ("datetime", {"type": "DATE_TIME"}),
        ("partialDatetime", {"type": "DATE_TIME", "partial": True}),
        ("incompleteDatetime", {"type": "DATE_TIME", "partial": True}),
        ("durationDatetime", {"type": "TEXT"}),
        ("base64Binary", {"type": "TEXT"}),
    ],
)
def test_each_data_type_is_a_type_of_ours(tmp_path, data_type, expected):
    made = items_by_oid(read_study(with_items(tmp_path, item("A", data_type) + item("B"))))["A"]

    assert made == {"oid": "A", "name": "A"} | expected


def test_an_unknown_data_type_is_a_text_and_is_told(tmp_path):
    study = read_study(with_items(tmp_path, item("A", "number") + item("B")))

    assert items_by_oid(study)["A"]["type"] == "TEXT"
    assert reasons(study) == ["DataType number: ODM has no such type: it is read as a text."]
    assert study.refused[0].place.endswith("ItemDef A")


def test_booleans_are_choices_of_1_and_0(tmp_path):
    study = read_study(with_items(tmp_path, item("A", "boolean") + item("B", "boolean")))

    (codes,) = study.document["code_lists"]
    assert [choice["code"] for choice in codes["choices"]] == ["1", "0"]
    assert {one["code_list"] for one in study.document["items"]} == {codes["oid"]}


def test_booleans_are_in_words_where_the_data_are(tmp_path):
    text = with_items(tmp_path, item("A", "boolean") + item("B", "boolean")).read_text().replace("</ODM>", "")
    data = in_form('<ItemDataBoolean ItemOID="A">true</ItemDataBoolean><ItemData ItemOID="B" Value="1"/>')
    (tmp_path / "study").write_text(
        f'{text}<ClinicalData StudyOID="S"><SubjectData SubjectKey="1">{data}</SubjectData></ClinicalData></ODM>'
    )

    document = read_study(tmp_path / "study").document

    assert [[choice["code"] for choice in row["choices"]] for row in document["code_lists"]] == [
        ["true", "false"],
        ["1", "0"],
    ]


def test_choices_come_in_the_languages_of_the_file(tmp_path):
    study = read_study(with_items(tmp_path, item("A", "text", LISTED) + item("B", "text", LISTED) + CODES))

    (codes,) = study.document["code_lists"]
    assert study.document["language"] == "en"
    assert codes["choices"] == [
        {"code": "r", "label": {"en": "Red", "de": "Rot"}},
        {"code": "g", "label": "g"},
    ]
    assert read_definition(study.document, "de").items["A"].code_list.labels["r"] == "Rot"


def test_choices_that_cannot_be_are_told(tmp_path):
    codes = CODES.replace('<EnumeratedItem CodedValue="g"/>', '<EnumeratedItem CodedValue="r"/><EnumeratedItem/>')

    study = read_study(with_items(tmp_path, item("A", "text", LISTED) + item("B") + codes))

    assert reasons(study) == [
        "a choice of CL: There is one of this code already.",
        "a choice of CL: Its code is empty or too long.",
    ]


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ("", "code list CL: There is no such code list: the item is a text."),
        (
            '<CodeList OID="CL" Name="x" DataType="text"><ExternalCodeList Dictionary="MedDRA"/></CodeList>',
            "a dictionary",
        ),
        ('<CodeList OID="CL" Name="x" DataType="text"/>', "an empty code list"),
    ],
)
def test_an_item_without_choices_is_a_text(tmp_path, codes, reason):
    study = read_study(with_items(tmp_path, item("A", "text", LISTED) + item("B") + codes))

    assert items_by_oid(study)["A"]["type"] == "TEXT"
    assert reasons(study)[0].startswith(reason)


def test_a_unit_stands_by_its_symbol(tmp_path):
    units = (
        '<MeasurementUnit OID="U1" Name="Kilo"><Symbol><TranslatedText>kg</TranslatedText></Symbol></MeasurementUnit>'
        '<MeasurementUnit OID="U2" Name="Pound"><Symbol/></MeasurementUnit>'
    )
    one, two = (f'<MeasurementUnitRef MeasurementUnitOID="{oid}"/>' for oid in ("U1", "U2"))

    study = read_study(with_items(tmp_path, item("A", inside=one) + item("B", "text", two + one), units=units))

    assert [made["unit"] for made in study.document["items"]] == ["kg", "Pound"]
    assert reasons(study) == [
        "2 units of one item: Only numbers may be in one of several units. The first is the item's unit: Pound."
    ]


def test_a_number_may_be_in_each_of_its_units(tmp_path):
    units = '<MeasurementUnit OID="U1" Name="kg"/><MeasurementUnit OID="U2" Name="lb"/>'
    both = "".join(f'<MeasurementUnitRef MeasurementUnitOID="{oid}"/>' for oid in ("U1", "U2"))

    study = read_study(with_items(tmp_path, item("A", "float", inside=both) + item("B"), units=units))

    assert items_by_oid(study)["A"]["unit"] == "kg"
    assert items_by_oid(study)["A"]["units"] == [{"unit": "lb"}]
    assert reasons(study) == []


def test_a_limit_in_another_unit_is_told(tmp_path):
    units = '<MeasurementUnit OID="U1" Name="kg"/><MeasurementUnit OID="U2" Name="lb"/>'
    inside = '<MeasurementUnitRef MeasurementUnitOID="U1"/>' + check(
        "GE", "3", more='<MeasurementUnitRef MeasurementUnitOID="U2"/>'
    )

    study = read_study(with_items(tmp_path, item("A", inside=inside) + item("B"), units=units))

    assert reasons(study) == ["a limit in lb: The item's unit is kg: the value is compared as it is written."]


def test_calculations_in_a_circle_are_taken_out_and_told(tmp_path):
    refs = '<ItemRef ItemOID="A" Mandatory="No" MethodOID="MA"/><ItemRef ItemOID="B" Mandatory="No" MethodOID="MB"/>'
    methods = f'<MethodDef OID="MA" Name="a">{formal("B + 1")}</MethodDef>'
    methods += f'<MethodDef OID="MB" Name="b">{formal("A + 1")}</MethodDef>'

    study = read_study(with_items(tmp_path, item("A") + item("B") + methods, refs))

    assert sum("calculation" in made for made in study.document["items"]) == 1
    assert "need each other" in study.unsupported[0].reason


def test_what_items_are_asked_differently_stays_at_their_places(tmp_path):
    body = STUDY.format(
        definitions='<FormDef OID="F2" Name="Two" Repeating="Yes"><ItemGroupRef ItemGroupOID="G2"/></FormDef>'
        '<ItemGroupDef OID="G2" Name="Two" Repeating="No"><ItemRef ItemOID="A" Mandatory="Yes"/></ItemGroupDef>'
        + item("A"),
        refs=REF.format("A"),
        units="",
    )

    study = read_study(odm(tmp_path, body))

    first, second = study.document["forms"]
    assert first["sections"][0]["items"] == ["A"]
    assert second["sections"][0]["items"] == [{"oid": "A", "required": True}]
    assert second["repeating"] is True


def test_an_item_twice_in_a_form_becomes_two_of_one_source(tmp_path):
    body = STUDY.format(
        definitions='<ItemGroupDef OID="H" Name="H" Repeating="Yes"><ItemRef ItemOID="A"/></ItemGroupDef>' + item("A"),
        refs=REF.format("A"),
        units="",
    ).replace(
        '<ItemGroupRef ItemGroupOID="G"',
        '<ItemGroupRef ItemGroupOID="H" Mandatory="No"/><ItemGroupRef ItemGroupOID="G"',
    )

    document = read_study(odm(tmp_path, body)).document

    assert [(made["oid"], made.get("source")) for made in document["items"]] == [("A", None), ("A.G", "A")]
    places = Places(document)
    assert (places.item("F", "H", "A").item, places.item("F", "H", "A").table) == ("A", "H")
    assert (places.item("F", "G", "A").item, places.item("F", "G", "A").table) == ("A.G", "")


def test_names_that_are_no_oids_get_one_and_keep_their_own(tmp_path):
    long = "x" * 60
    refs = REF.format("Größe 1") + REF.format(long) + REF.format("status") + REF.format("Grosse_1")
    definitions = "".join(item(name) for name in ("Größe 1", long, "status", "Grosse_1"))

    study = read_study(with_items(tmp_path, definitions, refs))

    made = [(one["oid"], one.get("source")) for one in study.document["items"]]
    assert made[0] == ("Groe_1", "Größe 1")
    assert made[1] == ("x" * 40, long)
    assert made[2] == ("status_2", "status")
    assert made[3] == ("Grosse_1", None)


def test_what_no_text_may_hold_is_left_out_of_names(tmp_path):
    study = read_study(with_items(tmp_path, item("A", "text", LISTED, "na\x7fme") + item("B") + CODES))

    assert items_by_oid(study)["A"]["name"] == "name"


def test_an_empty_name_is_the_oid(tmp_path):
    text = with_items(tmp_path, item("A") + item("B")).read_text().replace('Name="Form"', 'Name=""')

    (tmp_path / "study").write_text(text.replace('OID="A" Name="A"', 'OID="A" Name=""'))
    document = read_study(tmp_path / "study").document

    assert document["forms"][0]["name"] == "F"
    assert document["items"][0]["name"] == "A"


def test_definitions_that_are_missing_or_there_twice_are_told(tmp_path):
    definitions = item("A") + item("A", "text") + '<ItemDef Name="no oid" DataType="text"/>'

    study = read_study(with_items(tmp_path, definitions))

    assert items_by_oid(study)["A"]["type"] == "INTEGER"
    assert reasons(study) == [
        "a definition: There is one of this OID already: the first counts.",
        "a definition: It has no OID.",
        "a reference: There is no definition of 'B'.",
    ]


def test_order_numbers_order_and_document_order_breaks_ties(tmp_path):
    refs = "".join(
        f'<ItemRef ItemOID="{oid}" Mandatory="No" {order}/>'
        for oid, order in [("A", 'OrderNumber="2"'), ("B", 'OrderNumber="1"'), ("C", ""), ("D", 'OrderNumber="1"')]
    )

    document = read_study(with_items(tmp_path, "".join(item(oid) for oid in "ABCD"), refs)).document

    assert document["forms"][0]["sections"][0]["items"] == ["B", "C", "D", "A"]


def test_a_version_takes_over_what_it_includes_and_overrides(tmp_path):
    text = with_items(tmp_path, item("A") + item("B")).read_text()
    later = '<MetaDataVersion OID="M2" Name="Two"><Include StudyOID="S" MetaDataVersionOID="M"/>' + item("B", "text")
    (tmp_path / "study").write_text(text.replace("</MetaDataVersion>", f"</MetaDataVersion>{later}</MetaDataVersion>"))

    study = read_study(tmp_path / "study")

    assert study.version == "M2"
    assert {oid: made["type"] for oid, made in items_by_oid(study).items()} == {"A": "INTEGER", "B": "TEXT"}


def test_an_include_of_what_is_not_there_is_told(tmp_path):
    text = with_items(tmp_path, item("A") + item("B")).read_text()
    (tmp_path / "study").write_text(
        text.replace("<Protocol>", '<Include StudyOID="X" MetaDataVersionOID="Y"/><Protocol>')
    )

    assert reasons(read_study(tmp_path / "study")) == [
        "MetaDataVersion Y of X: It is to be included, and is not in this file."
    ]


def test_texts_of_many_languages_are_kept_and_mark_up_is_not(tmp_path):
    question = (
        '<Question><TranslatedText xml:lang="de">&lt;b&gt;Größe&lt;script&gt;x&lt;/script&gt;</TranslatedText>'
        '<TranslatedText xml:lang="fr">Taille &lt; 3</TranslatedText></Question>'
    )
    german = '<Question><TranslatedText xml:lang="de">Alter</TranslatedText></Question>'

    study = read_study(with_items(tmp_path, item("A", inside=question) + item("B", inside=german)))

    assert study.document["language"] == "de"
    assert items_by_oid(study)["A"]["question"] == {"de": "Größe", "fr": "Taille < 3"}
    assert items_by_oid(study)["B"]["question"] == "Alter"


def test_a_form_in_no_visit_has_the_implied_one_where_there_are_data(tmp_path):
    text = with_items(tmp_path, item("A") + item("B")).read_text().replace("</ODM>", "")
    group = '<ItemGroupData ItemGroupOID="G"><ItemData ItemOID="A" Value="1"/></ItemGroupData>'
    form = f'<FormData FormOID="F">{group}</FormData>'
    (tmp_path / "study").write_text(
        f'{text}<ClinicalData StudyOID="S"><SubjectData SubjectKey="1">{form}</SubjectData></ClinicalData></ODM>'
    )

    study = read_study(tmp_path / "study")

    assert [visit["oid"] for visit in study.document["visits"]] == ["V", "ALL"]
    assert Places(study.document).visit("") == "ALL"


def test_what_repeats_in_the_data_repeats_in_the_version(tmp_path):
    text = with_items(tmp_path, item("A") + item("B")).read_text().replace("</ODM>", "")
    data = in_form(
        '<ItemData ItemOID="A" Value="1"/>',
        *('ItemGroupRepeatKey="2"', 'FormRepeatKey="2"', 'StudyEventRepeatKey="2"'),
    )
    (tmp_path / "study").write_text(
        f'{text}<ClinicalData StudyOID="S"><SubjectData SubjectKey="1">{data}</SubjectData></ClinicalData></ODM>'
    )

    document = read_study(tmp_path / "study").document

    assert document["visits"][0]["repeating"] is True
    assert document["forms"][0]["repeating"] is True
    assert document["forms"][0]["sections"][0]["repeating"] is True


def test_vendors_elements_are_counted_once(tmp_path):
    text = with_items(tmp_path, item("A", inside='<v:x xmlns:v="urn:v"><v:y/></v:x>') + item("B")).read_text()
    (tmp_path / "study").write_text(text)

    assert reasons(read_study(tmp_path / "study")) == [
        "elements of urn:v (2 times): They are the vendor's own: what the forms need was read."
    ]


def test_an_element_that_odm_has_not_is_passed_over_and_told(tmp_path):
    study = read_study(with_items(tmp_path, item("A", inside="<Remark><Deep/></Remark>") + item("B")))

    assert reasons(study) == ["element Remark: ODM has no such element: it was passed over."]


@pytest.mark.parametrize(
    ("body", "place", "what"),
    [
        ("<study/>", "line 2", "element study"),
        ("<Study OID='S'>", "line 2, column", "the XML"),
        ("<Study OID='S'>&unknown;</Study>", "line 2, column", "the XML"),
        ("<Study>" + "<Description>" * 100, "line 2, Description", "an element"),
    ],
)
def test_what_cannot_be_read_says_where_it_broke(tmp_path, body, place, what):
    with pytest.raises(FileRefused) as caught:
        read_study(odm(tmp_path, body))

    assert caught.value.problem.place.startswith(place)
    assert caught.value.problem.what == what


def test_a_file_type_that_odm_has_not_is_refused(tmp_path):
    with pytest.raises(FileRefused, match="FileType Copy"):
        read_study(odm(tmp_path, "", "Copy"))
