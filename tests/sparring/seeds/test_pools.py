"""Values are of their schema's type, valid by it, and the same for the same generator."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("faker")

from sparring.errors import InputError
from sparring.seeds.own_values import read_values
from sparring.seeds.pools import Known, enumerated, value_of
from sparring.seeds.saying import said
from sparring.seeds.validity import admits, fault_of

DRAWS = 12
NOTHING = Known()


def drawn(schema, name="value", known=NOTHING):
    return [value_of(schema, "tool", name, known, Random(n)) for n in range(DRAWS)]


@pytest.mark.parametrize(
    ("name", "schema", "looks"),
    [
        ("x", {"type": "string", "format": "date"}, r"\d{4}-\d\d-\d\d"),
        ("x", {"type": "string", "format": "date-time"}, r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z"),
        ("x", {"type": "string", "format": "email"}, r"\S+@\S+"),
        ("x", {"type": "string", "format": "uuid"}, r"[0-9a-f-]{36}"),
        ("recipient", {"type": "string"}, r"\S+@\S+"),
        ("day", {"type": "string", "description": "The day, MM/DD/YYYY."}, r"\d\d/\d\d/\d{4}"),
        (
            "start",
            {"type": "string", "description": "When it starts, as an ISO 8601 date and time."},
            r"[\d-]+T[\d:]+Z",
        ),
        ("source", {"type": "string", "description": "Three-letter code of the source currency."}, r"[A-Z]{3}"),
        ("repo_path", {"type": "string"}, r"/\w+/\w+"),
        ("timezone", {"type": "string", "description": "e.g. 'Asia/Tokyo'"}, r"\w+/\w+"),
        ("code", {"type": "string", "examples": ["AB-1", "CD-2"]}, r"AB-1|CD-2"),
        ("anything", {"type": "string", "pattern": "^[a-z]+$"}, r"[a-z]+"),
    ],
)
def test_texts_are_what_format_description_and_name_say(name, schema, looks):
    assert all(re.fullmatch(looks, value) for value in drawn(schema, name))


@pytest.mark.parametrize(
    ("schema", "options"),
    [
        ({"const": "a"}, ["a"]),
        ({"enum": ["a", 3, None, ""]}, ["a", 3]),
        ({"type": "integer", "enum": [1, "2"]}, [1]),
        ({"type": "boolean"}, [True, False]),
        (
            {
                "type": "string",
                "description": "Whether to list local branches ('local'), remote ('remote') or all ('all').",
            },
            ["local", "remote", "all"],
        ),
        ({"type": "string", "description": "A city, e.g. 'Oslo' or 'Rome'."}, []),
    ],
)
def test_what_a_schema_lists_is_taken_whole(schema, options):
    assert enumerated(schema) == options


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[A-Z]{3}-\\d{7}$"},
        {"type": "string", "format": "duration"},
        {"type": "string", "contentEncoding": "base64"},
        {"type": "array", "items": {"type": "object"}},
        {"type": "object", "additionalProperties": False},
        {"not": {}},
    ],
)
def test_where_no_value_is_known_there_is_none(schema):
    assert set(map(repr, drawn(schema))) == {"None"}


def test_a_pattern_that_takes_forever_is_given_up():
    assert fault_of({"type": "string", "pattern": "^(a+)+$"}, "a" * 40 + "!") is not None


@settings(deadline=None, max_examples=60)
@given(
    low=st.integers(-500, 500),
    width=st.integers(0, 300),
    step=st.sampled_from([None, 2, 5]),
    kind=st.sampled_from(["integer", "number"]),
)
def test_numbers_lie_within_their_bounds(low, width, step, kind):
    schema = {"type": kind, "minimum": low, "maximum": low + width} | ({} if step is None else {"multipleOf": step})
    for value in drawn(schema, "limit"):
        assert value is None or admits(schema, value)


def test_the_same_generator_gives_the_same_values():
    assert drawn({"type": "string"}, "customer") == drawn({"type": "string"}, "customer")


def test_a_teams_own_values_come_first(tmp_path):
    path = tmp_path / "values.csv"
    path.write_text("city,set_room.level\nBergen,3\nTromso,\n")
    tools = [
        {
            "name": "set_room",
            "parameters": {"type": "object", "properties": {"level": {"type": "integer"}, "city": {"type": "string"}}},
        }
    ]
    known = read_values(path, tools)
    assert set(drawn({"type": "string"}, "city", known)) == {"Bergen", "Tromso"}
    assert value_of({"type": "integer"}, "set_room", "level", known, Random(1)) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [("colour\nred\n", ":1: 'colour'"), ("city\na,b\n", ":2: 2 cells"), ('city\n"a\n', "no CSV")],
)
def test_a_faulty_file_of_values_is_named(tmp_path, text, said):
    path = tmp_path / "values.csv"
    path.write_text(text)
    tools = [{"name": "t", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}]
    with pytest.raises(InputError, match=re.escape(f"{path}{said}") if said.startswith(":") else said):
        read_values(path, tools)


@pytest.mark.parametrize(
    ("value", "schema", "text"),
    [
        ("START_TIME_DESC", {"enum": ["START_TIME_DESC", "ID_DESC"]}, "start time desc"),
        ("a_b", {"enum": ["a_b", "A-B"]}, '"a_b"'),
        ("open", {"enum": ["open"]}, "open"),
        (["x", "y z"], {"items": {}}, '"x" and "y z"'),
        (1e-05, {}, "0.00001"),
        (30.0, {}, "30"),
        ("Two words.", {}, '"Two words."'),
        ({"team": "red"}, {}, "team set to red"),
    ],
)
def test_values_are_said_so_that_only_they_are_meant(value, schema, text):
    assert said(value, schema, Random(0)) == text
