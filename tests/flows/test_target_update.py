"""Each way to update the target plays a whole round, the same one through every door; its rows are those of the mix."""

import json
import shutil
import sys

import pytest

from sparring.storage import hash_tree
from tests.running import killed_once_there_is, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]
BY_HAND = (sys.executable, "-m", "flows.adversarial_round", "r01", "--after", "r00")
CAMPAIGN, REPRO = (sys.executable, "-m", "flows.training"), ("dvc", "repro")
WAYS = [
    ("base", "rft", 0.0, CAMPAIGN),
    ("last", "grpo", 0.0, REPRO),
    ("last", "dpo", 0.0, REPRO),
    ("base", "dpo", 0.0, CAMPAIGN),
    ("last", "sft", 0.5, REPRO),
]


def changed(reproduced, name, start, update, kl):
    """The played project with another way to learn in its recipe."""
    root = reproduced.with_name(f"{start}-{update}-{name}")
    shutil.copytree(reproduced, root, ignore=shutil.ignore_patterns(".work"))
    recipe = root / "params.yaml"
    text = recipe.read_text(encoding="utf-8")
    for old, new in (
        ("  start: last", f"  start: {start}"),
        ("  update: sft", f"  update: {update}"),
        ("  kl: 0.0", f"  kl: {kl}"),
    ):
        assert old in text
        text = text.replace(old, new)
    recipe.write_text(text, encoding="utf-8")
    return root


def played(root):
    folder = root / "data" / "rounds" / "r01"
    return hash_tree(root / "models" / "r01" / "target"), (folder / "sft.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(("start", "update", "kl", "door"), WAYS)
def test_a_round_is_played_with_it_and_is_another_than_by_sft(reproduced, start, update, kl, door):
    by_hand = changed(reproduced, "by-hand", start, update, kl)
    killed_once_there_is(by_hand, "r01-*/sft/checkpoint-1", *BY_HAND)
    run(by_hand, *BY_HAND)
    adapter, rows = played(by_hand)
    adapter_before, rows_before = played(reproduced)
    assert adapter != adapter_before
    ids = [json.loads(row)["id"] for row in rows.splitlines()]
    assert len(set(ids)) == len(ids)
    assert len(ids) > len(rows_before.splitlines()) if start == "base" else rows == rows_before
    other = changed(reproduced, "other-door", start, update, kl)
    run(other, *door)
    assert played(other) == (adapter, rows)
