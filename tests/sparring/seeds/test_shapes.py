import pytest

from sparring.seeds.shapes import alternatives, built, places, schema_of, with_company

NESTED = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "state": {
            "type": "object",
            "properties": {"type": {"enum": ["ON", "OFF"]}, "note": {"type": "string"}},
            "required": ["type"],
        },
        "rows": {
            "type": "array",
            "items": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
        },
    },
    "required": ["id", "rows"],
}


def read(schema):
    return schema_of({"name": "t", "parameters": schema})


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"type": "string"}, ["string"]),
        ({"type": ["string", "null"]}, ["string"]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}, {"type": "string"}]}, ["integer", "string"]),
        ({"oneOf": [{"type": ["number", "boolean"]}]}, ["number", "boolean"]),
        ({"allOf": [{"type": "string"}, {"minLength": 3}]}, ["string"]),
        ({"type": "null"}, []),
    ],
)
def test_alternatives_are_of_one_type_each_and_null_is_none(schema, kinds):
    assert [shape.get("type") for shape in alternatives(schema)] == kinds


def test_objects_are_opened_and_a_list_of_objects_has_one_item():
    found = {place.path: place.needed for place in places(read(NESTED))}
    assert found == {
        ("id",): True,
        ("state", "type"): False,
        ("state", "note"): False,
        ("rows", 0, "x"): True,
    }


def test_a_value_brings_along_what_its_object_cannot_do_without():
    every = places(read(NESTED))
    assert with_company(every, {("state", "note")}) == {("id",), ("rows", 0, "x"), ("state", "note"), ("state", "type")}
    assert with_company(every, set()) == {("id",), ("rows", 0, "x")}


def test_arguments_are_built_as_they_lie():
    values = {("id",): "a", ("state", "type"): "ON", ("rows", 0, "x"): 3}
    assert built(values) == {"id": "a", "state": {"type": "ON"}, "rows": [{"x": 3}]}


def test_references_inside_the_schema_are_followed():
    schema = {
        "type": "object",
        "properties": {"at": {"$ref": "#/$defs/Point"}},
        "required": ["at"],
        "$defs": {"Point": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}},
    }
    assert [place.path for place in places(read(schema))] == [("at", "x")]
