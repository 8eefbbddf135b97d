"""Attacks on tools in turns: every seed once before any a second time, and only such as change what is shown."""

import pytest

from sparring.attacker.changed_tools import changed_in_turns, operator_of
from tests.conftest import weather

SEEDS = [weather(f"w{number}", city) for number, city in enumerate(("Paris", "Oslo", "Rome", "Bern"))]
OTHERS = [SEEDS[0].tools[0].model_copy(update={"name": "book_table", "description": "Books a table."})]


def shown(example):
    """Tools as they are written: in another order they are others."""
    return [tool.model_dump_json() for tool in example.tools]


@pytest.mark.parametrize("wanted", [0, 1, 3, 4, 6, 9])
def test_so_many_attacks_are_made_and_each_shows_other_tools(wanted):
    found = changed_in_turns("r01", 17, SEEDS, OTHERS, wanted)
    assert len(found) == wanted
    assert len({attack.id for attack, _ in found}) == wanted
    of = {seed.id: seed for seed in SEEDS}
    assert all(shown(changed) != shown(of[attack.example_id]) for attack, changed in found)
    assert all(changed.query == of[attack.example_id].query for attack, changed in found)


def test_every_seed_is_attacked_once_before_any_a_second_time_and_neighbours_by_different_operators():
    found = changed_in_turns("r01", 17, SEEDS, OTHERS, 8)
    counts = [sum(attack.example_id == seed.id for attack, _ in found) for seed in SEEDS]
    assert max(counts) - min(counts) <= 1
    assert len({operator_of(attack) for attack, _ in found}) > 2


def test_more_than_there_is_to_change_is_all_that_there_is():
    every = changed_in_turns("r01", 17, SEEDS, OTHERS, 1000)
    assert len({attack.id for attack, _ in every}) == len(every) < 1000
    assert changed_in_turns("r01", 17, [], OTHERS, 5) == []
