"""Cross-play on tiny models: every pair is played on the same seeds, once."""

import json
import shutil
import sys

import pytest

from tests.running import run

pytestmark = pytest.mark.timeout(1200)


def test_every_query_model_meets_every_target_on_the_same_seeds(reproduced):
    root = reproduced.with_name("crossed")
    shutil.copytree(reproduced, root)
    command = (sys.executable, "-m", "flows.cross_play", "--seeds", "3", "--fresh", "101")
    done = run(root, *command)
    written = json.loads((root / "data" / "cross_play.json").read_text())
    pairs = [(cell["query"], cell["target"]) for cell in written["cells"]]
    assert pairs == [(query, target) for query in ("r00", "r01", "fresh 101") for target in ("r00", "r01")]
    assert {cell["success"]["total"] for cell in written["cells"] if cell["query"] == "r01"} != {0}
    assert "target of r01" in done.stdout
    kept = sorted((root / ".work" / "cross_play").iterdir())
    times = [path.stat().st_mtime_ns for path in kept]
    assert run(root, *command).stdout == done.stdout
    assert [path.stat().st_mtime_ns for path in sorted((root / ".work" / "cross_play").iterdir())] == times


def test_nothing_played_is_named(pristine):
    refused = run(pristine, sys.executable, "-m", "flows.cross_play", expect=2)
    assert "play round r00 first" in refused.stderr
    assert "Traceback" not in refused.stderr
