"""Without a terminal a log gets whole lines, one a minute at least, with the share done and the time left."""

import re
import time

import pytest

from sparring import progress
from sparring.progress import Meter, alive, steps
from sparring.terminal import say


@pytest.fixture
def hasty(monkeypatch):
    """A minute is a twentieth of a second."""
    monkeypatch.setattr(progress, "LONGEST_SILENCE_S", 0.05)
    monkeypatch.setattr(progress, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)


def lines(capsys):
    said = capsys.readouterr().err
    assert "\r" not in said
    assert said == "" or said.endswith("\n")
    return said.splitlines()


def test_each_line_tells_how_much_is_done_and_how_long_the_rest_takes(hasty, capsys):
    for _ in steps(range(4), "target answers"):
        time.sleep(0.01)
    said = lines(capsys)
    assert len(said) == 4
    assert re.fullmatch(r"target answers: 1 of 4 \(25%\), about 0 s left", said[0])
    assert said[-1].startswith("target answers: 4 of 4 (100%)")


def test_work_that_tells_nothing_is_told_of(hasty, capsys):
    say("r01: rl update ...")
    with alive("r01: rl update", expected_s=0.5, after_s=600.0):
        time.sleep(0.25)
    said = lines(capsys)[1:]
    assert len(said) >= 2
    assert all(
        re.match(r"r01: rl update: 0 s so far, about \d+% of it; about 10 min to the end", line) for line in said
    )


def test_where_nothing_is_known_the_time_so_far_is_still_told(hasty, capsys):
    with alive("arms: rl update"):
        time.sleep(0.2)
    assert "arms: rl update: 0 s so far" in lines(capsys)


def test_a_long_pass_inside_counted_work_repeats_how_far_it_was(hasty, capsys):
    with alive("r01: evaluation", expected_s=1.0, after_s=120.0):
        meter = Meter("target answers", 5)
        time.sleep(0.01)
        meter.advance("loss 1")
        time.sleep(0.2)
        meter.close()
    said = lines(capsys)
    repeated = [line for line in said if line.startswith("target answers: 1 of 5 (20%), about")]
    assert len(repeated) >= 3
    assert all("loss 1" in line for line in repeated)
    assert all("to the end of the campaign" in line for line in said)


def test_who_talks_is_not_interrupted(hasty, capsys):
    with alive("r01: evaluation"):
        for number in range(20):
            say(f"line {number}")
            time.sleep(0.01)
    assert lines(capsys) == [f"line {number}" for number in range(20)]


def test_the_whole_is_never_shorter_than_the_part_that_runs(hasty, capsys):
    with alive("r01: rl update", expected_s=0.0, after_s=60.0):
        meter = Meter("RL update", 1000)
        time.sleep(0.1)
        meter.advance()
        meter.close()
    line = next(line for line in lines(capsys) if line.startswith("RL update: 1 of 1000"))
    assert re.search(r"about 3 min to the end|about 2 min to the end", line)  # 100 s of this, and 60 s after it


def test_after_a_step_nothing_more_is_said(hasty, capsys):
    with alive("r01: evaluation"):
        pass
    time.sleep(0.15)
    assert lines(capsys) == []
