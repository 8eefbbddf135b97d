"""Whatever stands in a row of somebody else, it becomes an example that every step can use, or is named by field."""

import copy
import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparring.checker import check_calls
from sparring.dialects import DIALECTS, fault_of_row
from sparring.errors import InputError
from sparring.gate_benchmark.cases import LabelledRewrite, example_of
from sparring.gates import RULES, Facts
from sparring.gold import gold_calls
from sparring.records import Call, Example
from sparring.sources.bfcl import example as bfcl_example
from sparring.sources.foreign import LONGEST_REASON, Loaded
from sparring.sources.hub import CONVERTERS, read_hub_rows
from sparring.sources.jsonl import load_jsonl, read_jsonl_rows, validate_jsonl

SEED = {
    "id": "r",
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "f",
                "description": "d",
                "parameters": {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]},
            },
        }
    ],
    "messages": [{"role": "user", "content": "q"}],
    "gold": [{"name": "f", "arguments": {"q": "a"}}],
}
XLAM = {"id": 0, "query": "q", "tools": [{"name": "w", "parameters": {"a": {"type": "str"}}}], "answers": []}
TOOLACE = {
    "system": 'Functions: [{"name": "w", "parameters": {"type": "dict", "properties": {"a": {"type": "string"}}}}]',
    "conversations": [{"from": "user", "value": "q"}, {"from": "assistant", "value": '[w(a="1")]'}],
}
HERMES = {
    "id": "h",
    "tools": [{"type": "function", "function": {"name": "w", "parameters": {"type": "object"}}}],
    "conversations": [
        {"from": "human", "value": "q"},
        {"from": "gpt", "value": '<tool_call>{"name": "w", "arguments": {}}</tool_call>'},
    ],
}
OWN_LINE = "rows.jsonl:1: "


def test_a_row_of_more_right_calls_than_anybody_answers_is_named_and_the_others_stay(tmp_path):
    path = tmp_path / "rows.jsonl"
    long, longest = ({**SEED, "id": str(count), "gold": SEED["gold"] * count} for count in (256, 257))
    path.write_text("".join(json.dumps(row) + "\n" for row in (longest, long)))
    found = read_jsonl_rows(path)
    assert [example.id for example in found.examples] == ["256"]
    assert found.rejected == {f"{path}:1": "gold: List should have at most 256 items after validation, not 257"}


def with_parameters(parameters, arguments):
    row = copy.deepcopy(SEED)
    row["tools"][0]["function"]["parameters"] = parameters
    row["gold"][0]["arguments"] = arguments
    return row


def with_messages(*messages):
    return SEED | {"messages": [*messages, {"role": "user", "content": "q"}]}


def read(tmp_path, text) -> Loaded:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)
    return read_jsonl_rows(path)


