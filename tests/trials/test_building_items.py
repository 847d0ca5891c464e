"""Items are written in a line, in full, or pasted; code lists are shared; what is wrong is said at its field."""

import pytest

from tests.trials.building import Bench, text_of, typed

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def bench():
    return Bench()


def quick(bench, question, kind="TEXT", detail="", section=0):
    given = {"question": question, "type": kind, "detail": detail, "section": section}
    return bench.post("build_form", given, form="VS")


def fill(bench, oid, **changes):
    """Change an item on its page, as a browser would send it."""
    shown = typed(bench.get("build_item", form="VS", item=oid), **changes)
    return bench.post("build_item", shown, form="VS", item=oid)


def test_an_item_is_written_in_one_line(bench):
    answer = quick(bench, "Do you smoke?", "CHOICE", "1, Yes | 2, No")

    item = bench.now.definition.items["DO_YOU_SMOKE"]
    assert "added=0" in answer["Location"]
    assert item.label == "Do you smoke?"
    assert item.code_list.labels == {"1": "Yes", "2": "No"}
    assert bench.now.definition.forms_by_oid["VS"].sections[0].items[-1] == item


def test_a_line_takes_the_unit_of_a_number(bench):
    quick(bench, "Height", "DECIMAL", "cm")
    quick(bench, "Height", "SCALE")

    items = bench.now.definition.items
    assert items["HEIGHT"].unit == "cm"
    assert items["HEIGHT_2"].scale.maximum == "10"


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("CHOICE", "", "Write the choices as"),
        ("CHOICE", "1, A | 1, B", "The code 1 is there twice."),
        ("COLOUR", "", "valid"),
    ],
)
def test_a_line_that_is_not_sound_stays_as_it_was_typed(bench, kind, detail, said):
    answer = quick(bench, "Do you smoke?", kind, detail)

    assert answer.status_code == 422
    assert said in text_of(answer)
    assert 'value="Do you smoke?"' in text_of(answer)
    assert bench.now.version == 1


def test_an_item_says_all_it_can_on_its_page(bench):
    fill(
        bench,
        "WEIGHT",
        question="What does the person weigh?",
        hint="Without shoes",
        required="on",
        digits="1",
        soft_min="40",
        soft_max="150",
        soft_message="Unusual.",
        hard_max="700",
        condition="[FASTING] = 'Y'",
        identifying="on",
        concept="NCIt C25208",
    )

    item = bench.now.definition.items["WEIGHT"]
    assert (item.label, item.hint, item.required, item.digits) == (
        "What does the person weigh?",
        "Without shoes",
        True,
        1,
    )
    assert [(one.minimum, one.maximum, one.severity.value, one.message) for one in item.ranges] == [
        ("40", "150", "SOFT", "Unusual."),
        (None, "700", "HARD", ""),
    ]
    assert (item.condition, item.identifying, item.concept) == ("[FASTING] = 'Y'", True, "NCIt C25208")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"condition": "[HIGHT] > 3"}, "condition", "There is no item HIGHT."),
        ({"soft_min": "much"}, "soft_min", "Must be a number in a text"),
        ({"soft_min": "9", "soft_max": "1"}, "soft_min", "Must not be below min"),
        ({"type": "CHOICE"}, "choices", "Write the choices"),
        ({"type": "CHOICE", "choices": "1, A\n1, B"}, "choices", "The code 1 is there twice."),
        ({"type": "SCALE", "scale_min": "5", "scale_max": "1"}, "scale_min", "Must go from a smaller"),
        ({"name": ""}, "name", "This field is required."),
        ({"digits": "99"}, "digits", "less than or equal to 12"),
    ],
)
def test_a_fault_is_said_at_the_field_it_is_in(bench, changes, field, said):
    answer = fill(bench, "WEIGHT", **changes)

    assert answer.status_code in {400, 422}
    assert any(said in error for error in answer.context["form"].errors[field])
    assert bench.now.version == 1


