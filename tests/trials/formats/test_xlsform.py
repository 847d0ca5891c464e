"""XLSForm, the spreadsheets of ODK and KoBo, as a study version."""

import openpyxl
import pytest

from tests.trials.formats.files import STUDIES, items_by_oid
from trials.definition import read_definition
from trials.formats import FileRefused, Kind, Places, read_study, recognise
from trials.formats.spreadsheet import sheets_of


def form(tmp_path, *rows, choices=(), settings=(), head=("type", "name", "label", "relevant", "calculation")):
    """Write an XLSForm with these rows below its head."""
    book = openpyxl.Workbook()
    survey = book.active
    survey.title = "survey"
    sheets = {"choices": (("list_name", "name", "label::English (en)", "label::Deutsch (de)"), *choices)}
    sheets |= {"settings": (("form_title", "form_id"), *settings)}
    for row in (head, *rows):
        survey.append(row)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    path = tmp_path / "form"
    book.save(path)
    return path


def told(study):
    return [f"{problem.what}: {problem.reason}" for problem in [*study.refused, *study.unsupported]]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", "TEXT"),
        ("integer", "INTEGER"),
        ("int", "INTEGER"),
        ("decimal", "DECIMAL"),
        ("date", "DATE"),
        ("time", "TIME"),
        ("dateTime", "DATE_TIME"),
        ("note", "DESCRIPTIVE"),
        ("select_one colours", "CHOICE"),
        ("select one from colours", "CHOICE"),
        ("select_multiple colours", "MULTIPLE"),
        ("select all that apply from colours", "MULTIPLE"),
        ("acknowledge", "CHOICE"),
    ],
)
def test_each_kind_of_question_is_an_item(tmp_path, kind, expected):
    path = form(tmp_path, (kind, "a", "Question"), choices=[("colours", 1, "Red", "Rot")])

    study = read_study(path)

    made = items_by_oid(study)["a"]
    assert recognise(path) is Kind.XLSFORM
    assert (made["type"], made["question"]) == (expected, "Question")
    assert told(study) == []


def test_choices_come_in_their_languages_and_whole_numbers_as_typed(tmp_path):
    path = form(
        tmp_path,
        ("select_one colours or_other", "a", "A"),
        choices=[("colours", 1, "Red", "Rot"), ("colours", 2, "Blue")],
    )

    (codes,) = read_study(path).document["code_lists"]

    assert codes["choices"] == [
        {"code": "1", "label": {"en": "Red", "de": "Rot"}},
        {"code": "2", "label": "Blue"},
        {"code": "other", "label": "Other"},
    ]


@pytest.mark.parametrize(
    ("relevant", "condition"),
    [
        ("${n} > 3", "[n] > 3"),
        ("selected(${one}, '1')", "[one] = '1'"),
        ('selected(${many}, "1") or ${n} div 2 = 1', "[many(1)] or [n] / 2 = 1"),
        ("not(selected(${many}, '1'))", "not([many(1)])"),
        ("${t} = 'a. b' and true()", "[t] = 'a. b' and true"),
        ("${t} > 5", "number([t]) > 5"),
    ],
)
def test_what_is_relevant_is_the_condition(tmp_path, relevant, condition):
    path = form(
        tmp_path,
        *(("integer", "n", "N"), ("select_one c", "one", "1"), ("select_multiple c", "many", "2"), ("text", "t", "T")),
        ("text", "a", "A", relevant),
        choices=[("c", 1, "Red")],
    )

    study = read_study(path)

    assert items_by_oid(study)["a"]["condition"] == condition
    assert told(study) == []


