"""Operations of an OpenAPI document become tools, each by itself; what cannot be said as a call is named."""

import pytest

from sparring.errors import InputError
from tests.sparring.tools.reading import faults, imported

TEXT = {"type": "string"}


def document(paths, **more):
    return {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": paths, **more}


def body(schema, required=True, media="application/json"):
    return {"content": {media: {"schema": schema}}, "required": required}


USER = {
    "type": "object",
    "properties": {"id": {"type": "integer", "readOnly": True}, "mail": TEXT, "age": {"type": "integer"}},
    "required": ["id", "mail"],
}
SHOP = document(
    {
        "/users/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "get_user", "summary": "Reads a user.", "tags": ["users"]},
            "put": {
                "operationId": "put_user",
                "description": "Writes a user.",
                "tags": ["users"],
                "requestBody": body({"$ref": "#/components/schemas/User"}),
            },
        },
        "/search": {
            "get": {
                "tags": ["search"],
                "summary": "Searches.",
                "parameters": [
                    {"$ref": "#/components/parameters/Page"},
                    {
                        "name": "filter[name]",
                        "in": "query",
                        "schema": {"type": "string", "nullable": True},
                        "example": "x",
                    },
                    {"name": "X-Trace", "in": "header", "schema": TEXT},
                    {"name": "X-Shop", "in": "header", "required": True, "schema": TEXT},
                    {"name": "Accept", "in": "header", "required": True, "schema": TEXT},
                    {"name": "q", "in": "query", "content": {"application/json": {"schema": {"type": "array"}}}},
                ],
            }
        },
    },
    components={
        "schemas": {"User": USER},
        "parameters": {"Page": {"name": "page", "in": "query", "description": "Page.", "schema": {"type": "integer"}}},
    },
)


def test_parameters_and_the_fields_of_a_body_are_the_arguments(tmp_path):
    toolbox = imported(tmp_path, SHOP)
    tools = {tool["name"]: tool for tool in toolbox.tools}
    assert list(tools) == ["get_user", "put_user", "get_search"]
    assert tools["get_user"]["description"] == "Reads a user."
    assert tools["put_user"]["parameters"] == {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "mail": TEXT, "age": {"type": "integer"}},
        "required": ["id", "mail"],
    }
    assert tools["get_search"]["parameters"]["properties"] == {
        "page": {"type": "integer", "description": "Page."},
        "filter_name": {"type": ["string", "null"], "examples": ["x"]},
        "X-Shop": TEXT,
        "q": {"type": "array"},
    }
    assert toolbox.originals == {"get_search": "GET /search", "get_search.filter_name": "filter[name]"}
    assert faults(toolbox) == ["get_search: parameters.X-Trace: an optional header, which is left to the client"]


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        (("/users/*",), (), ["get_user", "put_user"]),
        (("users",), ("put_*",), ["get_user"]),
        ((), ("search",), ["get_user", "put_user"]),
        (("get_*",), (), ["get_user", "get_search"]),
    ],
)
def test_operations_are_chosen_by_path_tag_or_id(tmp_path, include, exclude, names):
    toolbox = imported(tmp_path, SHOP, include=include, exclude=exclude)
    assert [tool["name"] for tool in toolbox.tools] == names


def test_a_choice_that_fits_nothing_is_misspelt(tmp_path):
    with pytest.raises(InputError, match="--include user: no tool has such a name, tag or path"):
        imported(tmp_path, SHOP, include=("user", "users"))


@pytest.mark.parametrize(
    ("request_body", "properties", "required"),
    [
        (body({"type": "array", "items": TEXT}), {"body": {"type": "array", "items": TEXT}}, ["body"]),
        (body({"type": "object", "properties": {"a": TEXT}}), {"a": TEXT}, []),
        (
            body(
                {"type": "object", "properties": {"a": TEXT}, "required": ["a"]},
                media="application/vnd.x+json; charset=utf-8",
            ),
            {"a": TEXT},
            ["a"],
        ),
        (
            body({"type": "object", "properties": {"a": TEXT}}, media="application/x-www-form-urlencoded"),
            {"a": TEXT},
            [],
        ),
        (
            body({"type": "object", "properties": {"a": TEXT}, "required": ["a"]}, required=False),
            {"body": {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}},
            [],
        ),
        (
            body({"oneOf": [{"type": "object", "properties": {"a": TEXT}}, TEXT]}),
            {"body": {"oneOf": [{"type": "object", "properties": {"a": TEXT}}, TEXT]}},
            ["body"],
        ),
    ],
)
def test_a_plain_object_gives_its_fields_and_any_other_body_is_one_argument(
    tmp_path, request_body, properties, required
):
    made = imported(tmp_path, document({"/x": {"post": {"summary": "X.", "requestBody": request_body}}})).tools[0]
    assert made["parameters"]["properties"] == properties
    assert made["parameters"].get("required", []) == required


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        (
            {"requestBody": body(TEXT, media="application/octet-stream")},
            "requestBody.content: only application/octet-stream",
        ),
        ({"requestBody": {"$ref": "#/components/requestBodies/No"}}, r"requestBody.\$ref: .* leads to nothing"),
        ({"parameters": [{"in": "query"}]}, "parameters.0: has no name"),
        ({"parameters": [{"name": "a", "in": "query", "schema": {"$ref": "#/no"}}]}, r"parameters.properties.a.\$ref"),
        (3, "paths./bad.get: expected an operation"),
    ],
)
def test_a_broken_operation_is_named_and_costs_no_other(tmp_path, operation, named):
    good = {"get": {"operationId": "good", "summary": "Good."}}
    toolbox = imported(tmp_path, document({"/bad": {"get": operation}, "/good": good}))
    assert [tool["name"] for tool in toolbox.tools] == ["good"]
    with pytest.raises(InputError, match=named):
        imported(tmp_path, document({"/bad": {"get": operation}}))


def test_ids_that_stand_twice_go_by_names_of_their_own(tmp_path):
    paths = {path: {"get": {"operationId": "read", "summary": "Reads."}} for path in ("/a", "/b")}
    toolbox = imported(tmp_path, document(paths))
    assert [tool["name"] for tool in toolbox.tools] == ["read", "read_2"]
    assert toolbox.originals == {"read_2": "GET /b"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"swagger": "2.0"}, "swagger: '2.0' is not read"),
        ({"openapi": "4.0"}, "openapi: expected 3.0 or 3.1"),
        ({"openapi": "3.0.0"}, "paths: expected operations by path"),
    ],
)
def test_another_document_is_refused_by_field(tmp_path, given, named):
    with pytest.raises(InputError, match=named):
        imported(tmp_path, given)


def test_yaml_is_read_with_dates_as_texts_and_numbers_as_keys(tmp_path):
    text = """
openapi: 3.0.3
paths:
  /days:
    get:
      summary: Reads a day.
      parameters:
      - {name: day, in: query, schema: {type: string, format: date, example: 2026-01-31}}
      responses: {200: {description: Done.}}
"""
    made = imported(tmp_path, text).tools[0]
    assert made["parameters"]["properties"]["day"]["examples"] == ["2026-01-31"]
