"""Seeds of real tools: proved, unique, covering, the same again; what is not certain is named."""

import json
from pathlib import Path

import pytest

pytest.importorskip("faker")

from sparring.checker import check_calls
from sparring.dialects import DIALECTS, fault_of_row
from sparring.gold import gold_calls
from sparring.normalise import grounded
from sparring.project.splits import leaks, split_by_tool
from sparring.seeds.making import make_seeds, parts_of
from sparring.seeds.pools import Known
from sparring.seeds.renewal import renewed
from sparring.seeds.rows import write_rows
from sparring.seeds.validity import fault_of
from sparring.sources.jsonl import load_jsonl, read_row
from sparring.tools.frozen import freeze, read_toolbox
from sparring.tools.importing import Wishes, import_tools

DATA = Path(__file__).parents[2] / "data"
BOXES = {
    "functions": read_toolbox(DATA / "own_tools" / "functions.tools.json"),
    "bicycles": import_tools("module:examples.bicycle_tools", Wishes()),
    **{path.stem: import_tools(str(path), Wishes()) for path in sorted((DATA / "tools").glob("mcp-server-*.json"))},
}


@pytest.fixture(scope="module")
def made():
    return {name: make_seeds(box.tools, Known(), *parts_of(150), seed=17) for name, box in BOXES.items()}


@pytest.mark.parametrize("name", BOXES)
def test_each_tool_set_gives_a_hundred_seeds_that_the_jsonl_source_reads(made, name, tmp_path):
    rows = made[name].rows
    write_rows(tmp_path / "seeds.jsonl", rows)
    examples = load_jsonl(tmp_path / "seeds.jsonl")
    assert len(examples) == len(rows) >= 100
    assert not [fault for one in examples if (fault := fault_of_row(one, DIALECTS["pythonic"]))]


@pytest.mark.parametrize("name", BOXES)
def test_each_call_is_valid_right_and_said_and_no_odd_name_is(made, name):
    schemas = {tool["name"]: tool["parameters"] for tool in BOXES[name].tools}
    for row in made[name].rows:
        example = read_row(row)
        for call in gold_calls(example):
            assert fault_of(schemas[call.name], call.arguments) is None
            assert check_calls(example, [call]).correct
            assert all(grounded(value, example.query) for value in call.arguments.values())
            odd = {key for key in schemas[call.name].get("properties", {}) if "_" in key}
            assert not [key for key in odd if key in example.query]


@pytest.mark.parametrize("name", BOXES)
def test_every_plan_is_covered_where_there_is_room(made, name):
    assert made[name].covered == made[name].planned


@pytest.mark.parametrize("name", BOXES)
def test_no_two_rows_ask_the_same_and_ids_are_distinct(made, name):
    rows = made[name].rows
    assert len({row["id"] for row in rows}) == len(rows)
    questions = [(row["messages"][0]["content"], bool(row["gold"])) for row in rows]
    assert len(set(questions)) == len(questions)


def test_rows_without_a_call_never_show_the_tool_that_was_asked_for(made):
    for name, found in made.items():
        for row in found.rows:
            if not row["gold"]:
                shown = [tool["function"]["name"] for tool in row["tools"]]
                assert shown, name
                assert row["metadata"]["tool"] not in shown


def test_the_same_tools_and_seed_give_the_same_rows(made):
    box = BOXES["functions"]
    again = make_seeds(tuple(reversed(box.tools)), Known(), *parts_of(150), seed=17)
    assert json.dumps(again.rows) == json.dumps(made["functions"].rows)
    other = make_seeds(box.tools, Known(), *parts_of(150), seed=18)
    assert {row["id"] for row in other.rows} != {row["id"] for row in made["functions"].rows}


def test_seeds_split_by_tool_without_a_leak(made):
    examples = [read_row(row) for row in made["functions"].rows]
    splits = split_by_tool(examples, 0.5, 0.2, [], [], seed=17)
    targets = {name: {call.name for row in rows for call in row.gold} for name, rows in splits.items()}
    assert leaks(splits) == []
    assert len(targets["train"]) >= 2
    assert len(targets["test"]) >= 1
    assert not targets["train"] & (targets["val"] | targets["proof"] | targets["test"])


def tool(name, description, properties, required=()):
    return {
        "name": name,
        "description": description,
        "parameters": {"type": "object", "properties": properties, "required": list(required)},
    }


MANY = "city country street company region title subject".split()
CITY = {"city": {"type": "string"}}


