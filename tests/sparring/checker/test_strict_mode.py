"""What `strict` mends of the reference: one named test for each fault of the specification's section 4."""

import time
import tracemalloc

import pytest

from sparring.checker import check
from sparring.records import Example, Failure


def seed(properties, gold, category="simple_python", required=(), name="f"):
    return Example.model_validate(
        {
            "id": "x",
            "source": "test",
            "category": category,
            "tools": [
                {
                    "name": name,
                    "parameters": {"type": "dict", "properties": properties, "required": list(required)},
                }
            ],
            "messages": [{"role": "user", "content": "?"}],
            "gold": gold,
        }
    )


def one(kind, accepted, **schema):
    return seed({"x": {"type": kind} | schema}, [{"name": "f", "arguments": {"x": accepted}}])


@pytest.mark.parametrize(
    ("accepted", "given", "right"),
    [
        ("1.5", "1.5", True),
        ("1.5", "15", False),
        ("-15", "15", False),
        ("15", "-15", False),
        ("x^2", "x2", False),
        ("x^2 + 1", "x**2+1", True),
        ("/home/user", "/home/user", True),
        ("New York, NY", "new york ny", True),
        ("2023-10-01", "2023/10/01", True),
        ("1,000", "1000", True),
    ],
)
def test_1_numbers_inside_strings_keep_sign_and_point_and_formulas_their_operators(accepted, given, right):
    assert check(one("string", [accepted]), f"[f(x={given!r})]").correct is right


def test_2_plus_five_is_five():
    assert check(one("integer", [5]), "[f(x=+5)]").correct
    assert not check(one("integer", [-5]), "[f(x=+5)]").correct


@pytest.mark.parametrize("text", ["[f(5)]", "[f(x=5, x=5)]", "[f(*[5])]", "[f(**x)]", "[f(x=5, **{'x': 5})]"])
def test_2_positional_repeated_and_starred_arguments_are_failures(text):
    assert check(one("integer", [5]), text).failure is Failure.UNPARSEABLE


def test_3_parallel_calls_are_assigned_not_taken_greedily():
    gold = [{"name": "f", "arguments": {"x": [1, 2]}}, {"name": "f", "arguments": {"x": [1]}}]
    example = seed({"x": {"type": "integer"}}, gold, category="parallel")
    assert check(example, "[f(x=1), f(x=2)]").correct
    assert check(example, "[f(x=2), f(x=1)]").correct
    assert not check(example, "[f(x=2), f(x=2)]").correct
    assert not check(example, "[f(x=1), f(x=2)]", mode="bfcl").correct


@pytest.mark.parametrize(
    ("kind", "items", "accepted", "given", "right"),
    [
        ("array", {"type": "float"}, [[1.0, 2.0]], "[1, 2]", True),
        ("tuple", {"type": "float"}, [[1.0, 2.0]], "(1, 2)", True),
        ("array", {"type": "integer"}, [[1, 2]], "(1, 2)", True),
        ("array", {"type": "integer"}, [[1, 2]], "[1.0, 2]", False),
        ("array", {"type": "integer"}, [[1, 0]], "[True, False]", False),
    ],
)
def test_4_types_are_exact_at_every_depth_but_ints_stand_for_floats(kind, items, accepted, given, right):
    assert check(one(kind, accepted, items=items), f"[f(x={given})]").correct is right


def test_4_a_bool_is_no_int_and_a_float_no_int():
    assert check(one("integer", [1]), "[f(x=True)]").failure is Failure.WRONG_TYPE
    assert check(one("integer", [1]), "[f(x=1.0)]").failure is Failure.WRONG_TYPE
    assert check(one("float", [1.0]), "[f(x=1)]").correct


def test_5_strings_are_standardised_at_every_depth_after_nfkc():
    example = one("dict", [{"a": [["X Y"]]}], properties={"a": {"type": "array", "items": {"type": "string"}}})
    assert check(example, "[f(x={'a': ['x-y']})]").correct
    assert check(one("string", ["ﬁle"]), "[f(x='file')]").correct


def test_6_an_argument_that_equals_its_stated_default_counts_as_omitted():
    schema = {"x": {"type": "integer"}, "unit": {"type": "string", "description": "Unit. Default is 'metric'."}}
    example = seed(schema, [{"name": "f", "arguments": {"x": [1], "unit": ["", "imperial"]}}], required=["x"])
    assert check(example, "[f(x=1, unit='metric')]").correct
    assert not check(example, "[f(x=1, unit='nautical')]").correct


@pytest.mark.parametrize("text", ["```python\n[f(x=5)]\n```", "[f(x=5)]  \n", "```\n[f(x=5)]\n``` "])
def test_7_fences_and_white_space_are_stripped(text):
    assert check(one("integer", [5]), text).correct


def test_7_prose_around_a_call_fails_with_its_own_reason():
    verdict = check(one("integer", [5]), "Sure, here you go: [f(x=5)]")
    assert verdict.failure is Failure.UNPARSEABLE
    assert "prose" in verdict.detail


@pytest.mark.parametrize(
    ("text", "right"),
    [("[]", True), ("I cannot help with that.", True), ("[f(x=5]", False), ("f(x=", False), ("[f(x=5)]", False)],
)
def test_8_a_failed_parse_is_never_an_abstention(text, right):
    example = seed({"x": {"type": "integer"}}, [], category="irrelevance")
    assert check(example, text).correct is right


