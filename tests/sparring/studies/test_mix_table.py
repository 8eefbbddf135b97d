"""The table of a training set: one line an attacker, both kinds beside each other, and their sum."""

from sparring.records import MixPart
from sparring.studies.mix_table import MixLine, mix_lines, mix_table

PARTS = [
    MixPart(origin="attack", kind="call", attacker="r02", rows=9, lost=7),
    MixPart(origin="attack", kind="no_call", attacker="r02", rows=3, lost=1),
    MixPart(origin="attack", kind="call", attacker="schema", rows=4, lost=0),
    MixPart(origin="replay", kind="call", attacker="rules", rows=2, lost=2),
    MixPart(origin="twin", kind="call", attacker=None, rows=12, lost=0),
    MixPart(origin="clean", kind="call", attacker=None, rows=3, lost=1),
    MixPart(origin="no_call", kind="no_call", attacker=None, rows=3, lost=0),
]


def test_every_attacker_has_a_line_and_all_rows_are_added_up():
    assert mix_lines(PARTS) == [
        MixLine("attacks by the query model of r02", 9, 7, 3, 1),
        MixLine("attacks by changed tools", 4, 0),
        MixLine("the mistake book's, by composed rules", 2, 2),
        MixLine("untouched, the attacked seeds", 12, 0),
        MixLine("untouched, other seeds", 3, 1, 3, 0),
        MixLine("all rows", 30, 10, 6, 1),
    ]


def test_the_table_shows_every_line():
    shown = mix_table(PARTS)
    assert all(line.label in shown for line in mix_lines(PARTS))


def test_nothing_learnt_is_an_empty_table():
    assert mix_lines([]) == []