def test_a_fault_elsewhere_is_said_in_words(bench):
    check = {"at": "VS WEIGHT", "fails_when": "[WEIGHT] > 400", "message": "Heavy", "severity": "SOFT", "do": "save"}
    bench.post("build_check", {"name": "Heavy", **check})

    answer = fill(bench, "WEIGHT", type="DATE", unit="", digits="")

    assert "check “Heavy”, fails when: A date cannot be compared with a number." in text_of(answer)


def test_a_number_may_be_entered_in_other_units(bench):
    fill(bench, "WEIGHT", units="lb = 0.45359237\nst")
    assert bench.part("items", "WEIGHT")["units"] == [{"unit": "lb", "factor": "0.45359237"}, {"unit": "st"}]

    shown = typed(bench.get("build_item", form="VS", item="WEIGHT"))
    assert shown["units"] == "lb = 0.45359237\nst"
    answer = fill(bench, "WEIGHT", units="lb = much")
    assert any("number" in error for error in answer.context["form"].errors["units"])


def test_choices_of_an_item_alone_are_changed_on_its_page(bench):
    quick(bench, "Smokes", "CHOICE", "1, Yes | 2, No")
    fill(bench, "SMOKES", choices="1, Yes\n2, No\n3, Not any more")
    assert list(bench.now.definition.items["SMOKES"].code_list.labels) == ["1", "2", "3"]

    fill(bench, "SMOKES", type="TEXT", choices=None)
    assert "code_list" not in bench.part("items", "SMOKES")
    assert bench.part("code_lists", "SMOKES") is None


def test_an_item_takes_a_shared_code_list_or_choices_of_its_own(bench):
    fill(bench, "NOTE", type="CHOICE", code_list="POS", max_length="")
    assert bench.part("items", "NOTE")["code_list"] == "POS"

    fill(bench, "NOTE", code_list="", choices="A, One")
    assert bench.part("items", "NOTE")["code_list"] == "NOTE"
    assert [choice["code"] for choice in bench.part("code_lists", "POS")["choices"]] == ["SUPINE", "STANDING"]


def test_what_an_item_says_at_its_place_is_changed_there_alone(bench):
    document = bench.document
    document["forms"][0]["sections"][0]["items"][3] = {"oid": "WEIGHT", "required": True}
    bench = Bench(document)

    shown = bench.get("build_item", form="VS", item="WEIGHT")
    assert shown.context["form"]["required"].value() is True
    fill(bench, "WEIGHT", condition="[FASTING] = 'Y'", required=None)

    assert bench.part("items", "WEIGHT")["condition"] == "[FASTING] = 'Y'"
    assert not bench.now.definition.forms_by_oid["VS"].items["WEIGHT"].required


def test_texts_are_asked_for_in_each_language_of_the_study(bench):
    document = bench.document
    document["items"][7]["name"] = {"en": "Note", "de": "Notiz"}
    bench = Bench(document)

    fill(bench, "WEIGHT", name__de="Gewicht", hint__de="Ohne Schuhe")
    fill(bench, "NOTE", name__de="")

    assert bench.part("items", "WEIGHT")["name"] == {"en": "Weight", "de": "Gewicht"}
    assert bench.part("items", "WEIGHT")["hint"] == {"de": "Ohne Schuhe"}
    assert bench.part("items", "NOTE")["name"] == "Note"


def test_another_item_is_written_right_after_the_first(bench):
    given = {"name": "Height", "type": "DECIMAL", "unit": "cm", "again": "1"}

    answer = bench.post("build_item", given, form="VS", section=0)

    assert answer["Location"].endswith("/build/form/item/?form=VS&section=0")
    assert bench.part("items", "HEIGHT")["unit"] == "cm"


