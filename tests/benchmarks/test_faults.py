"""The campaign of faults strikes in the step that it means to: it reads a round's progress as the round says it."""

from types import SimpleNamespace

import pytest

from benchmarks.faults.playing import PHASES, STEPS, Started
from sparring.project.estimate import estimate
from sparring.project.workspace import Workbench
from tasks import clock


@pytest.mark.parametrize("left", [(None, None), (3.0, 700.0)])
def test_every_step_is_known_from_what_the_round_says(left, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(clock, "outlook", lambda played, step: left)
    played, log, seen = SimpleNamespace(bench=Workbench(tmp_path, "r01")), tmp_path / "round.log", []
    log.touch()
    playing = Started(pid=0, log=log)
    assert playing.phase() == PHASES[0]

    def heard():
        with log.open("a", encoding="utf-8") as handle:
            handle.write(capsys.readouterr().err)
        return playing.phase()

    for name in STEPS:

        def step(played):
            seen.append(heard())

        step.__name__ = name.replace(" ", "_")
        clock.timed(step)(played)
    assert seen == list(STEPS)
    assert heard() == PHASES[-1]


def test_no_step_of_a_round_is_unknown(params, tmp_path):
    known = {name.replace(" ", "_") for name in STEPS} | {"beside"}
    assert estimate(params, tmp_path).seconds["r01"].keys() <= known
