"""The schema and its documentation: committed, complete, and readable offline under the strict policy."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests import factories
from tests.api.calling import by

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    methods = {"get", "post", "put", "patch", "delete"}
    return [
        (f"{method.upper()} {path}", operation)
        for path, known in schema["paths"].items()
        for method, operation in known.items()
        if method in methods
    ]


@pytest.mark.slow
def test_the_committed_schema_is_the_one_that_is_served(tmp_path):
    now = tmp_path / "openapi.yaml"

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(now))

    assert now.read_text() == COMMITTED.read_text(), "bin/edc spectacular --file docs/openapi.yaml"


def test_every_operation_is_described_with_its_problems_and_examples(schema):
    assert schema["openapi"].startswith("3.1")
    names = [operation["operationId"] for _, operation in operations(schema)]
    assert len(set(names)) == len(names) >= 60
    for name, operation in operations(schema):
        assert operation["summary"], name
        assert "application/problem+json" in operation["responses"]["400"]["content"], name
        done = operation["responses"].get("200") or operation["responses"].get("201")
        if done and "application/octet-stream" not in done["content"]:
            assert done["content"]["application/json"].get("examples"), name
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        empty = body.get("schema", {}).get("$ref", "").endswith("/Input")
        assert not body or empty or body.get("examples"), name


@pytest.mark.django_db
def test_schema_and_documentation_are_for_everybody():
    served = Client().get("/api/schema/")
    page = Client().get("/api/docs/")

    assert (served.status_code, page.status_code) == (200, 200)
    assert b"<script>" not in page.content
    assert "unsafe" not in page["Content-Security-Policy"]
    assert Client().get("/api/docs/?script=").status_code == 200


@pytest.mark.django_db
def test_the_examples_are_what_the_endpoints_take(schema):
    nurse = by(factories.coordinator_at(factories.active_site()))

    for name, operation in operations(schema):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in content.get("examples", {}).values():
            method, path = name.split()
            path = (
                path.removeprefix("/api/v1/").replace("{id}", "{pk}").format(pk="01998a10-7e1b-7c3a-9d2f-5a1f0c9e7b42")
            )
            response = nurse(method, path, example["value"], version=1)
            # Nothing of the shape is wrong; the rows that an example names are nobody's.
            codes = {fault["code"] for fault in response.json().get("errors", [])}
            assert response.status_code in {200, 201, 401, 403, 404, 409} or codes == {"unknown"}, (
                name,
                response.content,
            )