def test_groups_are_sections_and_repeats_are_tables(tmp_path):
    path = form(
        tmp_path,
        ("text", "a", "A"),
        ("begin group", "g", "Outer", "${a} = 'x'"),
        ("integer", "b", "B"),
        ("begin_repeat", "r", "Rows", "${b} > 1"),
        ("text", "c", "C"),
        ("end repeat",),
        ("text", "d", "D"),
        ("end group",),
        ("text", "e", "E"),
        settings=[("My form", "f1")],
    )

    study = read_study(path)

    (made,) = study.document["forms"]
    assert (made["name"], made["source"]) == ("My form", "f1")
    assert [(one.get("name", ""), one["items"], one.get("repeating", False)) for one in made["sections"]] == [
        ("", ["a"], False),
        ("Outer", ["b"], False),
        ("Rows", ["c"], True),
        ("Outer", ["d"], False),
        ("", ["e"], False),
    ]
    assert made["sections"][1]["condition"] == "[a] = 'x'"
    assert made["sections"][2]["condition"] == "([a] = 'x') and ([b] > 1)"
    assert Places(study.document).item("f1", "r", "c").table == made["sections"][2]["oid"]
    assert read_definition(study.document)


def test_constraints_are_checks_with_their_message(tmp_path):
    path = form(
        tmp_path,
        ("decimal", "a", "A", ". >= 1.5 and . < 10", "Between!", "yes", "2"),
        head=("type", "name", "label", "constraint", "constraint_message", "required", "default"),
    )

    study = read_study(path)

    (check,) = study.document["checks"]
    assert (check["fails_when"], check["message"]) == ("not ([a] >= 1.5 and [a] < 10)", "Between!")
    assert items_by_oid(study)["a"]["required"] is True
    assert items_by_oid(study)["a"]["default"] == "2"


def test_what_is_calculated_is_a_number(tmp_path):
    study = read_study(form(tmp_path, ("integer", "a", "A"), ("calculate", "b", "", "", "round(${a} * 2, 1)")))

    assert items_by_oid(study)["b"]["calculation"] == "round([a] * 2, 1)"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (("geopoint", "a", "A"), "question type geopoint: It is taken over as a text."),
        (("image", "a", "A"), "a file: It is taken over as a text with the file's name."),
        (("start", "a"), "question type start: What a device notes by itself is not asked here."),
        (("select_one nothing", "a", "A"), "choices nothing: There are none: it is taken over as a text."),
        (("text", "", "A"), "a question of type text: It has no name."),
        (("text", "b", "B"), "question b: There is a question of this name already."),
        (("text", "a", "A", "regex(${b}, 'x')"), "relevant \"regex(${b}, 'x')\": There is no function regex()."),
        (("text", "a", "A", "${z} = 1"), "relevant '${z} = 1': There is no item z."),
    ],
)
def test_what_has_no_place_here_is_told_with_its_row(tmp_path, row, what):
    study = read_study(form(tmp_path, ("text", "b", "B"), row))

    assert told(study) == [what]
    (problem,) = [*study.refused, *study.unsupported]
    assert problem.place.startswith("survey, row 3")


def test_a_real_form_is_read():
    study = read_study(STUDIES / "xlsform/widgets.xls")

    assert study.counts.items == 32
    assert items_by_oid(study)["my_select"]["type"] == "MULTIPLE"
    assert [check["fails_when"] for check in study.document["checks"]] == [
        "not ([my_int] < 10)",
        "not ([my_decimal] > 10.51 and [my_decimal] < 18.39)",
        "not (not([my_select(c)] and [my_select(d)]))",
    ]


def test_a_spreadsheet_that_is_no_form_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.save(tmp_path / "book")

    with pytest.raises(FileRefused, match="sheet that is called survey"):
        read_study(tmp_path / "book")


def test_a_form_without_questions_is_refused(tmp_path):
    with pytest.raises(FileRefused, match="There is no question in it"):
        read_study(form(tmp_path))


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("trials.formats.spreadsheet.MOST_UNPACKED", 1_000)

    with pytest.raises(FileRefused, match="unpacks to more"):
        sheets_of(form(tmp_path).read_bytes())
