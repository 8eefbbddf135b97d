"""The table of rounds ends with each round's verdict and who is champion."""

from sparring.records import RoundResult
from sparring.studies.round_table import round_table


def finished(name, after, outcome, champion, verdict):
    return RoundResult(
        round=name, after=after, seed=0, counts={}, rates={}, comparisons={}, rejections={}, operators={}, failures=[],
        rewards={}, payoffs={}, seconds={}, inputs={}, versions={}, promoted=None if after is None else champion == name,
        outcome=outcome, champion=champion, verdict=verdict, mlflow_run_id=None,
    )  # fmt: skip


def test_every_round_has_its_verdict_and_the_champion_is_named():
    rounds = [
        finished("r00", None, "baseline", "r00", "baseline"),
        finished("r01", "r00", "promoted", "r01", "promoted: attack success fell"),
        finished("r02", "r01", "worse", "r01", "worse: no-call accuracy fell"),
        finished("r03", "r02", "not_shown", "r01", "not shown: attack success stayed"),
    ]
    lines = round_table(rounds, color=False).splitlines()
    assert [line for line in lines if line.startswith(("r0", "champion"))] == [
        "r01: promoted: attack success fell",
        "r02: worse: no-call accuracy fell",
        "r03: not shown: attack success stayed",
        "champion after r03: r01",
    ]
    assert "champion" not in round_table(rounds[:1], color=False)


def test_a_round_of_before_there_were_three_verdicts_is_shown_as_it_was():
    old = finished("r01", "r00", None, "r00", "lost: too little")
    assert "r01: lost: too little" in round_table([old], color=False)