def fault(tmp_path, text):
    (line,) = read(tmp_path, text).rejected.items()
    return f"{Path(line[0]).name}: {line[1]}"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (SEED | {"gold": [{"name": None, "arguments": {}}]}, "gold.0.name: missing"),
        (SEED | {"gold": [{"name": ["f"], "arguments": {}}]}, "gold.0.name: missing"),
        (SEED | {"gold": [{"name": "g", "arguments": {}}]}, "gold.0.name: 'g' is none of the row's tools"),
        (SEED | {"gold": [{"name": "f", "arguments": 5}]}, "gold.0.arguments: expected an object"),
        (SEED | {"gold": [{"name": "f", "arguments": {"q": {"any_of": 5}}}]}, "gold.0.arguments.q.any_of: expected"),
        (SEED | {"gold": [{"name": "f", "arguments": {}}]}, "gold: call 0: f lacks q"),
        (SEED | {"gold": {}}, "gold: expected a list"),
        (SEED | {"id": None}, "id: expected text or a number"),
        (SEED | {"messages": [{"role": ["user"], "content": "q"}]}, "messages.0.role: missing"),
        (SEED | {"messages": [{"role": "bot", "content": "q"}]}, "messages.0.role: "),
        (SEED | {"messages": [{"role": "user", "content": None}]}, "messages.0.content: missing"),
        (
            SEED | {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages.0.content.0: a part that is no text cannot be shown",
        ),
        (with_parameters({"properties": {"q": {"type": {}}}}, {}), "tools.0.function.parameters.properties.q.type: unknown"),
        (with_parameters({"properties": {"q": {"type": ["string", 5]}}}, {}), "tools.0.function.parameters.properties.q.type.1: unknown"),
        (with_parameters({"properties": {}, "required": [{}]}, {}), "tools.0.function.parameters.required.0: expected a name"),
        (with_parameters({"properties": ["q"]}, {}), "tools.0.function.parameters.properties: expected schemas by name"),
        (with_parameters({"properties": {"q": 5}}, {}), "tools.0.function.parameters.properties.q: expected a JSON schema"),
        (with_parameters({"properties": {"q": {"enum": 5}}}, {}), "tools.0.function.parameters.properties.q.enum: expected a list"),
        (with_parameters({"properties": {"q": {"$ref": "#/$defs/Q"}}}, {}), "tools.0.function.parameters.properties.q.$ref: '#/$defs/Q' leads to nothing"),
        (with_parameters({"properties": {"q": {"$ref": "https://example.org/q.json"}}}, {}), "tools.0.function.parameters.properties.q.$ref: "),
        (with_parameters({"type": "array"}, {}), "tools.0.function.parameters.type: parameters are an object"),
        (with_parameters(5, {}), "tools.0.function.parameters: expected a JSON schema"),
        (with_parameters({"properties": {"q": {"type": "object", "properties": {"n": {"type": "integer"}}}}}, {"q": {"n": "5"}}), "gold.0.arguments.q: .n: '5' is not of type 'integer'"),
        (with_parameters({"properties": {"q": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}, {"q": "5"}), "gold.0.arguments.q: "),
        (with_parameters({"properties": {"q": {"const": "file"}}}, {"q": "folder"}), "gold.0.arguments.q: 'file' was expected"),
        (with_parameters({"properties": {"q": {"type": "integer", "maximum": 5}}}, {"q": 9}), "gold.0.arguments.q: 9 is greater than"),
        (with_parameters({"properties": {"q": {"type": "string"}}}, {"q": {"any_of": ["a", 5]}}), "gold.0.arguments.q: 5 is not of type"),
        (with_parameters({"properties": {"q": {"type": "integer"}}}, {"q": 5.0}), "gold.0.arguments.q: 5.0 is not of type 'integer'"),
    ],
)  # fmt: skip
def test_an_odd_row_is_named_by_line_and_field(tmp_path, row, reason):
    assert fault(tmp_path, json.dumps(row)).startswith(OWN_LINE + reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "not JSON: "),
        ('{"id": ' + "[" * 100_000 + "]" * 100_000 + "}", "not JSON: brackets nest too deeply"),
        ('{"id": ' + "[" * 80 + "]" * 80 + "}", "id.0.0.0"),
        ('{"id": 1, "gold": [' + "9" * 5_000 + "]}", "gold.0: a number that is too large to keep, or none"),
        ('{"id": 1, "gold": [1e999]}', "gold.0: a number that is too large"),
        ('{"id": 1, "gold": [NaN]}', "gold.0: a number that is too large to keep, or none"),
        ('{"id": 1, "gold": ["\\ud83d"]}', "gold.0: half a surrogate pair"),
        ('{"id": 1, "gold": [{"\\udc00": 1}]}', "gold.0: half a surrogate pair"),
        (b'{"id": "\xff"}', "id: half a surrogate pair, or a byte that is no UTF-8"),
        ("[1]", "record: expected an object"),
        ("5", "record: expected an object"),
        ("{", "not JSON: "),
    ],
)
def test_what_no_file_can_keep_is_named(tmp_path, text, reason):
    begin = time.perf_counter()
    assert fault(tmp_path, text).startswith(OWN_LINE + reason)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize(
    "message",
    [
        {"role": "developer", "content": "Be brief."},
        {"role": "system", "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "brief."}]},
        {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "assistant", "content": "So:", "tool_calls": [{"function": {"name": "f", "arguments": {"q": 1}}}]},
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "tool", "content": [{"type": "text", "text": "ok"}], "tool_call_id": "c1"},
        {"role": "function", "name": "f", "content": "ok"},
    ],
)
def test_messages_of_every_kind_are_read_and_kept(tmp_path, message):
    (example,) = read(tmp_path, json.dumps(with_messages(message))).examples
    assert Example.model_validate_json(example.model_dump_json()) == example
    assert example.messages[0].role in {"system", "assistant", "tool"}
    for dialect in DIALECTS.values():
        assert dialect.messages(example)


