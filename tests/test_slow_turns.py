"""Slow tests take turns in continuous integration: commits choose among the files that have some and fit into its time."""

import subprocess

import pytest

from tests.conftest import ROOT

MARK = "pytest.mark." + "slow"
TOO_LONG = {f"tests/flows/test_{name}.py" for name in ("hardening", "schedule", "target_update")}


def turn(commit):
    return subprocess.run(
        [ROOT / ".ci" / "slow", commit], capture_output=True, text=True, check=True
    ).stdout.removesuffix("\n")


def test_every_file_with_slow_tests_that_fits_has_its_turn():
    slow = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if MARK in path.read_text(encoding="utf-8")
    }
    assert slow > TOO_LONG
    assert {turn(f"{number:08x}") for number in range(len(slow))} == slow - TOO_LONG


@pytest.mark.parametrize("commit", ["0e1daba8d0fd89dbb1f9fa7a1cd4a9d6c0f7e1c5", "ffffffff"])
def test_a_commit_always_chooses_the_same(commit):
    assert turn(commit) == turn(commit)
