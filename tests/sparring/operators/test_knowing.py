"""Operators that know their seed, over real rows of train and val: what they change, what stays, what the gates take back."""

import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.attacker.program import Step, apply_program
from sparring.gates import RULES, Facts
from sparring.gates.rules import LONGEST_AROUND
from sparring.normalise import dates, grounded, numbers, times
from sparring.normalise.grounding import plain
from sparring.normalise.moments import MONTHS
from sparring.normalise.spoken import say, say_date, say_time, written
from sparring.operators import OPERATORS, as_asked, site_of
from sparring.operators.correction import MARK
from sparring.operators.kinds import KINDS
from sparring.operators.places import places
from sparring.operators.tool_topics import open_topics
from sparring.records import Example
from sparring.storage import read_jsonl

SEEDS = read_jsonl(Path(__file__).parents[2] / "cases" / "seeds.jsonl", Example)
KNOWING = list(OPERATORS)[list(OPERATORS).index("corrected") :]
WORDING = ["typos", "lowercase", "uppercase", "bare", "hesitant", "telegraphic", "synonyms", "lines", "chat"]
MIN_CHANGED = 3


def made(name, seed, number=5):
    return apply_program((Step(name),), seed, number)


def changed(name):
    return [seed for seed in SEEDS if made(name, seed) != seed.query]


@pytest.mark.parametrize("name", KNOWING)
def test_it_finds_something_to_work_on(name):
    assert len(changed(name)) >= MIN_CHANGED


@pytest.mark.parametrize("name", KNOWING)
def test_every_value_that_the_seed_says_is_still_said_and_the_same_seed_gives_the_same_text(name):
    for seed in SEEDS:
        for number in range(3):
            rewrite = made(name, seed, number)
            assert rewrite == made(name, seed, number)
            for call in seed.gold:
                for accepted in call.arguments.values():
                    said = [value for value in accepted if value != "" and grounded(value, seed.query)]
                    asked = as_asked(rewrite, site_of(seed))
                    assert not said or any(grounded(value, asked) for value in said), rewrite


@pytest.mark.parametrize("name", [name for name in KNOWING if name != "spoken"])  # a date is written in one way
def test_what_it_adds_can_be_taken_back_word_for_word(name):
    for seed in changed(name):
        for number in range(4):
            rewrite = made(name, seed, number)
            assert plain(as_asked(rewrite, site_of(seed))) == plain(written(seed.query)), rewrite


@pytest.mark.parametrize("name", KNOWING)
def test_the_rules_let_it_through(name, params):
    facts = [Facts(seed, made(name, seed)) for seed in changed(name)]
    found = [(one.query, d) for one in facts for gate in RULES.values() if (d := gate(one, params.gates)) is not None]
    assert not found


@pytest.mark.parametrize("name", [name for name in KNOWING if name != "spoken"])
@pytest.mark.parametrize("other", WORDING)
def test_other_operators_leave_its_sentences_alone(name, other):
    """Else the gates would not know them again."""
    for seed in changed(name)[:4]:
        site, rewrite = site_of(seed), apply_program((Step(name), Step(other)), seed, 5)
        asked = as_asked(rewrite, site)
        assert not any(pattern.search(asked) for pattern in (MARK, *site.fixed)), rewrite


@pytest.mark.parametrize("name", ["mail", "ticket", "chat_log", "notes", "told_done", "used_tool", "open_option"])
@pytest.mark.parametrize("number", range(3))
def test_the_rules_let_it_through_also_where_all_of_it_is_quoted(name, number, params):
    programs = [(seed, apply_program((Step(name), Step("quote")), seed, number)) for seed in changed(name)[:6]]
    found = [
        (one, d) for seed, one in programs for gate in RULES.values() if (d := gate(Facts(seed, one), params.gates))
    ]
    assert not found


def test_no_value_is_offered_that_the_gold_accepts_or_the_seed_says():
    offered = 0
    for seed in SEEDS:
        site = site_of(seed)
        for place in places(seed.query, site):
            for other in place.others:
                offered += 1
                told = f"{seed.query[: place.start]}{other}{seed.query[place.end :]}"
                lost = [
                    name
                    for call in seed.gold
                    for name, accepted in call.arguments.items()
                    if any(v != "" and grounded(v, seed.query) for v in accepted)
                    and not any(v != "" and grounded(v, told) for v in accepted)
                ]
                assert lost, (seed.query, other)
                assert other.lower() not in seed.query.lower() or other.strip("$%").isdigit()
    assert offered > 100


def test_a_kind_has_no_name_twice_and_no_name_is_of_two_kinds():
    names = [name.lower() for members in KINDS.values() for name in members]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice


@pytest.mark.parametrize("name", [name for name in KNOWING if name not in {"mail", "ticket", "chat_log", "notes"}])
def test_it_leaves_a_seed_alone_that_gives_it_nothing(name, make_weather):
    seed = make_weather().with_query("Tell me something nice")
    call = seed.gold[0].model_copy(update={"arguments": {}})
    tool = seed.tools[0].model_copy(update={"parameters": {"type": "dict", "properties": {}}})
    bare = seed.model_copy(update={"gold": [call], "tools": [tool]})
    assert made(name, bare) == bare.query