def test_a_message_without_calls_is_written_as_before(tmp_path):
    (example,) = read(tmp_path, json.dumps(SEED)).examples
    assert example.messages[0].model_dump_json() == '{"role":"user","content":"q"}'


def test_several_values_are_right_and_an_empty_one_says_that_it_may_be_left_out(tmp_path):
    schema = {"properties": {"q": {"type": "object"}, "n": {"type": "integer"}}}
    row = with_parameters(schema, {"q": {"any_of": [{"x": [1, 2]}, {"y": "a"}]}, "n": {"any_of": ["", 5]}})
    (example,) = read(tmp_path, json.dumps(row)).examples
    assert gold_calls(example) == [Call(name="f", arguments={"q": {"x": [1, 2]}})]
    for arguments, right in (
        ({"q": {"y": "a"}}, True),
        ({"q": {"x": [1, 2]}, "n": 5}, True),
        ({"q": {"x": 1}}, False),
        ({"q": {"x": [1, 2]}, "n": ""}, False),
    ):
        assert check_calls(example, [Call(name="f", arguments=arguments)]).correct is right


def test_good_rows_are_used_and_the_bad_ones_counted(tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_text("\ufeff" + json.dumps(SEED) + "\n\n{\n" + json.dumps(SEED) + "\n", encoding="utf-8")
    assert [example.id for example in load_jsonl(path)] == ["r"]
    said = capsys.readouterr().err
    assert "1 examples, 2 faulty rows left out" in said
    assert "rows.jsonl:4: id: 'r' stands on line 1 already" in said
    assert len(validate_jsonl(path)) == 2
    path.write_text("{\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no row can be used; .*rows.jsonl:1: not JSON"):
        load_jsonl(path)


leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.sampled_from([10**400, 1e308, ""])
    | st.text(max_size=6)
    | st.sampled_from(
        ["string", "integer", "object", "array", "STRING", "List[int]", "#", "#/properties/q", "#/$defs/Q", "\ud800"]
    )
)
keywords = st.sampled_from(
    "type properties required items anyOf oneOf allOf enum const default description $ref $defs not nullable format "
    "additionalProperties prefixItems minimum pattern q Q".split()
)
odd_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keywords | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def usable(example: Example) -> bool:
    """Whether every step can use it: it is kept in files, shown and written in every dialect, and judged."""
    assert Example.model_validate_json(example.model_dump_json()) == example
    for dialect in DIALECTS.values():
        json.dumps([dialect.schemas(example)]).encode()
        fault_of_row(example, dialect)
        if not any(message.tool_calls for message in example.messages):
            json.dumps(dialect.messages(example)).encode()
    check_calls(example, [Call(name=example.tools[0].name, arguments={"q": 1, "a": []})] if example.tools else [])
    return True