@pytest.mark.parametrize(
    ("tools", "named"),
    [
        ([tool("a", "Get the weather.", CITY, ["city"]), tool("b", "Shows the weather.", CITY, ["city"])], "not unique: b"),
        ([tool("a", "Get the weather.", {"qzx": {"type": "string"}}, ["qzx"])], "a.qzx: has no name in words"),
        ([tool("a", "Get the weather.", {"code": {"type": "string", "pattern": "^\\d{9}$"}}, ["code"])], "a.code: no value is known"),
        ([tool("count_cities", "Delete a city.", CITY, ["city"])], "the name to count"),
        ([tool("a", "Get the weather.", {"city": {"type": "string"}, "cityName": {}, "city_name": {"type": "string"}})], "a.cityName"),
        ([tool("a", "Get a thing.", {name: {"type": "string"} for name in MANY}, MANY)], "nobody says"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_named_and_left_out(tools, named):
    found = make_seeds(tools, Known(), 20, 4, seed=1)
    assert any(named in str(one) for one in found.left_out)
    assert not [row for row in found.rows if "not unique" in named and row["gold"]]


def test_tools_that_take_other_values_may_be_asked_for_in_the_same_words():
    tools = [
        tool("by_city", "Get the weather.", CITY, ["city"]),
        tool("by_code", "Get the weather.", {"airport": {"type": "string"}}, ["airport"]),
    ]
    found = make_seeds(tools, Known(), 20, 0, seed=1)
    assert {row["gold"][0]["name"] for row in found.rows} == {"by_city", "by_code"}
    assert all(len(row["tools"]) == 1 for row in found.rows)  # and are never shown together


def test_a_tool_that_changes_something_is_never_asked_to_change_nothing():
    parameters = {"id": {"type": "string", "format": "uuid"}, "title": {"type": "string"}, "note": {"type": "string"}}
    found = make_seeds([tool("update_page", "Update a page.", parameters, ["id"])], Known(), 30, 0, seed=1)
    assert found.rows
    assert all(len(row["gold"][0]["arguments"]) > 1 for row in found.rows)


def test_seeds_of_tools_that_did_not_change_stay_byte_by_byte():
    box = BOXES["functions"]
    before = make_seeds(box.tools, Known(), *parts_of(100), seed=17).rows
    text = json.dumps([one for one in box.tools if one["name"] != "get_weather"]).replace('"restaurant"', '"venue"')
    changed = freeze(box.source, box.kind, json.loads(text))
    after = renewed(before, make_seeds(changed.tools, Known(), *parts_of(100), seed=17).rows, changed)
    gone = {row["metadata"]["tool"] for row in before} & {"get_weather", "book_table"}
    assert gone == {"get_weather", "book_table"}
    kept = [row for row in before if row["metadata"]["tool"] not in gone]
    assert list(after.rows[: after.kept]) == kept
    assert {row["metadata"]["tool"] for row in after.rows[after.kept :]} == {"book_table"}


FILTER = {
    "anyOf": [
        {"type": "object", "properties": {"any": {"type": "array", "items": {"type": "string"}}}},
        {"type": "null"},
    ]
}


def test_nothing_is_removed_or_changed_without_saying_what():
    blind = tool("bulk_delete_pages", "Bulk delete pages.", {"pages": FILTER, "limit": {"type": "integer"}})
    bare = tool("clear_cache", "Clear the cache.", {})
    named = tool(
        "delete_page", "Delete a page.", {"page_id": {"type": "string"}, "force": {"type": "boolean"}}, ["page_id"]
    )
    found = make_seeds([blind, bare, named], Known(), 30, 0, seed=1)
    assert {row["gold"][0]["name"] for row in found.rows} == {"clear_cache", "delete_page"}


def test_a_description_that_speaks_of_another_key_is_left_out():
    mixed_up = tool("read_queue_by_name", "Get a queue by id.", {"label": {"type": "string"}}, ["label"])
    found = make_seeds([mixed_up], Known(), 10, 0, seed=1)
    assert [str(one) for one in found.left_out] == [
        "read_queue_by_name: description: it speaks of 'id', which the tool does not take"
    ]


def test_a_range_is_in_order_and_a_list_beside_a_text_has_two_items():
    parameters = {
        "start_time": {"type": "string", "format": "date-time"},
        "end_time": {"type": "string", "format": "date-time"},
        "value": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "string"}}]},
    }
    found = make_seeds([tool("a", "List the entries.", parameters, ["start_time", "end_time"])], Known(), 60, 0, seed=1)
    calls = [row["gold"][0]["arguments"] for row in found.rows]
    assert all(call["start_time"] < call["end_time"] for call in calls)
    kinds = {type(call.get("value")) for call in calls}
    assert kinds == {type(None), str, list}
    assert all(len(call["value"]) > 1 for call in calls if isinstance(call.get("value"), list))
