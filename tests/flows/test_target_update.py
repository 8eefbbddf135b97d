"""Each way to update the target plays a whole round; what it learns from is in the round's training set."""

import json
import shutil
import sys

import pytest

from sparring.storage import hash_tree
from tests.running import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.parametrize(("start", "update"), [("base", "rft"), ("last", "grpo"), ("last", "dpo")])
def test_a_round_is_played_with_it_and_is_another_than_by_sft(reproduced, start, update):
    root = reproduced.with_name(f"{start}-{update}")
    shutil.copytree(reproduced, root, ignore=shutil.ignore_patterns(".work"))
    recipe = root / "params.yaml"
    text = recipe.read_text(encoding="utf-8")
    for old, new in (("  start: last", f"  start: {start}"), ("  update: sft", f"  update: {update}")):
        assert old in text
        text = text.replace(old, new)
    recipe.write_text(text, encoding="utf-8")
    before = hash_tree(root / "models" / "r01" / "target")
    rows_before = (root / "data" / "rounds" / "r01" / "sft.jsonl").read_text(encoding="utf-8").splitlines()
    run(root, sys.executable, "-m", "flows.adversarial_round", "r01", "--after", "r00")
    assert hash_tree(root / "models" / "r01" / "target") != before
    rows = (root / "data" / "rounds" / "r01" / "sft.jsonl").read_text(encoding="utf-8").splitlines()
    origins = [json.loads(row)["id"] for row in rows]
    assert len(set(origins)) == len(origins)
    assert len(rows) > len(rows_before) if start == "base" else rows == rows_before
