"""Schemas for strict mode: valid by its rules, taking the same calls, and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sparring.schemas.strict import NotStrictError, strict_parameters, without_made_nulls

TEXT = {"type": "string"}


def parameters(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def objects(schema):
    """Every object of a schema."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


@pytest.mark.parametrize(
    ("optional", "made"),
    [
        (TEXT, {"type": ["string", "null"]}),
        ({"type": "string", "enum": ["a", "b"]}, {"type": ["string", "null"], "enum": ["a", "b", None]}),
        ({"enum": ["a", 1]}, {"type": ["integer", "string", "null"], "enum": ["a", 1, None]}),
        ({"const": "x"}, {"anyOf": [{"const": "x", "type": "string"}, {"type": "null"}]}),
        ({"anyOf": [TEXT, {"type": "null"}], "default": None}, {"anyOf": [TEXT, {"type": "null"}]}),
        ({"oneOf": [TEXT, {"type": "integer"}]}, {"anyOf": [TEXT, {"type": "integer"}, {"type": "null"}]}),
        ({"type": ["integer", "null"], "minimum": 1}, {"type": ["integer", "null"], "minimum": 1}),
        ({"type": "string", "minLength": 2, "format": "uri", "examples": ["a"]}, {"type": ["string", "null"]}),
        ({"type": "string", "format": "date-time"}, {"type": ["string", "null"], "format": "date-time"}),
        ({"type": "string", "pattern": "^(?!a)"}, {"type": ["string", "null"]}),
        ({"type": "array", "items": TEXT, "uniqueItems": True}, {"type": ["array", "null"], "items": TEXT}),
    ],
)
def test_what_is_optional_may_be_null_and_bounds_that_the_rules_do_not_know_go(optional, made):
    found = strict_parameters(parameters(["city"], city=TEXT, other=optional))
    assert found["required"] == ["city", "other"]
    assert found["additionalProperties"] is False
    assert found["properties"] == {"city": TEXT, "other": made}


def test_objects_inside_are_strict_as_well():
    place = parameters(["town"], town=TEXT, street=TEXT)
    found = strict_parameters(parameters([], stops={"type": "array", "items": place}, home=place))
    assert len(list(objects(found))) == 3
    for one in objects(found):
        assert one["required"] == list(one["properties"])
        assert one["additionalProperties"] is False


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        (parameters(headers={"type": "object"}), "parameters.headers: entries"),
        (parameters(headers={"type": "object", "additionalProperties": TEXT}), "parameters.headers: entries"),
        (parameters(value={}), "parameters.value: has no type"),
        (parameters(value={"type": "any"}), "parameters.value: has no type"),
        (parameters(rows={"type": "array"}), "parameters.rows.items: any value"),
        (parameters(a={"allOf": [TEXT, {"minLength": 1}]}), "parameters.a: allOf"),
        (parameters(a={"type": "string", "not": {"enum": ["x"]}}), "parameters.a: not"),
        (parameters(a=TEXT) | {"dependentRequired": {"a": ["b"]}}, "parameters: dependentRequired"),
        (parameters(a=TEXT) | {"oneOf": [{"required": ["a"]}]}, "parameters: alternatives"),
        (parameters(a={"type": "string", "enum": [str(n) for n in range(1_001)]}), "parameters.a.enum: more"),
        (parameters(pair={"type": "array", "prefixItems": [TEXT, TEXT]}), "parameters.pair: prefixItems"),
    ],
)
def test_a_form_that_strict_mode_does_not_take_is_named_with_its_field(schema, field):
    with pytest.raises(NotStrictError, match=field):
        strict_parameters(schema)


def test_too_many_levels_are_named():
    schema = TEXT
    for _ in range(12):
        schema = parameters(["a"], a=schema)
    with pytest.raises(NotStrictError, match="more than 10 levels"):
        strict_parameters(schema)


@pytest.mark.parametrize(
    ("schema", "answer", "kept"),
    [
        (parameters(["a"], a=TEXT, b=TEXT), {"a": "x", "b": None}, {"a": "x"}),
        (parameters(["a"], a={"type": ["string", "null"]}), {"a": None}, {"a": None}),
        (parameters([], a={"anyOf": [TEXT, {"type": "null"}], "default": None}), {"a": None}, {}),
        (parameters([], a={"type": ["string", "null"], "default": "x"}), {"a": None}, {"a": None}),
        (parameters([], a=TEXT), {"b": None, "a": "x"}, {"b": None, "a": "x"}),
        (parameters([], a=parameters(["b"], b=TEXT, c=TEXT)), {"a": {"b": "x", "c": None}}, {"a": {"b": "x"}}),
        (
            parameters([], a={"type": "array", "items": parameters(["b"], b=TEXT, c=TEXT)}),
            {"a": [{"b": "x", "c": None}, {"b": "y", "c": "z"}]},
            {"a": [{"b": "x"}, {"b": "y", "c": "z"}]},
        ),
        (
            parameters([], a={"anyOf": [TEXT, parameters(["b"], b=TEXT, c=TEXT)]}),
            {"a": {"b": "x", "c": None}},
            {"a": {"b": "x"}},
        ),
        (parameters([], a=TEXT), {"a": ["not", None]}, {"a": ["not", None]}),
    ],
)
def test_a_null_that_says_left_out_is_taken_out_and_no_other(schema, answer, kept):
    assert without_made_nulls(answer, schema) == kept


names = st.sampled_from(["city", "days", "unit", "place", "stops"])
leaves = st.sampled_from([TEXT, {"type": "integer", "minimum": 0}, {"type": "boolean"}, {"enum": ["a", "b"]},
                          {"anyOf": [TEXT, {"type": "null"}]}])  # fmt: skip


def with_properties(schemas):
    return st.dictionaries(names, schemas, min_size=1, max_size=4).flatmap(
        lambda found: st.lists(st.sampled_from(sorted(found)), unique=True).map(
            lambda named: parameters(named, **found)
        )
    )


schemas = with_properties(
    st.recursive(leaves, lambda inner: with_properties(inner) | inner.map(lambda one: {"type": "array", "items": one}),
                 max_leaves=6)
)  # fmt: skip


def fullest(schema):
    """A value of a strict schema that leaves out all that it may."""
    if None in schema.get("enum", ()) or "null" in schema.get("type", ()):
        return None
    if "anyOf" in schema:
        return None if {"type": "null"} in schema["anyOf"] else fullest(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: fullest(one) for name, one in schema["properties"].items()}
        case "array":
            return [fullest(schema["items"])]
        case kind:
            return {"string": "x", "integer": 1, "boolean": True}[kind]


@given(schemas)
def test_what_strict_mode_admits_is_a_valid_call_of_the_tool_once_its_nulls_are_out(schema):
    strict = strict_parameters(schema)
    for one in objects(strict):
        assert one["required"] == list(one["properties"])
    answer = fullest(strict)
    Draft202012Validator(strict).validate(answer)
    Draft202012Validator(schema).validate(without_made_nulls(answer, schema))
