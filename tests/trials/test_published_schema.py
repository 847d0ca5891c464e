"""The published JSON Schema of the study version says what the portal reads, and no more."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests import factories
from tests.trials.test_definition import DOCUMENT, changed
from trials.definition import ItemType
from trials.definition.reading import MEMBERS

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "study-version.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_it_knows_every_member_that_is_read():
    published = {kind: set(what["properties"]) for kind, what in SCHEMA["$defs"].items() if "properties" in what}

    assert published | {"top": set(SCHEMA["properties"])} == {kind: set(known) for kind, known in MEMBERS.items()}


def test_it_knows_every_type_of_item():
    assert set(SCHEMA["$defs"]["item"]["properties"]["type"]["enum"]) == set(ItemType)


@pytest.mark.parametrize("document", [DOCUMENT, factories.DOCUMENT])
def test_a_study_version_keeps_to_it(document):
    assert list(VALIDATOR.iter_errors(document)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "other/1"),
        ("name", {}),
        ("surprise", 1),
        ("items.0.oid", "A B"),
        ("items.0.type", "COLOUR"),
        ("items.5.scale.min", "low"),
        ("code_lists.0.choices", []),
        ("forms.0.sections.2.most", 0),
        ("visits.0.target_day", 0),
        ("checks.0", {"oid": "C1"}),
    ],
)
def test_what_the_portal_refuses_by_its_shape_it_refuses_too(path, value):
    assert list(VALIDATOR.iter_errors(changed(path, value)))
