"""REDCap's data dictionary as a study version."""

import pytest

from tests.trials.formats.files import dictionary, items_by_oid
from trials.definition import read_definition
from trials.formats import FileRefused, read_study

TYPE, LABEL, CHOICES, NOTE, CHECK, LEAST, MOST, IDENTIFIER, BRANCHING, REQUIRED = range(3, 13)
FORM, HEADER, RANKING, ANNOTATION = 1, 2, 16, 17


def told(study):
    return [f"{problem.what}: {problem.reason}" for problem in [*study.refused, *study.unsupported]]


def choices(study, oid):
    listed = items_by_oid(study)[oid]["code_list"]
    rows = next(row["choices"] for row in study.document["code_lists"] if row["oid"] == listed)
    return {choice["code"]: choice["label"] for choice in rows}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, {"type": "TEXT"}),
        ({TYPE: "notes"}, {"type": "LONG_TEXT"}),
        ({CHECK: "integer"}, {"type": "INTEGER"}),
        ({CHECK: "number"}, {"type": "DECIMAL"}),
        ({CHECK: "number_2dp"}, {"type": "DECIMAL", "digits": 2}),
        ({CHECK: "date_dmy"}, {"type": "DATE"}),
        ({CHECK: "datetime_seconds_mdy"}, {"type": "DATE_TIME"}),
        ({CHECK: "time"}, {"type": "TIME"}),
        ({TYPE: "descriptive"}, {"type": "DESCRIPTIVE"}),
        ({TYPE: "calc", CHOICES: "1 + 2"}, {"type": "DECIMAL", "calculation": "1 + 2"}),
        (
            {TYPE: "slider", CHOICES: "none | some | worst", LEAST: "1", MOST: "10"},
            {
                "type": "SCALE",
                "scale": {"min": "1", "max": "10", "step": "1", "visual": True, "low": "none", "high": "worst"},
            },
        ),
        ({TYPE: "slider"}, {"type": "SCALE", "scale": {"min": "0", "max": "100", "step": "1", "visual": True}}),
        ({IDENTIFIER: "y"}, {"type": "TEXT", "identifying": True}),
        ({REQUIRED: "y"}, {"type": "TEXT", "required": True}),
        ({NOTE: "in <i>kg</i>"}, {"type": "TEXT", "hint": "in kg"}),
        ({CHECK: "integer", LEAST: "3", MOST: "9"}, {"ranges": [{"min": "3", "max": "9", "severity": "SOFT"}]}),
        ({CHECK: "date_mdy", LEAST: "2020-02-01"}, {"ranges": [{"min": "2020-02-01", "severity": "SOFT"}]}),
        ({ANNOTATION: "@DEFAULT='x y' @CHARLIMIT=3"}, {"default": "x y"}),
    ],
)
def test_each_kind_of_field_is_an_item(tmp_path, cells, expected):
    study = read_study(dictionary(tmp_path, cells))

    made = items_by_oid(study)["f1"]
    assert {name: made[name] for name in expected} == expected
    assert told(study) == []
    assert read_definition(study.document)


def test_choices_may_hold_commas_and_codes_may_be_anything(tmp_path):
    study = read_study(
        dictionary(tmp_path, {TYPE: "radio", CHOICES: "1, Yes, very | -99, No | 007, Bond | x, <b>X</b>"})
    )

    assert choices(study, "f1") == {"1": "Yes, very", "-99": "No", "007": "Bond", "x": "X"}


def test_a_choice_without_label_shows_its_code(tmp_path):
    assert choices(read_study(dictionary(tmp_path, {TYPE: "dropdown", CHOICES: "1 | 2,"})), "f1") == {
        "1": "1",
        "2": "2",
    }


