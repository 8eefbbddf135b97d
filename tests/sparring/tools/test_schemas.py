"""Schemas as people write them: what is read stays what it is, in the words of 2020-12; what is wrong has a name."""

import pytest
from jsonschema import Draft202012Validator

from sparring.errors import InputError
from tests.sparring.tools.reading import faults, imported, one_tool, with_argument

KEPT = {
    "an enum of mixed types": {"enum": ["a", 1, 1.5, True, None]},
    "a constant": {"const": "fixed"},
    "any of, with null": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}], "default": None},
    "one of": {"oneOf": [{"type": "integer"}, {"type": "object", "properties": {"x": {"type": "number"}}}]},
    "a list of types": {"type": ["string", "integer", "null"]},
    "formats": {"type": "string", "format": "date-time", "examples": ["2026-01-01T00:00:00Z"]},
    "bounds": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "multipleOf": 0.1},
    "a pattern": {"type": "string", "pattern": "^[A-Z]{2}\\d+$", "minLength": 3},
    "closed objects in lists": {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {
            "type": "object",
            "properties": {"q": {"type": "integer"}},
            "required": ["q"],
            "additionalProperties": False,
        },
    },
    "a map": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    "places of a list": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "names by pattern": {"type": "object", "patternProperties": {"^x-": {"type": "string"}}},
    "conditions": {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}},
}


@pytest.mark.parametrize("schema", KEPT.values(), ids=KEPT)
def test_what_a_schema_says_is_kept(tmp_path, schema):
    toolbox = imported(tmp_path, with_argument(schema))
    assert toolbox.tools[0]["parameters"]["properties"]["a"] == schema
    assert faults(toolbox) == []


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": True, "description": "It."},
            {"anyOf": [{"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "null"}], "description": "It."},
        ),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, {"type": "integer", "exclusiveMinimum": 1}),
        ({"type": "integer", "maximum": 1, "exclusiveMaximum": False}, {"type": "integer", "maximum": 1}),
        ({"type": "string", "example": "x"}, {"type": "string", "examples": ["x"]}),
        ({"type": "string", "examples": {"one": {"value": "x"}}}, {"type": "string", "examples": ["x"]}),
        ({"$ref": "#/$defs/Q", "description": "Mine."}, {"type": "string", "maxLength": 9, "description": "Mine."}),
        ({"allOf": [{"$ref": "#/$defs/Q"}], "default": "x"}, {"type": "string", "maxLength": 9, "default": "x"}),
    ],
)
def test_other_spellings_are_written_as_2020_12_writes_them(tmp_path, given, read):
    schema = {"type": "object", "properties": {"a": given}, "$defs": {"Q": {"type": "string", "maxLength": 9}}}
    toolbox = imported(tmp_path, one_tool(schema))
    assert toolbox.tools[0]["parameters"]["properties"]["a"] == read
    Draft202012Validator.check_schema(toolbox.tools[0]["parameters"])


SERIOUS = {
    "properties.a.$ref: .* leads to nothing": with_argument({"$ref": "#/$defs/Q"}),
    "properties.a.$ref: .* another document, which is not fetched": with_argument({"$ref": "https://else.example/q.json"}),
    "properties.a.type: unknown type 'strnig'": with_argument({"type": "strnig"}),
    "properties.a.minimum: no JSON schema": with_argument({"type": "integer", "minimum": "1"}),
    "properties.a.minLength: 5 is more than maxLength 2": with_argument({"type": "string", "minLength": 5, "maxLength": 2}),
    "properties.a.enum: 'x' does not fit": with_argument({"type": "integer", "enum": ["x", "y"]}),
    "properties.a.const: 'x' does not fit": with_argument({"type": "integer", "const": "x"}),
    "properties.a.pattern: Python cannot read": with_argument({"type": "string", "pattern": "("}),
    "properties.a.patternProperties: .* for ever": with_argument({"patternProperties": {"^(a+)+$": {}}, "type": "object"}),
    "required: 'b' is required, and no property": one_tool(
        {"type": "object", "properties": {}, "required": ["b"], "additionalProperties": False}
    ),
    "type: parameters are an object": one_tool({"type": "array", "items": {}}),
    "properties.a: expected a JSON schema": with_argument("string"),
}


@pytest.mark.parametrize(("named", "document"), SERIOUS.items(), ids=range(len(SERIOUS)))
def test_a_tool_without_a_certainly_valid_call_is_left_out_by_name_and_field(tmp_path, named, document):
    with pytest.raises(InputError, match=f"no tool can be used.*do_it: parameters.{named}"):
        imported(tmp_path, document)
    document["tools"].append({"name": "good", "description": "Good.", "inputSchema": {"type": "object"}})
    toolbox = imported(tmp_path, document)
    assert [tool["name"] for tool in toolbox.tools] == ["good"]
    assert {fault.tool for fault in toolbox.left_out} == {"do_it"}


@pytest.mark.parametrize(
    ("document", "remark"),
    [
        (with_argument({"description": "What?"}), "do_it: parameters.properties.a: no type"),
        (with_argument({"type": "integer", "default": "x"}), "do_it: parameters.properties.a.default: does not fit"),
        (with_argument({"type": "string", "enum": ["a", 1]}), "do_it: parameters.properties.a.enum: 1 does not fit"),
        (
            one_tool({"type": "object", "properties": {"a": {"$ref": "#"}}}),
            "do_it: parameters.properties.a: a schema that holds itself",
        ),
        (
            one_tool({"type": "object", "properties": {"filter[name]": {"type": "string"}}}),
            "do_it: parameters.properties.filter[name]: some APIs refuse",
        ),
        ({"tools": [{"name": "mute", "inputSchema": {"type": "object"}}]}, "mute: description: missing"),
        (one_tool({"type": "object"}, "files/read"), "files_read: name: 'files/read' is a name that APIs refuse"),
        (one_tool({"type": "object"}, "../../etc/passwd"), "etc_passwd: name: '../../etc/passwd' is a name"),
        (one_tool({"type": "object"}, "n" * 80), f"{'n' * 64}: name: "),
    ],
)
def test_a_tool_that_can_be_used_is_kept_and_what_is_odd_is_remarked(tmp_path, document, remark):
    toolbox = imported(tmp_path, document)
    assert len(toolbox.tools) == 1
    assert toolbox.left_out == ()
    assert [line for line in faults(toolbox) if line.startswith(remark)]


def test_names_are_made_lawful_and_unique_and_the_originals_kept(tmp_path):
    names = ["a b", "a/b", "a_b", "a-b", "12", "工具", "é", "x" * 70, "x" * 71, "fine"]
    toolbox = imported(tmp_path, {"tools": [one_tool({"type": "object"}, name)["tools"][0] for name in names]})
    made = [tool["name"] for tool in toolbox.tools]
    assert made[:7] == ["a_b", "a_b_2", "a_b_3", "a-b", "_12", "tool", "tool_2"]
    assert len(set(made)) == len(names)
    assert [toolbox.originals.get(name, name) for name in made] == names


def test_a_name_that_stands_twice_is_kept_once(tmp_path):
    toolbox = imported(tmp_path, {"tools": one_tool({})["tools"] * 2})
    assert len(toolbox.tools) == 1
    assert faults(toolbox) == ["do_it (again): name: 'do_it' stands twice: the first one is kept"]
