"""What a training row teaches: the target's own words where they are right and say what the query says."""

import pytest

from sparring.attacker.schema_attacks import attack_schema
from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.dialects.gold_text import gold_text
from sparring.records import Attack, Completion, GoldCall, Trial
from sparring.training.answers import own_right_answers, renamed_answer

DIALECT = DIALECTS["pythonic"]


def untouched(seed, text):
    attack = Attack(
        id=f"untouched:{seed.id}", example_id=seed.id, query=seed.query, strategy="untouched", round="r01", seed=0
    )
    verdict = check(seed, text, parse=DIALECT.parse)
    answer = Completion(attack_id=attack.id, sample=0, text=text)
    return Trial(attack=attack, completions=[answer], rejected_by=None, verdicts=[verdict])


def optional_days(seed):
    """The same seed, whose gold lets the number of days be left out, which the query says."""
    return seed.model_copy(
        update={"gold": [GoldCall(name="get_weather", arguments={"city": ["Paris"], "days": [3, ""]})]}
    )


@pytest.mark.parametrize(
    ("text", "learnt"),
    [
        ('[get_weather(days=3, city="Paris")]', True),
        ("[get_weather(city='Rome', days=3)]", False),
        ("[get_weather(city='Paris')]", False),  # right, but the query says the days
        ("", False),
        ("I cannot help with that.", False),
    ],
)
def test_an_own_answer_is_learnt_where_it_is_right_and_leaves_out_nothing_that_is_said(weather_seed, text, learnt):
    seed = optional_days(weather_seed)
    found = own_right_answers([untouched(seed, text)], {seed.id: seed}, DIALECT, lambda text: False)
    assert found == ({seed.id: text} if learnt else {})


def test_an_answer_that_was_cut_is_not_learnt(weather_seed):
    trial = untouched(weather_seed, "[get_weather(city='Paris', days=3)]")
    assert own_right_answers([trial], {weather_seed.id: weather_seed}, DIALECT, lambda text: True) == {}


def test_a_seed_that_wants_no_call_is_declined_in_the_targets_own_words(weather_seed):
    seed = weather_seed.model_copy(update={"gold": [], "category": "irrelevance"})
    found = own_right_answers([untouched(seed, "No tool fits.")], {seed.id: seed}, DIALECT, lambda text: False)
    assert found == {seed.id: "No tool fits."}
    assert gold_text(DIALECT, seed) == "[]"


def test_the_golds_text_says_an_optional_value_where_its_query_does(weather_seed):
    seed = optional_days(weather_seed)
    assert gold_text(DIALECT, seed) == "[get_weather(city='Paris', days=3)]"
    silent = seed.with_query("What is the weather in Paris?")
    assert gold_text(DIALECT, silent) == "[get_weather(city='Paris')]"


@pytest.mark.parametrize(
    ("accepted", "description", "learnt"),
    [
        (["Boston", "Boston, MA"], "The city and state, e.g. Boston, MA.", "Boston, MA"),
        (["Boston", "Boston, MA"], "The city, e.g. Boston", "Boston"),
        (["Boston", "Boston, MA"], "The city and state, e.g. Denver, CO", "Boston"),  # the first, as ever
        (["King Size", "king size"], "The type of the room, e.g. king size", "king size"),
        (["LA", "Los Angeles"], "LA or another one", "LA"),  # as short a word is shown by chance
        (["Port", "Porto"], "A place, e.g. Porto or Lisbon", "Porto"),
        (["Port"], "A Portuguese place", "Port"),
        ([7, "seven"], "e.g. seven", "seven"),
    ],
)
def test_of_several_right_values_the_golds_text_says_the_one_that_the_tool_shows(
    weather_seed, accepted, description, learnt
):
    (tool,) = weather_seed.tools
    properties = {"city": {"type": "string", "description": description}}
    shown = tool.model_copy(update={"parameters": {"type": "dict", "properties": properties, "required": ["city"]}})
    gold = [GoldCall(name="get_weather", arguments={"city": accepted})]
    seed = weather_seed.model_copy(update={"tools": [shown], "gold": gold})
    assert gold_text(DIALECT, seed) == f"[get_weather(city={learnt!r})]"
    assert check(seed, gold_text(DIALECT, seed), parse=DIALECT.parse).correct or 7 in accepted


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("rename_functions", "[weatherGet(days=3, city='Paris')]"),
        ("rename_parameters", "[get_weather(days_value=3, city_value='Paris')]"),
        ("number_functions", "[function_1(days=3, city='Paris')]"),
        ("shuffle", "[get_weather(days = 3, city = 'Paris')]"),
        ("retired", "[get_weather(days = 3, city = 'Paris')]"),
    ],
)
def test_an_own_answer_goes_along_with_renamed_tools(weather_seed, operator, expected):
    changed, renaming = attack_schema(weather_seed, [operator], 1, ())
    found = renamed_answer("[get_weather(days = 3, city = 'Paris')]", renaming, changed, DIALECT)
    assert found == expected
    assert check(changed, found, parse=DIALECT.parse).correct


def test_what_cannot_be_taken_along_becomes_the_golds_text(weather_seed):
    changed, renaming = attack_schema(weather_seed, ["rename_functions"], 1, ())
    assert renamed_answer("[get_weather(", renaming, changed, DIALECT) == "[weatherGet(city='Paris', days=3)]"
