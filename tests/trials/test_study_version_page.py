"""The page about the document of a study version shows what the portal reads."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from captures.validators import check_values
from trials.definition import NULL_FLAVOURS, ItemType, read_definition

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "study-version.md").read_text()
SCHEMA = json.loads((DOCS / "study-version.schema.json").read_text())
EXAMPLES = [
    (kind, form, json.loads(text))
    for kind, form, text in re.findall(r"```json (\w+) ?(\w*)\n(.*?)```", PAGE, re.DOTALL)
]
DOCUMENTS = [example for kind, _, example in EXAMPLES if kind == "document"]


def checked(form, values):
    study = read_definition(DOCUMENTS[0])
    return check_values(study.forms_by_oid[form], values, rules=study.rules.get(form))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_document_is_read_and_keeps_to_the_schema(document):
    assert read_definition(document).name
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)) == []


@pytest.mark.parametrize(("form", "values"), [(form, one) for kind, form, one in EXAMPLES if kind == "values"])
def test_the_values_are_taken_as_they_are_stored(form, values):
    found = checked(form, values)

    assert (found.errors, found.values) == ({}, values)


@pytest.mark.parametrize(("form", "values"), [(form, one) for kind, form, one in EXAMPLES if kind == "refused"])
def test_each_refused_value_is_refused(form, values):
    assert checked(form, values).errors.keys() == values.keys()


def test_every_kind_of_example_is_there():
    assert {kind for kind, _, _ in EXAMPLES} == {"document", "values", "refused"}


def test_it_names_every_type_and_every_null_flavour():
    assert all(re.search(rf"\b{name}\b", PAGE) for name in ItemType)
    assert " ".join(one.code for one in NULL_FLAVOURS) in PAGE
    assert read_definition(DOCUMENTS[1], "de").items["HOURS"].question == "Wie lange haben Sie geschlafen?"