def everywhere(value, path=()):
    """The places inside a value."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from everywhere(value[key], (*path, key))


def replaced(value, path, odd):
    if not path:
        return odd
    copied = copy.copy(value)
    copied[path[0]] = replaced(value[path[0]], path[1:], odd)
    return copied


@pytest.mark.parametrize(("source", "row"), [("xlam", XLAM), ("toolace", TOOLACE), ("hermes", HERMES), ("jsonl", SEED)])
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.data())
def test_whatever_stands_at_any_place_of_a_row_it_is_used_or_named(tmp_path, source, row, choice):
    place = choice.draw(st.sampled_from(sorted(everywhere(row), key=repr)))
    odd = choice.draw(odd_values)
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps(replaced(row, place, odd)) + "\n", encoding="utf-8")
    found = read_jsonl_rows(path) if source == "jsonl" else read_hub_rows(source, str(path))
    assert len(found.examples) + len(found.rejected) + found.num_unfit == 2
    assert found.examples
    assert all(map(usable, found.examples))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=odd_values)
def test_any_schema_of_parameters_is_read_or_named(tmp_path, parameters):
    row = with_parameters(parameters, {})
    found = read(tmp_path, json.dumps(row | {"gold": []}))
    assert len(found.examples) + len(found.rejected) == 1
    assert all(map(usable, found.examples))


@pytest.mark.parametrize("source", sorted(CONVERTERS))
def test_a_faulty_line_costs_a_hub_file_one_row(tmp_path, source):
    rows = {"xlam": XLAM, "toolace": TOOLACE, "hermes": HERMES}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(rows[source]) + '\n{"id": \n[1]\n' + json.dumps(rows[source]), encoding="utf-8")
    found = read_hub_rows(source, str(path))
    assert [example.id for example in found.examples] == [f"{source}_0", f"{source}_3"]
    assert sorted(found.rejected) == ["row 1", "row 2"]
    listed = tmp_path / "rows.json"
    listed.write_text(json.dumps([rows[source], 5, rows[source]], indent=1), encoding="utf-8")
    assert len(read_hub_rows(source, str(listed)).examples) == 2


HOSTILE = {
    "an open list": "[{" * 60_000,
    "brackets": "[" * 120_000,
    "braces": "[ {}" * 30_000,
    "blanks": "[" + " " * 120_000,
    "objects": "[{" + "}" * 120_000,
    "names": "[" + "a" * 120_000,
    "a name and blanks": "[a" + " " * 120_000 + "(",
    "strings": '[w(a="' + '\\"' * 60_000,
    "keys": "[w(" + "a " * 60_000,
    "escapes": '[w(a="' + "\\\\" * 60_000 + '")]',
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("source", ["toolace", "hermes"])
def test_long_texts_take_no_longer_than_their_length(tmp_path, source, text):
    row = copy.deepcopy(TOOLACE if source == "toolace" else HERMES)
    rows = []
    for key in ("system", "answer"):
        odd = copy.deepcopy(row)
        if key == "system":
            odd["system"] = text
        else:
            odd["conversations"][1]["value"] = text
        rows.append(odd)
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    begin = time.perf_counter()
    read_hub_rows(source, str(path))
    assert time.perf_counter() - begin < 3


BFCL = {
    "id": "multiple_0",
    "category": "multiple",
    "question": [[{"role": "user", "content": "q"}]],
    "function": [{"name": "f", "description": "d", "parameters": {"type": "dict", "properties": {"q": {"type": "string"}}, "required": ["q"]}}],
    "ground_truth": [{"f": {"q": ["a"]}}],
}  # fmt: skip


def in_bfcl_form(parameters):
    return [{"name": "f", "description": "d", "parameters": parameters}]


ODD_FUNCTIONS = [
    (5, "function: expected a list"),
    ([5], "function.0.name: missing"),
    ([{"description": "d"}], "function.0.name: missing"),
    (in_bfcl_form({"type": "dict", "properties": ["q"]}), "function.0.parameters.properties: expected schemas by name"),
    (
        in_bfcl_form({"type": "dict", "properties": {"q": 5}}),
        "function.0.parameters.properties.q: expected a JSON schema",
    ),
    (
        in_bfcl_form({"type": "dict", "properties": {}, "required": [{}]}),
        "function.0.parameters.required.0: expected a name",
    ),
]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        *(({"function": function}, reason) for function, reason in ODD_FUNCTIONS),
        ({"question": ["q"]}, "question.0"),
        ({"question": [[{"role": "bot", "content": "q"}]]}, "messages.0.role"),
        ({"ground_truth": [{"f": ["a"]}]}, "ground_truth.0.f"),
        ({"ground_truth": "f"}, "ground_truth"),
        ({"id": "\ud83d"}, "id: half a surrogate pair"),
    ],
)
def test_an_odd_row_of_bfcls_form_is_named_by_field(changed, reason):
    with pytest.raises(InputError) as caught:
        bfcl_example(BFCL | changed)
    assert f": {reason}" in str(caught.value)


@pytest.mark.parametrize(("functions", "reason"), ODD_FUNCTIONS[2:])
def test_an_odd_labelled_rewrite_is_named_by_row_and_field(functions, reason):
    row = LabelledRewrite(id="r", functions=functions, gold=[], seed="s", rewrite="w", valid=True, kind="k")
    with pytest.raises(InputError, match=r"row r: functions\.0") as caught:
        example_of(row)
    assert reason.removeprefix("function") in str(caught.value)


@pytest.mark.parametrize(
    "parameters",
    [
        {"properties": {"q": True}},
        {"properties": []},
        {"properties": {"q": {"items": True}}},
        {"properties": {"q": {"type": ["string", "null"]}}},
        {"properties": {"q": {"anyOf": [{"type": "string"}, True]}}},
        {},
        None,
    ],
)
def test_schemas_beyond_bfcls_form_are_read_as_those_of_other_sources(parameters):
    example = bfcl_example(BFCL | {"function": in_bfcl_form(parameters)})
    for dialect in DIALECTS.values():
        json.dumps([dialect.messages(example), dialect.schemas(example)])
    assert bfcl_example(BFCL).tools[0].parameters == BFCL["function"][0]["parameters"]


def test_a_row_that_nobody_asks_is_named(tmp_path):
    row = SEED | {"messages": [{"role": "system", "content": "q"}]}
    assert fault(tmp_path, json.dumps(row)).endswith("messages: none is the user's")


TUPLE = {
    "properties": {"q": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False}}
}


def test_a_tuple_that_ends_is_judged_by_every_gate(tmp_path, params):
    (example,) = read(tmp_path, json.dumps(with_parameters(TUPLE, {"q": [1, "x"]}))).examples
    for gate in RULES.values():
        gate(Facts(example, f"{example.query} Thanks!"), params.gates)


@pytest.mark.parametrize("call_id", [{}, [], 5, None, ""])
def test_a_call_whose_number_is_no_text_has_none(tmp_path, call_id):
    used = {"role": "assistant", "content": [{"type": "tool_use", "id": call_id, "name": "f", "input": {"q": "b"}}]}
    (example,) = read(tmp_path, json.dumps(with_messages({"role": "user", "content": "q"}, used))).examples
    assert example.messages[1].call_ids == []


@pytest.mark.parametrize("kind", [{}, [], 5, None])
def test_a_turn_whose_type_is_no_text_is_read_by_its_role_or_named(tmp_path, kind):
    row = SEED | {"messages": [{"type": kind, "role": "user", "content": "q"}]}
    assert len(read(tmp_path, json.dumps(row)).examples) == 1
    nobody = SEED | {"messages": [{"type": kind, "content": "q"}]}
    assert fault(tmp_path, json.dumps(nobody)).startswith(OWN_LINE + "messages.0.role")


def test_why_a_row_is_left_out_is_one_line_whatever_a_name_holds(tmp_path):
    row = copy.deepcopy(SEED)
    row["gold"][0]["arguments"]["q\n\n" * 500] = "a"
    reason = fault(tmp_path, json.dumps(row))
    assert reason.startswith(OWN_LINE + "gold: ")
    assert "\n" not in reason
    assert len(reason) <= len(OWN_LINE) + LONGEST_REASON


def test_a_labelled_rewrite_of_too_many_right_calls_is_named():
    gold = [{"f": {"q": ["a"]}}] * 257
    row = LabelledRewrite(id="r1", functions=[], gold=gold, seed="q", rewrite="q", valid=True, kind="k")
    with pytest.raises(InputError, match="row r1: gold: List should have at most 256 items"):
        example_of(row)


@pytest.mark.parametrize("kind", [[["a"]], [{}], [5, None], "float", {}])
def test_under_a_key_of_somebodys_own_a_type_need_not_be_one(tmp_path, kind):
    row = with_parameters({"properties": {"q": {"type": "string", "x-notes": {"type": kind}}}}, {"q": "a"})
    (example,) = read(tmp_path, json.dumps(row)).examples
    for dialect in DIALECTS.values():
        json.dumps(dialect.schemas(example))
        dialect.messages(example)
