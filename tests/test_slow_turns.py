"""Slow tests take turns in continuous integration: commits choose among the files that have some and fit into its time."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.running import run

MARK = "pytest.mark." + "slow"
TOO_LONG = {f"tests/flows/test_{name}.py" for name in ("hardening", "schedule", "target_update")}


def turn(commit):
    return subprocess.run(
        [ROOT / ".ci" / "slow", commit], capture_output=True, text=True, check=True
    ).stdout.removesuffix("\n")


def test_every_file_with_slow_tests_that_run_and_fit_has_its_turn():
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if MARK in path.read_text(encoding="utf-8")]
    collect = [sys.executable, "-m", "pytest", "--collect-only", "-m", "slow and not network and not gpu"]
    listed = run(ROOT, *collect, *map(str, marked)).stdout
    slow = {line.partition("::")[0] for line in listed.splitlines() if "::" in line}
    assert slow > TOO_LONG
    assert {turn(f"{number:08x}") for number in range(len(marked))} == slow - TOO_LONG


@pytest.mark.parametrize("commit", ["0e1daba8d0fd89dbb1f9fa7a1cd4a9d6c0f7e1c5", "ffffffff"])
def test_a_commit_always_chooses_the_same(commit):
    assert turn(commit) == turn(commit)
