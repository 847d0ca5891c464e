"""The study version's document: what it may say, and that whatever is wrong is named with its path."""

import copy

import pytest

from trials.definition import DefinitionError, ItemType, Severity, read_definition

DOCUMENT = {
    "schema": "edc-study/1",
    "name": {"en": "Sleep study", "de": "Schlafstudie"},
    "arms": [{"oid": "A", "name": "Arm A"}],
    "code_lists": [
        {"oid": "SEX", "name": "Sex", "choices": [{"code": "F", "label": {"en": "Female", "de": "Weiblich"}}]},
    ],
    "items": [
        {"oid": "SEX", "name": "Sex", "type": "CHOICE", "code_list": "SEX", "question": {"de": "Geschlecht?"}},
        {"oid": "HEIGHT", "name": "Height", "type": "DECIMAL", "unit": "m", "ranges": [{"min": "0.5", "max": "2.6"}]},
        {"oid": "WEIGHT", "name": "Weight", "type": "DECIMAL", "unit": "kg"},
        {"oid": "BMI", "name": "BMI", "type": "DECIMAL", "digits": 1, "calculation": "[WEIGHT] / [HEIGHT] / [HEIGHT]"},
        {"oid": "BORN", "name": "Born", "type": "DATE", "partial": True, "ranges": [{"max": "2020-01-01"}]},
        {"oid": "PAIN", "name": "Pain", "type": "SCALE", "scale": {"min": "0", "max": "100", "low": "None"}},
        {"oid": "PREGNANT", "name": "Pregnant", "type": "YES_NO"},
        {"oid": "DRUG", "name": "Drug", "type": "TEXT"},
        {"oid": "DOSE", "name": "Dose", "type": "INTEGER"},
        {"oid": "NOTE", "name": "Please fast", "type": "DESCRIPTIVE"},
    ],
    "forms": [
        {
            "oid": "DM",
            "name": "Demography",
            "sections": [
                {"items": ["SEX", "NOTE", {"oid": "PREGNANT", "condition": "[SEX] = 'F'", "required": True}, "BORN"]},
                {"name": "Body", "items": ["HEIGHT", "WEIGHT", "BMI", "PAIN"]},
                {"oid": "CM", "name": "Medication", "repeating": True, "most": 3, "items": ["DRUG", "DOSE"]},
            ],
        }
    ],
    "visits": [{"oid": "SCR", "name": "Screening", "target_day": -7, "forms": ["DM"]}],
    "checks": [
        {"oid": "C1", "form": "DM", "item": "BMI", "fails_when": "[BMI] > 60", "message": "Check height and weight."},
        {
            "oid": "C2",
            "form": "DM",
            "item": "DOSE",
            "fails_when": "[DOSE] > 100 and [DRUG] <> ''",
            "message": "High dose.",
            "severity": "HARD",
        },
    ],
}


def changed(path, value):
    """Return the document with one member set; `path` is like `items.3.calculation`."""
    document = copy.deepcopy(DOCUMENT)
    *steps, last = path.split(".")
    place = document
    for step in steps:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() and isinstance(place, list) else last] = value
    return document


def test_a_document_is_read_whole():
    study = read_definition(DOCUMENT)

    form = study.forms_by_oid["DM"]
    assert list(form.items) == ["SEX", "NOTE", "PREGNANT", "BORN", "HEIGHT", "WEIGHT", "BMI", "PAIN"]
    assert list(form.groups) == ["CM"]
    assert form.groups["CM"].most == 3
    assert form.items["PREGNANT"].required
    assert not study.items["PREGNANT"].required
    assert form.items["PAIN"].scale.maximum == "100"
    assert study.items["NOTE"].type == ItemType.DESCRIPTIVE
    assert study.checks[1].severity == Severity.HARD


@pytest.mark.parametrize(
    ("language", "name", "sex", "question"),
    [
        ("", "Sleep study", "Female", "Geschlecht?"),
        ("de", "Schlafstudie", "Weiblich", "Geschlecht?"),
        ("de-ch", "Schlafstudie", "Weiblich", "Geschlecht?"),
        ("fr", "Sleep study", "Female", "Geschlecht?"),
    ],
)
def test_texts_come_in_the_language_that_is_wanted_or_in_another(language, name, sex, question):
    study = read_definition(DOCUMENT, language)

    assert study.name == name
    assert study.items["SEX"].code_list.labels["F"] == sex
    assert study.items["SEX"].question == question
    assert study.languages == ("de", "en")


