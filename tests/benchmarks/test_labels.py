"""Attacks read one by one: a draw that spreads, two readings joined, shares and agreement; and what the committed sets say."""

from collections import Counter
from itertools import islice

import pytest

from benchmarks.labels.blind import BROKEN, KEPT, blind_rows
from benchmarks.labels.drawing import COUNTS, Drawing
from benchmarks.labels.others import OthersReading, others_table
from benchmarks.labels.rows import DrawnAttack, Family, Label, LabelledAttack, Reading
from benchmarks.labels.scoring import DOUBTFUL, UNDECIDED, agreement_text, joined, kappa, share_right
from sparring.errors import InputError
from sparring.gate_benchmark.cases import read_cases
from sparring.gate_benchmark.natural import NATURAL
from sparring.gates import NoGates
from sparring.operators.frames import THANKS
from sparring.records import Attack, Example, Message, Trial
from sparring.storage import read_jsonl
from tests.conftest import ROOT

SETS = [ROOT / "benchmarks" / "labels" / f"set{number}.jsonl" for number in (1, 2)]
OTHERS = sorted((ROOT / "benchmarks" / "labels").glob("set2_reader_*.jsonl"))
R, W, C, D = Label.RIGHT, Label.WRONG, Label.CONTESTABLE, Label.DOUBTFUL_SEED


def drawn(name: str, example_id: str = "seed") -> DrawnAttack:
    given = {"strategy": "greeting", "query": "q", "messages": [], "tools": [], "gold": []}
    return DrawnAttack(id=name, family=Family.RULES, example_id=example_id, **given)


def labelled(label: Label, example_id: str) -> LabelledAttack:
    return LabelledAttack(**dict(drawn("x", example_id)), first=label, second=label, label=label, reason="r")


def reading(**labels: Label) -> list[Reading]:
    return [Reading(id=name, label=label, reason=f"reason of {name}") for name, label in labels.items()]


def test_labels_that_agree_stand_and_others_want_a_settled_one():
    attacks = [drawn("a"), drawn("b")]
    found = joined(attacks, reading(a=R, b=R), reading(a=R, b=W), reading(b=C))
    assert [(row.first, row.second, row.label) for row in found] == [(R, R, R), (R, W, C)]
    assert found[0].reason == "reason of a"
    with pytest.raises(InputError, match="b: right and wrong, and no settled label"):
        joined(attacks, reading(a=R, b=R), reading(a=R, b=W), [])
    with pytest.raises(InputError, match="second reading: no label of b"):
        joined(attacks, reading(a=R, b=R), reading(a=R), [])


def test_a_set_that_was_read_once_has_no_second_label():
    found = joined([drawn("a")], reading(a=D))
    assert (found[0].first, found[0].second, found[0].label) == (D, None, D)
    assert agreement_text(found) == "read once"


@pytest.mark.parametrize(("left_out", "right", "total"), [((), 2, 5), (DOUBTFUL, 2, 4), (UNDECIDED, 2, 3)])
def test_what_is_not_right_counts_against_the_share_or_is_left_out(left_out, right, total):
    rows = [labelled(label, str(place)) for place, label in enumerate([R, R, W, C, D])]
    found = share_right(rows, left_out)
    assert (found.count, found.total) == (right, total)


def test_attacks_of_one_seed_are_one_cluster():
    apart = share_right([labelled(R, str(place)) for place in range(20)])
    together = share_right([labelled(R, "one") for _ in range(20)])
    assert together.low < apart.low


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([(R, R), (W, W)], 1.0),
        ([(R, W), (W, R)], -1.0),
        ([(R, R), (R, W), (W, R), (W, W)], 0.0),
        ([(R, R)] * 20 + [(R, W)] * 5 + [(W, R)] * 10 + [(W, W)] * 15, 0.4),
        ([(R, R)] * 3, None),
    ],
)
def test_agreement_is_counted_beyond_chance(pairs, found):
    assert kappa(pairs) == (found if found is None else pytest.approx(found))


@pytest.fixture
def seeds(make_weather) -> list[Example]:
    """Rows that want a call, and as many that want none."""
    calls = [make_weather(f"w{place}", city) for place, city in enumerate(["Paris", "Boston", "Rome", "Oslo"] * 12)]
    declining = [
        make_weather(f"n{place}").model_copy(
            update={
                "category": "irrelevance",
                "gold": [],
                "messages": [Message(role="user", content="Who won the cup?")],
            }
        )
        for place in range(48)
    ]
    return [*calls, *declining]


def trials(seeds: list[Example]) -> list[Trial]:
    made = []
    for place, seed in enumerate(seeds):
        strategy = ("greeting", "quote > thanks", "malformed")[place % 3]
        attack = Attack(id=f"t{place}", example_id=seed.id, query="", strategy=strategy, round="r", seed=place)
        made.append(Trial(attack=attack, completions=[], rejected_by=None, verdicts=[]))
    return made


