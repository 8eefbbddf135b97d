"""Weaknesses are named as a person would name them, and an operator without a name is no gap."""

import pytest

from sparring.attacker.schema_attacks import PREFIX, SCHEMA_OPERATORS
from sparring.operators import OPERATORS, TURNS
from sparring.records import Failure
from sparring.report.naming import ADVICE, BORROWED, DOES, WHEN, advice, is_borrowed, weakness_words


@pytest.mark.parametrize("strategy", [*OPERATORS, *TURNS, *(f"{PREFIX}{name}" for name in SCHEMA_OPERATORS)])
def test_every_way_to_attack_has_a_name_of_its_own(strategy):
    words = weakness_words("no_call", strategy)
    assert words == f"calls nothing when {WHEN[strategy]}"
    assert "_" not in words
    assert len({*WHEN.values()}) == len(WHEN)


@pytest.mark.parametrize("kind", [*map(str, Failure), BORROWED])
def test_every_kind_of_mistake_is_named_and_has_advice(kind):
    assert "_" not in DOES[kind]
    assert advice(kind) == ADVICE[kind]


@pytest.mark.parametrize(
    ("kind", "strategy", "words"),
    [
        (BORROWED, "told_done", "takes the value of an earlier request"),
        (BORROWED, "quantity", "takes an unrelated number beside the request"),
        (BORROWED, "story", "takes a value that was only mentioned when a little story leads up to the request"),
        ("no_call", "uppercase", "calls nothing when the request is in capitals"),
        ("no_call", "what a model wrote", "calls nothing when the attack is what a model wrote"),
        ("a_new_kind", "typos", "a new kind when words are misspelt"),
    ],
)
def test_a_weakness_says_what_the_model_does_and_when(kind, strategy, words):
    assert weakness_words(kind, strategy) == words


@pytest.mark.parametrize(
    ("detail", "seed", "attack", "borrowed"),
    [
        ("call 0: sum.b expected 2, got 36", "Add 1 and 2.", "There are 36 cups. Add 1 and 2.", True),
        ("call 0: sum takes no cups here, got 36.0", "Add 1 and 2.", "There are 36 cups. Add 1 and 2.", True),
        ("call 0: sum.b must be integer, got str '36'", "Add 1 and 2.", "There are 36 cups. Add 1 and 2.", True),
        ("call 0: sum.b expected 2, got 36", "Add 1 and 2.", "There are 360 cups. Add 1 and 2.", False),
        ("call 0: sum.b expected 2, got 3", "Add 1 and 2.", "There are 3.5 cups. Add 1 and 2.", False),
        ("call 0: sum.b expected 2, got 1", "Add 1 and 2.", "Hello! Add 1 and 2.", False),
        ("call 0: f.city expected 'Paris', got 'Rome'", "Weather in Paris", "Not Rome. Weather in Paris", True),
        ("call 0: f.of expected 'x^2', got 'area under x^2'", "The area of x^2.", "So the area under x^2.", False),
        ("call 0: f.on expected False, got True", "Weather in Paris", "True. Weather in Paris", False),
        ("call 0: f.city expected 'Paris', got ''", "Weather in Paris", "Hm. Weather in Paris", False),
        ("expected 1 calls, got 0", "Add 1 and 2.", "0 cups. Add 1 and 2.", False),
        ("get_weather lacks city", "Weather in Paris", "Hm. Weather in Paris", False),
    ],
)
def test_a_borrowed_value_is_one_that_the_attack_says_and_its_seed_does_not(detail, seed, attack, borrowed):
    assert is_borrowed(detail, seed, attack) is borrowed