@pytest.mark.parametrize(
    ("query", "arguments", "wanted"),
    [
        ("Order 12 eggs", {"n": [12]}, "Order a dozen eggs"),
        ("Order 6 eggs", {"n": [6]}, "Order half a dozen eggs"),
        ("Order 36 eggs", {"n": [36]}, "Order three dozen eggs"),
        ("Order 12 of them", {"n": [12]}, "Order 12 of them"),
        ("Bake a 12 inch pizza", {"n": [12]}, "Bake a 12 inch pizza"),
        ("Transfer 500000 euros", {"n": [500000]}, "Transfer half a million euros"),
        ("Transfer $500,000 to Bob", {"n": [500000]}, "Transfer half a million dollars to Bob"),
        ("Transfer 2500000 euros", {"n": [2500000]}, "Transfer two and a half million euros"),
        ("An area of 1500 square feet", {"n": [1500]}, "An area of fifteen hundred square feet"),
        ("Weigh 2.5 kg of rice", {"n": [2.5]}, "Weigh two and a half kg of rice"),
        ("Wake me at 9:15 AM", {"t": ["9:15 AM"]}, "Wake me at a quarter past nine in the morning"),
        ("Wake me at 17:45", {"t": ["17:45"]}, "Wake me at a quarter to six in the afternoon"),
        ("Wake me at 7 PM", {"t": ["19:00"]}, "Wake me at seven o'clock in the evening"),
        ("Wake me at 9:17 AM", {"t": ["9:17 AM"]}, "Wake me at 9:17 AM"),
        ("Book 2023-05-01", {"d": ["2023-05-01"]}, "Book the first of May 2023"),
        ("Book May 31, 2023 please", {"d": ["2023-05-31"]}, "Book the thirty-first of May 2023 please"),
        ("Book 03/04/2023", {"d": ["2023-03-04"]}, "Book 03/04/2023"),
        ("Write 'see you at 10 AM'", {"t": ["see you at 10 AM"]}, "Write 'see you at 10 AM'"),
        ("Say that I come at 10 AM today", {"t": ["I come at 10 AM today"]}, "Say that I come at 10 AM today"),
        ("Call flight 12 passengers", {"n": ["12"]}, "Call flight 12 passengers"),
    ],
)
def test_values_as_people_say_them(make_weather, query, arguments, wanted):
    assert made("spoken", asking(make_weather(), query, arguments)) == wanted


def asking(seed, query, arguments):
    call = seed.gold[0].model_copy(update={"arguments": arguments})
    return seed.with_query(query).model_copy(update={"gold": [call]})


@given(st.integers(1, 10**7).map(Decimal) | st.integers(1, 198).map(lambda n: Decimal(n) / 2))
def test_an_amount_as_it_is_said_reads_back(value):
    said = say(value)
    assert said is None or [number.value for number in numbers(written(f"it costs {said} euros"))] == [value]


def test_every_time_and_day_as_it_is_said_reads_back():
    for hour in range(24):
        for minute in range(60):
            if (said := say_time(hour, minute)) is not None:
                assert [moment.value for moment in times(written(f"at {said} sharp"))] == [(hour, minute, 0)], said
    for month in range(1, 13):
        for day in range(1, 29):
            assert [moment.value for moment in dates(written(say_date(month, day)))] == [(None, month, day)]
    assert len(MONTHS) == 12


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("half a dozen eggs and a dozen rolls", "6 eggs and 12 rolls"),
        ("a hundred and five days", "a hundred and five days"),
        ("half past ten at night", "10:30 PM"),
        ("a quarter to one", "12:45"),
        ("the second of March and the second one", "2 March and the second one"),
        ("half of the first quarter", "half of the first quarter"),
        ("one and a half million", "1500000"),
    ],
)
def test_figures_for_what_is_said(text, figures):
    assert written(text) == figures


SEED = "Find a flight from Paris to Rome for 3 people on 2023-10-01."
BEFORE = "Find a flight from Paris to Rome for"


@pytest.fixture
def flight(make_weather):
    properties = {
        "origin_city": {"type": "string"},
        "target_city": {"type": "string"},
        "people": {"type": "integer"},
        "date": {"type": "string"},
        "meal": {"type": "string"},
    }
    parameters = {"type": "dict", "properties": properties, "required": ["origin_city", "target_city"]}
    tool = make_weather().tools[0]
    tools = [
        tool.model_copy(update={"name": "search_all", "description": "Search flights.", "parameters": parameters}),
        tool.model_copy(
            update={"name": "rent", "description": "Rent a car at an airport of a city.", "parameters": {}}
        ),
    ]
    gold = {"origin_city": ["Paris"], "target_city": ["Rome"], "people": [3], "date": ["2023-10-01"]}
    call = make_weather().gold[0].model_copy(update={"name": "search_all", "arguments": gold})
    return make_weather().with_query(SEED).model_copy(update={"tools": tools, "gold": [call]})