FAULTS = [
    ("schema", "other/1", "$.schema", "must be edc-study/1"),
    ("surprise", 1, "$.surprise", "is not known here"),
    ("name", "", "$.name", "must be a text and given"),
    ("name", {}, "$.name", "has no language"),
    ("name", {"en": 3}, "$.name.en", "must be a text"),
    ("arms", "A", "$.arms", "must be a list"),
    ("items.0.oid", "A/B", "$.items[0].oid", "must have at most 40 characters"),
    ("items.0.oid", "x" * 41, "$.items[0].oid", "must have at most 40 characters"),
    ("items.0.oid", "status", "$.items[0].oid", "a field of every form"),
    ("items.1.oid", "SEX", "$.items[1].oid", "'SEX' is there twice"),
    ("items.0.type", "COLOUR", "$.items[0].type", "must be one of TEXT"),
    ("items.0.code_list", "EYES", "$.items[0].code_list", "names no code list"),
    ("items.0.required", "yes", "$.items[0].required", "must be true or false"),
    ("items.1.ranges.0.min", "NaN", "$.items[1].ranges[0].min", "must be a number in a text"),
    ("items.1.ranges.0.min", "low", "$.items[1].ranges[0].min", "must be a number in a text"),
    ("items.4.ranges.0.max", "2020-02-31", "$.items[4].ranges[0].max", "must be a date"),
    ("items.0.ranges", [{"min": "1"}], "$.items[0].ranges[0]", "an item of type CHOICE has no range"),
    ("items.1.ranges.0", {"message": "?"}, "$.items[1].ranges[0]", "must have a min or a max"),
    ("items.2.max_length", 0, "$.items[2].max_length", "must be a whole number from 1"),
    ("items.2.digits", 13, "$.items[2].digits", "must be a whole number from 0 to 12"),
    ("items.5.scale", {"min": "9", "max": "3"}, "$.items[5].scale", "must go from a smaller to a larger"),
    ("items.2.scale", {}, "$.items[2].scale", "is for items of type SCALE"),
    ("items.3.calculation", "[WEIGHT] /", "$.forms[0].sections[1].items[2].calculation", "ends too early"),
    ("items.3.calculation", "[SEX]", "$.forms[0].sections[1].items[2].calculation", "A number is needed here"),
    ("items.3.calculation", "[DOSE]", "$.forms[0].sections[1].items[2].calculation", "only its own rows"),
    ("items.3.calculation", "[NOTE] + 1", "$.forms[0].sections[1].items[2].calculation", "only shows a text"),
    ("items.2.calculation", "[BMI] * 2", "$.forms[0]", "need each other"),
    ("code_lists.0.choices", [], "$.code_lists[0].choices", "must have a choice"),
    ("code_lists.0.choices.0.label", 7, "$.code_lists[0].choices[0].label", "must be a text"),
    ("forms.0.sections.0.items.0", "NOBODY", "$.forms[0].sections[0].items[0]", "names no item"),
    ("forms.0.sections.1.items.0", "SEX", "$.forms[0].sections[1].items[0]", "twice in one form"),
    ("forms.0.sections.2.oid", "SEX", "$.forms[0].sections[2].oid", "names something else already"),
    ("forms.0.sections.2.most", 0, "$.forms[0].sections[2].most", "must be a whole number from 1"),
    ("forms.0.sections.1.condition", "[SEX]", "$.forms[0].sections[1].condition", "Yes or no is needed"),
    ("visits.0.target_day", 0, "$.visits[0].target_day", "must not be 0"),
    ("visits.0.window_after", -1, "$.visits[0].window_after", "must be a whole number from 0"),
    ("visits.0.forms", ["DM", "DM"], "$.visits[0].forms[1]", "twice in one visit"),
    ("checks.0.form", "AE", "$.checks[0].form", "names no form"),
    ("checks.0.item", "AETERM", "$.checks[0].item", "names no item of this form"),
    ("checks.0.fails_when", "[V9][BMI] > 3", "$.checks[0].fails_when", "There is no visit V9"),
    ("checks.0.fails_when", "[BMI] + 1", "$.checks[0].fails_when", "Yes or no is needed"),
]


@pytest.mark.parametrize(("path", "value", "where", "message"), FAULTS)
def test_a_fault_is_named_with_its_path(path, value, where, message):
    with pytest.raises(DefinitionError) as caught:
        read_definition(changed(path, value))

    assert caught.value.path == where
    assert message in str(caught.value)


@pytest.mark.parametrize("document", [None, [], "x", 3, {}, {"schema": "edc-study/1"}])
def test_what_is_no_study_version_is_refused(document):
    with pytest.raises(DefinitionError):
        read_definition(document)