def test_a_draw_attacks_each_seed_once_and_is_the_same_again(seeds):
    first, again = (list(islice(Drawing(seeds, NoGates(), trials(seeds[::2]), 7).attacks(), 30)) for _ in range(2))
    assert first == again
    assert len({row.example_id for row in first}) == len(first)
    assert {row.family for row in first} == set(Family)
    originals = {seed.id: seed for seed in seeds}
    for row in first:
        seed = originals[row.example_id]
        shown, own = ([tool.model_dump_json() for tool in one.tools] for one in (row, seed))  # with their order
        assert (row.messages, shown) != (seed.messages, own)
        assert (row.family is Family.CONVERSATION) <= (len(row.messages) > 1)
        assert (row.family is Family.NO_CALL) <= (row.gold == [])
        assert (row.family is Family.SCHEMA) <= (row.messages == seed.messages)


def test_what_the_gates_reject_is_not_drawn(seeds):
    class NothingWithThanks(NoGates):
        def rejections(self, pairs, action="program"):
            return ["format" if any(said in query for said in THANKS) else None for _, query in pairs]

    rows = islice(Drawing(seeds, NothingWithThanks(), trials(seeds[::2]), 7).attacks(), 30)
    assert not [row.id for row in rows if "thanks" in row.strategy.split(" > ")]


def test_a_draw_without_enough_seeds_says_which_family_lacks_them(seeds):
    with pytest.raises(InputError, match="too few seeds or trials"):
        list(Drawing(seeds[:6], NoGates(), trials(seeds[:2]), 7).attacks())


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_committed_set_is_whole_and_every_label_has_its_reason(path):
    rows = read_jsonl(path, LabelledAttack)
    assert Counter(row.family for row in rows) == COUNTS
    assert len({row.example_id for row in rows}) == len(rows)
    assert all(row.reason for row in rows)


def test_the_set_that_was_read_twice_is_right_in_95_of_100_attacks_and_surely_in_90():
    rows = read_jsonl(SETS[1], LabelledAttack)
    found = share_right(rows)
    assert found.value >= 0.95
    assert found.low >= 0.90
    assert all(row.second is not None for row in rows)
    assert not {row.example_id for row in rows} & {row.example_id for row in read_jsonl(SETS[0], LabelledAttack)}


def test_who_took_no_part_sees_neither_operators_nor_labels_and_reads_broken_rewrites_too():
    attacks, rewrites = read_jsonl(SETS[1], LabelledAttack), read_cases(NATURAL)
    rows = blind_rows(attacks, rewrites, 5)
    assert rows == blind_rows(attacks, rewrites, 5)
    assert Counter(row.by_hand for row in rows) == {False: 200, True: BROKEN + KEPT}
    valid = {row.id: row.valid for row in rewrites}
    assert Counter(valid[row.of] for row in rows if row.by_hand) == {False: BROKEN, True: KEPT}
    own = {row.id: row for row in attacks}
    for row in rows:
        if not row.by_hand:
            text, attack = row.text(), own[row.of]
            assert text.endswith("\n".join(message.line for message in attack.messages) + "\n")
            assert attack.strategy not in text or attack.strategy in attack.query + str(attack.messages)
            assert attack.reason not in text


def test_another_reader_is_measured_by_the_set_and_by_the_rewrites_among_it():
    attacks, rewrites = [labelled(R, "a"), labelled(D, "b")], {row.id: row for row in read_cases(NATURAL)[:4]}
    attacks = [row.model_copy(update={"id": row.example_id}) for row in attacks]
    said = [OthersReading(id=name, label=R, reason="r", reader="A") for name in ("a", "b")]
    said += [OthersReading(id=name, label=R, reason="r", reader="A", by_hand=True) for name in rewrites]
    table = others_table(attacks, rewrites, said)
    cells = [next(iter(column.cells)) for column in table.columns]
    assert (cells[0], cells[6]) == ("A", "1 of 2")
    assert cells[8] == "0.000 (0.00-0.66, 2)"
    assert cells[9] == "1.000 (0.34-1.00, 2)"
    with pytest.raises(InputError, match="reader A: no label of b"):
        others_table(attacks, rewrites, said[:1])
    with pytest.raises(InputError, match="no rewrite by hand is named"):
        others_table(attacks, {}, said)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_readers_who_took_no_part_find_the_broken_rewrites_and_call_95_of_100_attacks_right(path):
    rows = read_jsonl(path, OthersReading)
    attacks = {row.id: row for row in read_jsonl(SETS[1], LabelledAttack)}
    own = [attacks[row.id].model_copy(update={"label": row.label}) for row in rows if not row.by_hand]
    assert {row.id for row in own} == attacks.keys()
    assert share_right(own).value >= 0.95
    assert share_right(own).low >= 0.90
    valid = {row.id: row.valid for row in read_cases(NATURAL)}
    broken = [row.label for row in rows if row.by_hand and not valid[row.id]]
    assert len(broken) == BROKEN
    assert sum(label is R for label in broken) <= BROKEN // 20
    assert all(row.reason for row in rows)