TOLD = 'I already have the answer to "{}" so that one is done. What is still open is this: {}'


@pytest.mark.parametrize(
    "rewrite",
    [
        f"{BEFORE} 4, no, 3 people on 2023-10-01.",
        "Find a flight from London, sorry, I mean Paris to Rome for 3 people on 2023-10-01.",
        f"{BEFORE} 3 people on 2023-10-02, no wait, 2023-10-01.",
        TOLD.format(SEED.replace("Rome", "Madrid"), SEED),
        f"You already helped me rent a car at an airport of a city, and that part is finished. {SEED}",
        f"{SEED} I leave the meal open.",
        f"The values are:\n(a) Paris\n(b) Rome\n{SEED.replace('Paris', '(a)').replace('Rome', '(b)')}",
        f"My pick is Rome. {SEED.replace('Rome', 'that one')}",
        "Find a flight from Paris to Rome. I mean it for 3 people on 2023-10-01.",
        f"{BEFORE} 3 people on the first of October 2023.",
    ],
)
def test_what_they_say_passes_every_rule(flight, params, rewrite):
    facts = Facts(flight, rewrite)
    assert not {name: d for name, gate in RULES.items() if (d := gate(facts, params.gates)) is not None}


@pytest.mark.parametrize(
    "rewrite",
    [
        f"{BEFORE} 3, no, 4 people on 2023-10-01.",
        "Find a flight from Paris, sorry, I mean London to Rome for 3 people on 2023-10-01.",
        f"{BEFORE} 3 people on 2023-10-01, no wait, 2023-10-02.",
        f"{BEFORE} 4, no, 3, no, 4 people on 2023-10-01.",
        TOLD.format(SEED, SEED.replace("Rome", "Madrid")),
        TOLD.format(SEED, SEED),
        f"You already helped me search flights, and that part is finished. {SEED}",
        f"You already helped me rent a car at an airport of a city, and that part is finished. {SEED} Rent a car.",
        f"{SEED} I leave the people open.",
        f"{SEED} I leave the date open.",
        f"The values are:\n(a) Rome\n(b) Paris\n{SEED.replace('Paris', '(a)').replace('Rome', '(b)')}",
        f"The values are:\n(a) Paris\n(b) Milan\n{SEED.replace('Paris', '(a)').replace('Rome', '(b)')}",
        f"My pick is Milan. {SEED.replace('Rome', 'that one')}",
        "Find a flight from Paris to Rome. I mean it for 4 people on 2023-10-01.",
        f"{SEED} I mean it for 2 bags.",
        f"{BEFORE} a dozen people on 2023-10-01.",
        f"{BEFORE} 3 people on the second of October 2023.",
        f"Please take care of what this mail asks for. Subject: a small favour {SEED} Only the cheapest.",
    ],
)
def test_what_only_resembles_it_is_judged_like_anything_else(flight, params, rewrite):
    facts = Facts(flight, rewrite)
    assert any(gate(facts, params.gates) is not None for gate in RULES.values())


def test_what_stands_around_has_a_length_of_its_own(flight, params):
    """`notes` and `quote` are longer than the seed may grow; other text may not be."""
    framed = [apply_program(tuple(map(Step, names)), flight, 1) for names in (["notes"], ["story", "chatty", "quote"])]
    assert all(RULES["format"](Facts(flight, rewrite), params.gates) is None for rewrite in framed)
    assert max(map(len, framed)) > params.gates.max_length_ratio * len(SEED)
    assert RULES["format"](Facts(flight, f"{framed[0]} {'It was a long day. ' * 12}"), params.gates) is not None
    around = "Much appreciated! " * (LONGEST_AROUND // 18 + 1)
    assert "around the request" in RULES["format"](Facts(flight, f"{SEED} {around}"), params.gates)


def test_a_told_request_has_other_values_and_notes_share_no_word_with_the_tools(flight):
    rng = random.Random(4)
    for name in ("told_done", "told_theirs", "told_past"):
        told = made(name, flight, rng.randrange(100)).split('"')[1]
        assert not any(grounded(value, told) for value in ("Paris", "Rome", 3, "2023-10-01"))
    tool = flight.tools[0].model_copy(update={"description": "Tells which umbrella, bicycle or tomatoes to buy."})
    properties = {"dentist_name": {"type": "string"}}
    tool = tool.model_copy(update={"parameters": tool.parameters | {"properties": properties}})
    seed = flight.model_copy(update={"tools": [tool]})
    assert not any(
        word in made("notes", seed, n) for n in range(40) for word in ("umbrella", "bicycle", "tomatoes", "dentist")
    )


def test_an_argument_of_several_types_is_no_topic_that_is_left_open(make_weather):
    seed = make_weather("w1")
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "language": {"type": ["string", "null"]}}}
    seed = seed.model_copy(update={"tools": [seed.tools[0].model_copy(update={"parameters": schema})]})
    assert open_topics(site_of(seed)) == []
