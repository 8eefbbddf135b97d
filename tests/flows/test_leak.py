"""A held-out row that got into the training split stops the round before anything is trained on it."""

import json
import shutil
import sys

import pytest

from sparring.storage import hash_tree
from tests.running import run

pytestmark = pytest.mark.timeout(1200)


def test_a_planted_leak_stops_the_round_and_is_named(reproduced):
    root = reproduced.with_name("leaky")
    shutil.copytree(reproduced, root)
    splits = root / "data" / "splits"
    rows = [json.loads(line) for line in (splits / "val.jsonl").read_text().splitlines()]
    planted = [json.dumps(row | {"id": f"planted-{number}"}) for number, row in enumerate(rows)]
    (splits / "train.jsonl").unlink()  # a link into DVC's cache
    (splits / "train.jsonl").write_text("\n".join(planted) + "\n")
    manifest = root / "data" / "rounds" / "r00" / "round.json"  # the baseline was played with the leak, too
    manifest.write_text(manifest.read_text().replace(hash_tree(reproduced / "data" / "splits"), hash_tree(splits)))
    command = (sys.executable, "-m", "flows.adversarial_round", "r01", "--after", "r00")
    refused = run(root, *command, expect=2)
    assert "know held-out ones" in refused.stderr
    assert "planted-" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list((root / ".work").glob("r01-*/sft/checkpoint-*"))
