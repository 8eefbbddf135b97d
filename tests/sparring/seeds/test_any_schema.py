"""Whatever a schema says: seeds are made or named as left out, nothing raises, and what is made is proved."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("faker")

from sparring.gold import gold_calls
from sparring.normalise import grounded
from sparring.seeds.making import make_seeds
from sparring.seeds.pools import Known
from sparring.seeds.validity import fault_of
from sparring.sources.jsonl import read_row

NAMES = st.sampled_from(
    [
        "city",
        "id",
        "start_date",
        "endDate",
        "qz7",
        "tags",
        "from",
        "body",
        "max_count",
        "is_open",
        "x",
        "user-id",
        "état",
    ]
)
TEXTS = st.sampled_from(
    ["", "The city.", "Whether to wait.", "e.g. 'a b', 'c'", "`qz7`", "One of 'x' or 'y'.", "({[<", "é" * 40]
)
ANY_VALUE = st.sampled_from([None, True, 0, -3, 2.5, 1e-7, "", "a", "two words", "A_B", "<x>", [1], {"a": 1}, 10**20])
PLAIN = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])}
    ),
    st.fixed_dictionaries(
        {"type": st.lists(st.sampled_from(["string", "integer", "null"]), min_size=1, max_size=3, unique=True)}
    ),
    st.fixed_dictionaries({"enum": st.lists(ANY_VALUE, min_size=1, max_size=4)}),
    st.fixed_dictionaries({"const": ANY_VALUE}),
    st.fixed_dictionaries(
        {"type": st.just("string"), "format": st.sampled_from(["date", "uuid", "duration", "binary", "odd"])}
    ),
    st.fixed_dictionaries(
        {"type": st.just("string"), "pattern": st.sampled_from(["^[a-z]+$", "^(a+)+$", "^\\d{4}$", "("])}
    ),
    st.fixed_dictionaries({"type": st.just("integer"), "minimum": st.integers(-9, 9), "maximum": st.integers(-9, 9)}),
    st.fixed_dictionaries(
        {"type": st.just("number"), "exclusiveMinimum": st.integers(-9, 9), "multipleOf": st.sampled_from([1, 5, 0.5])}
    ),
    st.just({}),
)


def described(schemas):
    return st.builds(lambda schema, text: {**schema, "description": text} if text else schema, schemas, TEXTS)


def objects(inner):
    return st.builds(
        lambda properties, required, closed: {
            "type": "object",
            "properties": properties,
            "required": [name for name in properties if name in required],
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(NAMES, inner, max_size=4),
        st.sets(NAMES),
        st.booleans(),
    )


SCHEMAS = st.recursive(
    described(PLAIN),
    lambda inner: st.one_of(
        objects(inner),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)
TOOLS = st.lists(
    st.builds(
        lambda name, text, parameters: {"name": name, "description": text, "parameters": parameters},
        st.sampled_from(["get_city", "delete_city", "qz7", "list-orders", "a.b", "count"]),
        st.sampled_from(["", "Get a city.", "Deletes a city by id.", "City", "(", "Count all cities. More.", "<x>"]),
        objects(SCHEMAS),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda tool: tool["name"],
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(TOOLS)
def test_any_tools_give_proved_seeds_or_reasons(tools):
    made = make_seeds(tools, Known(), 8, 3, seed=1)
    schemas = {tool["name"]: tool["parameters"] for tool in tools}
    for row in made.rows:
        example = read_row(row)
        for call in gold_calls(example):
            assert fault_of(schemas[call.name], call.arguments) is None
            assert all(grounded(value, example.query) for value in call.arguments.values())
    called = {call["name"] for row in made.rows for call in row["gold"]}
    named = {one.tool for one in made.left_out}
    assert called | named >= schemas.keys() or len(called) == 8