def test_rows_of_a_spreadsheet_become_items(bench):
    rows = "Question\tType\tChoices\nHeight\tnumber\tcm\tyes\nSex\tchoice\tF, Female | M, Male\t\tSEX\n\nRemarks"

    bench.post("build_paste", {"rows": rows, "section": 0}, form="VS")

    items = bench.now.definition.items
    assert (items["HEIGHT"].type.value, items["HEIGHT"].unit, items["HEIGHT"].required) == ("DECIMAL", "cm", True)
    assert items["SEX"].code_list.labels == {"F": "Female", "M": "Male"}
    assert items["REMARKS"].type.value == "TEXT"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Height\tcolour", "Row 1: “colour” is no kind of answer."),
        ("A\ttext\nSex\tchoice", "Row 2: Write the choices as"),
        (" \n", "required"),
        ("Question\tType", "There is no item in these rows."),
        ("\n".join(f"Item {number}" for number in range(501)), "Paste at most 500 rows at once."),
        ("Note\ttext\t\t\tNOTE", "is there twice"),
    ],
)
def test_rows_that_cannot_be_read_are_named_and_none_is_taken(bench, rows, said):
    answer = bench.post("build_paste", {"rows": rows, "section": 0}, form="VS")

    assert answer.status_code in {400, 422}
    assert said in text_of(answer)
    assert bench.now.version == 1


def test_a_code_list_is_a_table_of_its_choices(bench):
    shown = typed(bench.get("build_code_list", list="POS"))
    assert shown["code_0"] == "SUPINE"

    changes = {"order_1": "0", "label_0": "Lying down", "more": "SITTING, Sitting | KNEELING, Kneeling"}
    bench.post("build_code_list", shown | changes, list="POS")

    assert bench.now.definition.items["POS"].code_list.labels == {
        "STANDING": "Standing",
        "SUPINE": "Lying down",
        "SITTING": "Sitting",
        "KNEELING": "Kneeling",
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label_0": ""}, "Write what the code means."),
        ({"code_2": "", "label_2": "Sitting"}, "Write the code that is stored."),
        ({"code_2": "SUPINE", "label_2": "Again"}, "The code SUPINE is there twice."),
        ({"code_0": "", "label_0": "", "code_1": "", "label_1": ""}, "A code list has at least one choice."),
        ({"more": "A, B | A, C"}, "The code A is there twice."),
        ({"more": "SUPINE, Again"}, "Has the code 'SUPINE' twice"),
    ],
)
def test_a_code_list_that_is_not_sound_is_refused(bench, changes, said):
    shown = typed(bench.get("build_code_list", list="POS"))

    answer = bench.post("build_code_list", shown | changes, list="POS")

    assert answer.status_code in {400, 422}
    assert said.replace("'", "&#x27;") in text_of(answer)
    assert bench.now.version == 1


def test_a_code_list_is_made_for_several_items_to_share(bench):
    bench.post("build_code_list", {"name": "Colours", "more": "R, Red\nG, Green"})
    assert bench.part("code_lists", "COLOURS")["choices"][1] == {"code": "G", "label": "Green"}

    bench.act("list_remove COLOURS")
    assert bench.part("code_lists", "COLOURS") is None


def test_a_section_becomes_a_table(bench):
    bench.post("build_section", {"name": "Doses", "repeating": "on", "most": "9"}, form="VS")
    quick(bench, "Dose", "DECIMAL", "mg", section=1)

    section = bench.now.definition.forms_by_oid["VS"].sections[1]
    assert (section.oid, section.repeating, section.most) == ("DOSES", True, 9)
    assert [item.oid for item in section.items] == ["DOSE"]

    bench.act("section_up VS 1")
    assert bench.now.definition.forms_by_oid["VS"].sections[0].oid == "DOSES"
    bench.act("section_remove VS 0")
    assert bench.part("items", "DOSE") is None


def test_the_study_and_its_parts_are_renamed(bench):
    bench.post("build_study", {"name": "Walks", "description": "Short ones"})
    bench.post(
        "build_visit", {"name": "Start", "type": "SCHEDULED", "target_day": "-3", "window_after": "2"}, visit="SCR"
    )
    bench.post("build_form_properties", {"name": "Vitals", "filled_by": "PARTICIPANT", "repeating": "on"}, form="VS")

    study = bench.now.definition
    visit, form = study.visits_by_oid["SCR"], study.forms_by_oid["VS"]
    assert (bench.now.name, study.description) == ("Walks", "Short ones")
    assert (visit.name, visit.target_day, visit.window_before, visit.window_after) == ("Start", -3, 0, 2)
    assert (form.name, form.filled_by.value, form.repeating) == ("Vitals", "PARTICIPANT", True)
