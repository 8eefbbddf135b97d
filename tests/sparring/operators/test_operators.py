"""Contract of every operator: values stay, the same seed gives the same text, and the gates see nothing wrong."""

import random
from collections import Counter

import pytest

from sparring.attacker.program import ProgramError, Step, apply_program, parse_program, random_program, render_program
from sparring.gates import RULES, Facts
from sparring.normalise import dates, grounded, numbers, times
from sparring.normalise.spoken import written
from sparring.operators import OPERATORS, site_of
from sparring.sources.bfcl import load_bfcl

PLAIN = list(OPERATORS)
MIN_ACCEPTED = 0.9
MORE_NUMBERS = {"quantity", "corrected", "told_done", "told_theirs", "told_past"}  # none of them the gold's
RARE = {  # what hardly any seed says
    "digits": ("Roll twenty-five dice", {"n": [25]}),
    "thousands": ("Lend me 25000 euros", {"n": [25000]}),
    "written_date": ("Book 2023-10-01", {"d": ["2023-10-01"]}),
    "units": ("Run 12 km today and 7 miles tomorrow", {"n": [12]}),
    "percent": ("At 5% interest", {"n": [0.05]}),
    "expand": ("I don't know what's on", {}),
    "front": ("Find a hotel if it has a pool.", {}),
    "reverse": ("Find a hotel. Money is tight.", {}),
}


@pytest.fixture(scope="module")
def seeds(bfcl_wheel):
    rows = load_bfcl(bfcl_wheel, ["simple_python", "multiple"])
    return random.Random(3).sample(rows, 150)


def asking(seed, query, arguments):
    """The seed with another query and other gold."""
    call = seed.gold[0].model_copy(update={"arguments": arguments})
    return seed.with_query(query).model_copy(update={"gold": [call]})


def kept(text):
    text = written(text)
    moments = [*dates(text), *times(text)]
    free = [n for n in numbers(text) if not any(m.start <= n.start < m.end for m in moments)]
    return (
        Counter(number.value for number in free),
        Counter(moment.value for moment in dates(text)),
        Counter(moment.value for moment in times(text)),
    )


@pytest.mark.parametrize("name", OPERATORS)
def test_it_says_what_it_preserves(name):
    assert OPERATORS[name].preserves


@pytest.mark.parametrize("name", PLAIN)
def test_every_gold_value_that_the_seed_says_is_still_said(name, seeds):
    for seed in seeds:
        rewrite = apply_program((Step(name),), seed, 5)
        for call in seed.gold:
            for accepted in call.arguments.values():
                said = [value for value in accepted if value != "" and grounded(value, seed.query)]
                assert not said or any(grounded(value, rewrite) for value in said), (name, rewrite)


@pytest.mark.parametrize("name", [name for name in PLAIN if name not in MORE_NUMBERS])
def test_numbers_dates_and_times_are_the_same(name, seeds):
    for seed in seeds:
        assert kept(apply_program((Step(name),), seed, 5)) == kept(seed.query), apply_program((Step(name),), seed, 5)


@pytest.mark.parametrize("name", PLAIN)
def test_the_gates_accept_nearly_all_of_it(name, seeds, params):
    facts = [Facts(seed, apply_program((Step(name),), seed, 5)) for seed in seeds]
    accepted = [all(gate(one, params.gates) is None for gate in RULES.values()) for one in facts]
    assert sum(accepted) >= MIN_ACCEPTED * len(accepted)


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "tool_words"])  # no seed here wants no call
def test_it_changes_something_somewhere(name, seeds):
    asked = [asking(seeds[0], *RARE[name])] if name in RARE else seeds
    assert any(apply_program((Step(name),), seed, 5) != seed.query for seed in asked)


def test_the_same_program_example_and_seed_give_the_same_text(seeds):
    rng = random.Random(1)
    for seed in seeds[:40]:
        program = random_program(rng, 3)
        assert apply_program(program, seed, 9) == apply_program(program, seed, 9)


def test_a_program_and_its_text_are_inverse():
    rng = random.Random(2)
    for length in (1, 2, 3, 4):
        program = random_program(rng, length)
        assert parse_program(render_program(program)) == program


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dance",
        "typos > typos",
        "typos greeting",
        "typos > ",
        'typos "free text"',
        "a > b > c",
        " > ".join(PLAIN[:5]),
        "TYPOS",
    ],
)
def test_what_is_no_program_is_refused(text):
    with pytest.raises(ProgramError):
        parse_program(text)


@pytest.mark.parametrize(
    ("name", "query", "gold", "wanted"),
    [
        ("number_words", "Roll 25 dice", {"n": [25]}, "Roll twenty-five dice"),
        ("number_words", "Call flight 25", {"n": ["25"]}, "Call flight 25"),
        ("number_words", "Use 2.5 litres", {"n": [2.5]}, "Use 2.5 litres"),
        ("digits", "Roll twenty-five dice", {"n": [25]}, "Roll 25 dice"),
        ("thousands", "Lend me 25000 euros", {"n": [25000]}, "Lend me 25,000 euros"),
        ("thousands", "Lend me 25,000 euros", {"n": [25000]}, "Lend me 25000 euros"),
        ("thousands", "Who ruled in 1861?", {"year": [1861]}, "Who ruled in 1861?"),
        ("written_date", "Book 2023-10-01", {"d": ["2023-10-01"]}, "Book October 1, 2023"),
        ("percent", "At 5% interest", {"n": [0.05]}, "At 5 percent interest"),
        ("front", "Find a hotel if it has a pool.", {}, "If it has a pool, find a hotel."),
        ("reverse", "Find a hotel. Money is tight.", {}, "Money is tight. Find a hotel."),
        ("reverse", "Find a hotel. It needs a pool.", {}, "Find a hotel. It needs a pool."),
    ],
)
def test_value_and_order_operators_do_what_they_say(make_weather, name, query, gold, wanted):
    assert apply_program((Step(name),), asking(make_weather(), query, gold), 1) == wanted


def test_names_and_quotations_are_protected(make_weather):
    seed = make_weather().with_query("Find flights from New York to 'Los Angeles' on B12 via api.example.com")
    spans = site_of(seed).protected(seed.query)
    guarded = {seed.query[start:end] for start, end in spans}
    for part in ("New", "York", "'Los Angeles'", "B12", "api.example.com"):
        assert any(part in span for span in guarded), guarded


def test_a_quotation_is_made_the_askers_own_request(make_weather):
    """A bare "A friend texted me: ..." tells of a request and makes none."""
    endings = {apply_program((Step("quote"),), make_weather(f"w{i}"), i).rsplit('"', 1)[1].strip() for i in range(40)}
    assert len(endings) == 4
    assert all(ending.endswith(".") for ending in endings)
