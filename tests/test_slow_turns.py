"""Slow tests take turns in continuous integration: commits choose among all files that have some."""

import subprocess

import pytest

from tests.conftest import ROOT

MARK = "pytest.mark." + "slow"


def turn(commit):
    return subprocess.run(
        [ROOT / ".ci" / "slow", commit], capture_output=True, text=True, check=True
    ).stdout.removesuffix("\n")


def test_every_file_with_slow_tests_has_its_turn():
    slow = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if MARK in path.read_text(encoding="utf-8")
    }
    assert len(slow) > 1
    assert {turn(f"{number:08x}") for number in range(len(slow))} == slow


@pytest.mark.parametrize("commit", ["0e1daba8d0fd89dbb1f9fa7a1cd4a9d6c0f7e1c5", "ffffffff"])
def test_a_commit_always_chooses_the_same(commit):
    assert turn(commit) == turn(commit)