@pytest.mark.parametrize(("kind", "labels"), [("yesno", ["Yes", "No"]), ("truefalse", ["True", "False"])])
def test_yes_and_true_are_stored_as_1(tmp_path, kind, labels):
    study = read_study(dictionary(tmp_path, {TYPE: kind}, {TYPE: kind}))

    assert choices(study, "f1") == dict(zip("10", labels, strict=True))
    assert items_by_oid(study)["f1"]["code_list"] == items_by_oid(study)["f2"]["code_list"]


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ({TYPE: "sql", CHOICES: "select 1"}, "choices from a database (sql)"),
        ({TYPE: "file"}, "a file"),
        ({TYPE: "file", CHECK: "signature"}, "a file"),
        ({TYPE: "radio"}, "a radio field without choices"),
        ({CHECK: "email"}, "validation email"),
        ({CHECK: "number_comma_decimal"}, "validation number_comma_decimal"),
        ({CHOICES: "BIOPORTAL:HP"}, "choices 'BIOPORTAL:HP' of a text"),
        ({ANNOTATION: "@HIDDEN"}, "annotation @HIDDEN"),
        ({ANNOTATION: "@DEFAULT='[name]'"}, "annotation @DEFAULT"),
        ({ANNOTATION: "@CALCTEXT(if([a]=1,'x','y'))"}, "annotation \"@CALCTEXT(if([a]=1,'x','y'))\""),
        ({TYPE: "radio", CHOICES: "1, A", RANKING: "y"}, "ranking in a matrix"),
        ({LABEL: "How is [name] today?"}, "a value shown inside a label"),
        ({CHECK: "date_mdy", MOST: "today"}, "limit <= today"),
        ({LEAST: "many"}, "limit >= many"),
    ],
)
def test_what_has_no_place_here_is_told_with_its_field(tmp_path, cells, what):
    study = read_study(dictionary(tmp_path, cells))

    assert [problem.what for problem in study.unsupported] == [what]
    assert study.unsupported[0].place.startswith("line 2, field f1")
    assert "f1" in items_by_oid(study)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({0: "1st"}, "variable '1st'"),
        ({TYPE: "photo"}, "field type 'photo'"),
        ({FORM: ""}, "the field"),
        ({0: "f1"}, "the field"),
    ],
)
def test_a_row_that_is_no_field_is_left_out_and_told(tmp_path, row, what):
    study = read_study(dictionary(tmp_path, {}, row))

    assert [problem.what for problem in study.refused] == [what]
    assert study.refused[0].place.startswith("line 3")
    assert study.counts.items == 1


def test_a_code_twice_is_told(tmp_path):
    study = read_study(dictionary(tmp_path, {TYPE: "radio", CHOICES: "1, A | 1, B | , C"}))

    assert told(study) == ["choice '1, B': The code 1 is there already.", "choice ', C': It has no code."]


def test_branching_is_the_condition(tmp_path):
    study = read_study(
        dictionary(
            tmp_path,
            {TYPE: "checkbox", CHOICES: "1, A | -2, B"},
            {BRANCHING: "[f1(-2)] = '1'\nand\xa0[f1(1)] <> \"1\""},
            {BRANCHING: "// only for some\n[f2] > 3"},
        )
    )

    items = items_by_oid(study)
    assert items["f1"]["type"] == "MULTIPLE"
    assert items["f2"]["condition"] == "[f1(-2)] = '1'\nand\xa0[f1(1)] <> \"1\""
    assert items["f3"]["condition"] == "number([f2]) > 3"
    assert told(study) == []


@pytest.mark.parametrize(
    ("branching", "reason"),
    [
        ("[f1] = 7", "There is no choice '7'."),
        ("[nothing] = 7", "There is no item nothing."),
        ("[f1] = 1 and", "The expression ends too early."),
        ("[f1][2] = 1", "A certain row of a repeat has no name here."),
        ("[f1][last-instance] = 1", "A certain row of a repeat has no name here."),
        ("[visit_1_arm_1][f1] = 1", "There is no visit visit_1_arm_1."),
        ("[current-instance] = 1", "There is no item current-instance."),
    ],
)
def test_branching_that_makes_no_sense_is_told_and_never_dropped(tmp_path, branching, reason):
    study = read_study(dictionary(tmp_path, {TYPE: "radio", CHOICES: "1, A"}, {BRANCHING: branching}))

    (problem,) = study.unsupported
    assert problem.what == f"branching {branching!r}"
    assert problem.reason == reason
    assert "field f2" in problem.place
    assert "condition" not in items_by_oid(study)["f2"]


