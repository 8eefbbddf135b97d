"""The rewrites by hand are whole, stand on training rows alone, and their halves never share a seed."""

from collections import Counter, defaultdict

import pytest
from typer.testing import CliRunner

from sparring.checker import check
from sparring.cli import app
from sparring.dialects import DIALECTS
from sparring.errors import InputError
from sparring.gate_benchmark import (
    GateScore,
    Half,
    example_of,
    fitting_cases,
    fresh_cases,
    half_of,
    later_cases,
    natural_cases,
    natural_tables,
)
from sparring.gate_benchmark.natural import NATURAL
from sparring.gold import gold_calls
from sparring.operators import frames
from sparring.project.splits import split_by_tool
from sparring.project.tool_removed import SUFFIX
from sparring.sources.bfcl import load_bfcl
from sparring.statistics import rate
from sparring.tables import table_markdown


@pytest.fixture(scope="module")
def rows():
    return [*natural_cases(Half.HELD), *fitting_cases(), *fresh_cases()]


def seed_id(row):
    return row.id.rpartition(":")[0]


def test_there_are_enough_rows_kinds_and_seeds_and_half_keep_the_label(rows):
    assert len(rows) >= 400
    assert len({row.kind for row in rows}) >= 30
    assert len({row.seed for row in rows}) >= 250
    assert 0.45 <= sum(row.valid for row in rows) / len(rows) <= 0.55
    assert len({row.id for row in rows}) == len(rows)
    assert len({(row.seed, row.rewrite) for row in rows}) == len(rows)
    assert not [row.id for row in rows if row.rewrite == row.seed]


def test_each_row_says_why_and_both_readings_agree(rows):
    assert not [row.id for row in rows if not row.reason.endswith(".") or len(row.reason) < 8]
    assert not [row.id for row in rows if row.second != row.valid]


def test_a_kind_keeps_the_label_or_breaks_it(rows):
    labels = defaultdict(set)
    for row in rows:
        labels[row.kind].add(row.valid)
    assert not [kind for kind, found in labels.items() if len(found) > 1]


def test_both_kinds_of_seeds_have_rewrites_of_both_labels(rows):
    found = Counter((bool(row.gold), row.valid) for row in rows)
    assert min(found.values()) >= 50
    assert len(found) == 4


def test_each_gold_is_right_by_the_checker(rows):
    dialect = DIALECTS["pythonic"]
    wrong = [row.id for row in rows if not _right(example_of(row), dialect)]
    assert not wrong


def _right(example, dialect):
    return check(example, dialect.render(gold_calls(example)), parse=dialect.parse).correct


def test_every_seed_is_one_that_the_recipe_trains_on(rows, bfcl_wheel, params):
    asked = params.data
    examples = load_bfcl(bfcl_wheel, [*asked.categories, *asked.practice_categories])
    splits = split_by_tool(
        examples, asked.train_share, asked.val_share, asked.ood_categories, asked.practice_categories, params.seed
    )
    train = {example.id: example for example in splits["train"]}
    seeds = {row.id: train.get(seed_id(row).removesuffix(SUFFIX)) for row in rows}
    assert not [row.id for row in rows if (seed := seeds[row.id]) is None or seed.query != row.seed]
    without = [row for row in rows if seed_id(row).endswith(SUFFIX)]  # learnt once more with the right tool taken away
    called = {row.id: {call.name for call in seeds[row.id].gold} for row in without}
    assert not [row.id for row in without if row.gold or called[row.id] & {tool["name"] for tool in row.functions}]


def test_no_sentence_is_one_of_the_operators(rows):
    sentences = [*frames.STORIES, *frames.CHATTER, *frames.PERSONAS, *frames.NEAR_MISSES, *frames.HURRIES]
    assert not [(row.id, one) for row in rows for one in sentences if one.lower() in row.rewrite.lower()]


def test_a_seed_s_rewrites_stay_in_one_half_and_both_halves_hold_half_of_each_label():
    mended, held = (natural_cases(half) for half in Half)
    assert not {row.seed for row in mended} & {row.seed for row in held}
    for half in (mended, held):
        assert 0.4 <= sum(row.valid for row in half) / len(half) <= 0.6
    assert 0.4 <= len(held) / (len(mended) + len(held)) <= 0.6


@pytest.mark.parametrize("part", [later_cases, fresh_cases])
def test_what_was_written_later_repeats_no_rewrite_and_its_labels_are_balanced_for_both_kinds(part):
    assert not {row.rewrite for row in part()} & {row.rewrite for half in Half for row in natural_cases(half)}
    for kind in (True, False):
        found = [row.valid for row in part() if bool(row.gold) is kind]
        assert 0.45 <= sum(found) / len(found) <= 0.55


def test_nothing_that_figures_are_told_of_is_fitted_to():
    fitted = fitting_cases()
    assert len(fitted) > 600
    assert not {row.seed for row in fitted} & {row.seed for row in natural_cases(Half.HELD)}
    assert not {row.rewrite for row in fitted} & {row.rewrite for row in fresh_cases()}


def test_the_halves_never_move():
    assert half_of("Find the prime factors of 450") is Half.HELD
    assert half_of("Convert 150 Euros to Canadian dollars.") is Half.MENDED


def scored(rows, accepted, kinds):
    return GateScore(
        cases=rows,
        precision={"leak": rate(rows // 2, rows), "all together": rate(accepted, accepted)},
        recall={"leak": rate(rows // 2, rows // 2), "all together": rate(accepted, rows // 2)},
        kinds=kinds,
        reasons={},
        mistakes=[],
    )


def test_the_halves_stand_side_by_side_and_what_must_pass_comes_first():
    mended = scored(
        20, 6, {"negated": {"rows": 10, "valid": 0, "accepted": 0}, "terse": {"rows": 10, "valid": 10, "accepted": 6}}
    )
    held = scored(
        8, 1, {"terse": {"rows": 4, "valid": 4, "accepted": 1}, "put off": {"rows": 4, "valid": 0, "accepted": 2}}
    )
    by_gate, by_kind = map(table_markdown, natural_tables({"mended": mended, "held": held}))
    assert "| all together | 1.000 (0.610-1.000, 6) | 0.600 (0.313-0.832, 10) |" in by_gate
    assert by_kind.splitlines()[2:] == [
        "| terse | kept | 0.600 (0.313-0.832, 10) | 0.250 (0.046-0.699, 4) |",
        "| negated | broken | 0.000 (0.000-0.278, 10) | - |",
        "| put off | broken | - | 0.500 (0.150-0.850, 4) |",
    ]


def test_two_sets_at_once_are_refused(tmp_path):
    shown = CliRunner().invoke(app, ["gates", "--cases", str(NATURAL), "--mended", "--root", str(tmp_path)])
    assert isinstance(shown.exception, InputError)
    assert "--cases and --mended name two sets" in str(shown.exception)