@pytest.mark.parametrize(
    "example",
    [
        seed({"x": {"type": "quaternion"}}, [{"name": "f", "arguments": {"x": [5]}}]),
        seed({"x": {"type": ["integer", "quaternion"]}}, [{"name": "f", "arguments": {"x": [5]}}]),
        seed({"x": {"anyOf": "integer"}}, [{"name": "f", "arguments": {"x": [5]}}]),
        seed({"x": {"type": "integer"}}, [{"name": "f", "arguments": {"x": [5]}}], required=[{}]),
        seed({"x": {"type": "integer"}}, [{"name": "g", "arguments": {"x": [5]}}]),
        seed({"x": {"type": "integer"}}, [{"name": "f", "arguments": {"y": [5]}}]),
    ],
)
def test_9_a_faulty_example_is_an_error_of_the_example_by_id(example):
    verdict = check(example, "[f(x=5)]")
    assert verdict.failure is None
    assert verdict.example_error.startswith("example x: ")


@pytest.mark.parametrize(
    ("schema", "accepted", "given", "failure"),
    [
        ({"type": "array"}, [[5]], "[5]", None),
        ({"type": ["string", "null"]}, ["a"], "'a'", None),
        ({"type": ["string", "null"]}, [None], "None", None),
        ({"type": ["integer", "null"]}, [5], "'5'", Failure.WRONG_TYPE),
        ({"type": "string", "nullable": True}, [None], "None", None),
        ({"type": "number"}, [1.5], "True", Failure.WRONG_TYPE),
        ({"type": "object"}, [{"a": [1]}], "{'a': 1}", None),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, [7], "7", None),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, [7], "'7'", Failure.WRONG_VALUE),
        ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, [7], "'7'", Failure.WRONG_TYPE),
        ({"allOf": [{"type": "string"}, {"description": "d"}]}, ["a"], "5", Failure.WRONG_TYPE),
        ({"enum": [1, "high", None, True]}, ["high"], "'high'", None),
        ({"enum": [1, "high", None, True]}, [True], "1", Failure.WRONG_VALUE),
        ({"const": "file"}, ["file"], "'folder'", Failure.WRONG_VALUE),
        ({}, [3], "3", None),
        ({"description": "anything"}, [3], "[3]", Failure.WRONG_VALUE),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, [[1, None]], "[1, None]", None),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, [[1, 2]], "[1, '2']", Failure.WRONG_TYPE),
        ({"type": "array", "items": {}}, [[1, "a"]], "[1, 'a']", None),
    ],
)
def test_json_schema_is_read_as_it_is(schema, accepted, given, failure):
    example = seed({"x": schema}, [{"name": "f", "arguments": {"x": accepted}}])
    assert check(example, f"[f(x={given})]").failure is failure


def test_parameters_without_properties_take_no_arguments_unless_the_schema_admits_others():
    none = seed({}, [{"name": "f", "arguments": {}}])
    bare = none.model_copy(update={"tools": [none.tools[0].model_copy(update={"parameters": {"type": "object"}})]})
    assert check(bare, "[f()]").correct
    assert check(bare, "[f(x=1)]").failure is Failure.UNEXPECTED_ARGUMENT
    free = {"type": "object", "additionalProperties": {"type": "integer"}}
    example = seed({}, [{"name": "f", "arguments": {"x": [1]}}])
    example = example.model_copy(update={"tools": [example.tools[0].model_copy(update={"parameters": free})]})
    assert check(example, "[f(x=1)]").correct
    assert check(example, "[f(x='1')]").failure is Failure.WRONG_TYPE


@pytest.mark.parametrize(
    ("accepted", "given", "right"),
    [
        (["", "a"], "", True),
        (["", "a"], "x=''", False),
        ([""], "x=''", True),
        ([""], "", True),
        (["", ""], "x=''", True),
        (["", ""], "", False),
        ([{"k": ["", ""]}], "x={'k': ''}", True),
        ([{"k": ["", ""]}], "x={}", False),
        ([{"k": ["", "b"]}], "x={}", True),
    ],
)
def test_an_empty_string_says_that_it_may_be_left_out_and_twice_that_it_is_a_value(accepted, given, right):
    example = seed({"x": {}}, [{"name": "f", "arguments": {"x": accepted}}])
    assert check(example, f"[f({given})]").correct is right


@pytest.mark.parametrize(
    "text",
    [
        "[f(x=" + "[" * 100_000 + "]" * 100_000 + ")]",
        "[f(x=" + "(" * 5_000,
        "[" + "f(x=5)," * 50_000 + "]",
        "[f(x=9**9**9**9)]",
        "[f(x='a'*10**9)]",
        "[f(x=[0]*10**9)]",
        "[f(x=1<<10**9)]",
        "[f(x='%1000000000d' % 1)]",
        "[f(x=__import__('os').system('touch /tmp/never'))]",
        "[f(x=" + "9" * 1_000_000 + ")]",
        "[f(x=" + "-" * 100_000 + "1)]",
        "[f(x='\x00')]",
        "[f(x='\ud800')]",
        "[f(x=lambda: 1)]",
        "[f(x=" + "+".join(["1"] * 20_000) + ")]",
    ],
)
def test_10_hostile_text_ends_at_once_and_runs_nothing(text):
    example = one("integer", [5])
    check(example, "[f(x=5)]")
    tracemalloc.start()
    begin = time.perf_counter()
    verdict = check(example, text)
    seconds = time.perf_counter() - begin
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not verdict.correct
    assert seconds < 1.0
    assert peak < 50e6


def test_a_verdict_names_call_argument_expected_and_got():
    verdict = check(one("string", ["Paris"]), "[f(x='Rome')]")
    assert (verdict.failure, verdict.call, verdict.argument) == (Failure.WRONG_VALUE, 0, "x")
    assert "'Paris'" in verdict.detail
    assert "'Rome'" in verdict.detail