def test_conditions_in_a_circle_are_taken_out(tmp_path):
    study = read_study(dictionary(tmp_path, {BRANCHING: "[f2] = 'x'"}, {BRANCHING: "[f1] = 'x'"}))

    assert ["condition" in items_by_oid(study)[oid] for oid in ("f1", "f2")].count(True) == 1
    assert "need each other" in study.unsupported[0].reason


def test_a_limit_may_be_another_field(tmp_path):
    study = read_study(dictionary(tmp_path, {CHECK: "date_mdy"}, {CHECK: "date_mdy", LEAST: "[f1]"}))

    (check,) = study.document["checks"]
    assert check["fails_when"] == "[f2] < [f1]"
    assert (check["form"], check["item"], check["severity"]) == ("form_1", "f2", "SOFT")


def test_fields_called_like_a_column_of_captures_get_another_name_also_in_logic(tmp_path):
    study = read_study(dictionary(tmp_path, {0: "status", CHECK: "integer"}, {BRANCHING: "[status] > 1"}))

    assert items_by_oid(study)["status_2"]["source"] == "status"
    assert items_by_oid(study)["f2"]["condition"] == "[status_2] > 1"


def test_a_header_begins_a_section_and_each_form_has_its_status(tmp_path):
    study = read_study(dictionary(tmp_path, {}, {HEADER: "<h2>Vital <u>signs</u></h2>"}, {FORM: "the_end"}))

    first, second = study.document["forms"]
    assert [(one["name"], one["items"]) for one in first["sections"]] == [
        ("", ["f1"]),
        ("Vital signs", ["f2"]),
        ("Form Status", ["form_1_complete"]),
    ]
    assert (second["oid"], second["source"], second["name"]) == ("the_end", "Form.the_end", "The End")
    assert choices(study, "the_end_complete") == {"0": "Incomplete", "1": "Unverified", "2": "Complete"}


def test_lines_are_those_of_the_file_though_cells_hold_line_breaks(tmp_path):
    study = read_study(dictionary(tmp_path, {LABEL: "one\ntwo\nthree"}, {CHECK: "email"}))

    assert study.unsupported[0].place == "line 5, field f2"
    assert items_by_oid(study)["f1"]["question"] == "one\ntwo\nthree"


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("columns", [16, 17, 18])
def test_older_dictionaries_and_other_line_ends_are_read(tmp_path, ending, columns):
    path = dictionary(tmp_path, {}, {TYPE: "notes"})
    rows = [",".join(line.split(",")[:columns]) for line in path.read_text().splitlines()]
    path.write_bytes(ending.join(rows).encode())

    assert read_study(path).counts.items == 2


def test_a_dictionary_with_semicolons_is_read(tmp_path):
    path = dictionary(tmp_path, {}, {TYPE: "notes"})
    path.write_text(path.read_text().replace(",", ";"))

    assert read_study(path).counts.items == 2


def test_what_no_text_may_hold_is_left_out(tmp_path):
    study = read_study(dictionary(tmp_path, {LABEL: "a\x01b\x7f", TYPE: "radio", CHOICES: "1\x02, o\x00ne"}))

    assert items_by_oid(study)["f1"]["question"] == "ab"
    assert choices(study, "f1") == {"1": "one"}


def test_a_dictionary_without_fields_is_refused(tmp_path):
    with pytest.raises(FileRefused, match="There is no field in it"):
        read_study(dictionary(tmp_path))


def test_the_name_of_the_study_is_given(tmp_path):
    path = dictionary(tmp_path, {})

    assert read_study(path, "Our study").document["name"] == "Our study"
    assert read_study(path).document["name"] == "A study"
