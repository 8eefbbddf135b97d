"""Every schema operator over real rows: the right call stays right in its new names, and reads back into the old ones."""

import itertools

import pytest

from sparring.attacker.schema_attacks import SCHEMA_OPERATORS, Renaming, attack_schema
from sparring.checker import check_calls
from sparring.gold import gold_calls
from sparring.records import Call, Tool
from sparring.schemas.descriptions import stated_default
from sparring.sources.bfcl import example, load_rows

SEED = 17
NAMES = sorted(SCHEMA_OPERATORS)
RENAMING = {"rename_functions", "number_functions", "rename_parameters"}
CATEGORIES = ("simple_python", "multiple", "parallel_multiple", "irrelevance")


@pytest.fixture(scope="module")
def seeds(bfcl_wheel):
    rows = [example(row) for name in CATEGORIES for row in list(load_rows(bfcl_wheel, name).values())[:120]]
    return [seed for seed in rows if check_calls(seed, gold_calls(seed)).correct]


@pytest.fixture(scope="module")
def others(seeds):
    return [tool for seed in seeds for tool in seed.tools]


@pytest.mark.parametrize("name", NAMES)
def test_the_right_call_is_right_in_its_new_names_and_reads_back(name, seeds, others):
    changed = 0
    for seed in seeds:
        attacked, renaming = attack_schema(seed, [name], SEED, others)
        right = gold_calls(attacked)
        assert check_calls(attacked, right).correct, seed.id
        assert renaming.back(right) == gold_calls(seed), seed.id
        assert attacked.query == seed.query
        assert len({tool.name for tool in attacked.tools}) == len(attacked.tools)
        changed += attacked.tools != seed.tools
        if name in RENAMING and right and attacked.gold != seed.gold:
            assert not check_calls(attacked, gold_calls(seed)).correct, seed.id
    assert changed > 0.45 * len(seeds)


@pytest.mark.parametrize("pair", list(itertools.permutations(NAMES, 2)))
def test_any_two_operators_compose(pair, seeds, others):
    for seed in seeds[:: len(seeds) // 12]:
        attacked, renaming = attack_schema(seed, pair, SEED, others)
        assert check_calls(attacked, gold_calls(attacked)).correct, (pair, seed.id)
        assert renaming.back(gold_calls(attacked)) == gold_calls(seed), (pair, seed.id)


def test_all_of_them_compose_and_the_same_seed_gives_the_same_tools(seeds, others):
    for seed in seeds[::20]:
        attacked, renaming = attack_schema(seed, NAMES, SEED, others)
        assert renaming.back(gold_calls(attacked)) == gold_calls(seed)
        assert attack_schema(seed, NAMES, SEED, others) == (attacked, renaming)
    assert any(attack_schema(s, ["shuffle"], 1, others) != attack_schema(s, ["shuffle"], 2, others) for s in seeds)


def test_stated_defaults_stay_where_their_parameter_went(seeds, others):
    for seed in seeds:
        attacked, renaming = attack_schema(seed, ["rename_parameters"], SEED, others)
        for old, new in zip(seed.tools, attacked.tools, strict=True):
            names = renaming.parameters.get(old.name, {})
            for key, schema in old.parameters["properties"].items():
                found = new.parameters["properties"][names.get(key, key)]
                assert repr(stated_default(found)) == repr(stated_default(schema))


def test_distractors_share_no_word_with_the_query_or_the_tools(weather_seed):
    helpful = Tool(name="forecast", description="Weather of the next days.", parameters={"properties": {}})
    twin = weather_seed.tools[0].model_copy(update={"description": "Something else altogether."})
    far = [Tool(name=name, description="Convert between currencies.", parameters={"properties": {}}) for name in "ab"]
    attacked, _ = attack_schema(weather_seed, ["distractors"], SEED, [helpful, twin, *far])
    assert {tool.name for tool in attacked.tools} == {"get_weather", "a", "b"}


def test_names_inside_descriptions_follow(weather_seed):
    tool = weather_seed.tools[0].model_copy(update={"description": "Unlike get_weather_now, get_weather looks ahead."})
    attacked, _ = attack_schema(weather_seed.model_copy(update={"tools": [tool]}), ["rename_functions"], SEED, [])
    assert attacked.tools[0].name == "weatherGet"
    assert attacked.tools[0].description == "Unlike get_weather_now, weatherGet looks ahead."


def test_an_answer_in_foreign_names_stays_foreign_when_read_back():
    renaming = Renaming({"f": "g"}, {"f": {"a": "b"}})
    read = renaming.back([Call(name="g", arguments={"b": 1, "c": 2}), Call(name="h", arguments={"b": 1})])
    assert [(call.name, call.arguments) for call in read] == [("f", {"a": 1, "c": 2}), ("h", {"b": 1})]


@pytest.mark.parametrize("name", SCHEMA_OPERATORS)
@pytest.mark.parametrize("tool", ["...", "_", ".", "天气", "A", "__init__"])
def test_a_tool_of_any_name_is_renamed_and_reads_back(name, tool, weather_seed):
    named = weather_seed.model_copy(
        update={
            "tools": [weather_seed.tools[0].model_copy(update={"name": tool})],
            "gold": [weather_seed.gold[0].model_copy(update={"name": tool})],
        }
    )
    changed, renaming = attack_schema(named, [name], 0, ())
    assert renaming.back(gold_calls(changed)) == gold_calls(named)
