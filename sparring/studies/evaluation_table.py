"""Trials as tables, a list a column: each held-out row with what target and champion answered; a sample of attacks."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sparring.records import Example, Trial

MAX_ROWS = 2_000
NUM_SAMPLE_TRIALS = 50
COLUMNS = ("rows", "id", "kind", "request", "expected", "answer", "right", "answer_before", "right_before", "reason")


def evaluation_table(
    groups: Mapping[str, tuple[Sequence[Trial], Sequence[Trial]]], seeds: Mapping[str, Example]
) -> dict[str, list[Any]]:
    """Columns of equal length, a cell for each row that was asked.

    Where nobody was before, and where a row was not scored, a cell is empty.

    Args:
        groups: By what the rows are called the trials before (none where nobody was) and those of the target.
        seeds: Held-out rows by id.
    """
    lines = [
        _line(rows, trial, seeds, {one.attack.id: one for one in before})
        for rows, (before, after) in groups.items()
        for trial in after
        if trial.valid
    ]
    return {name: [line[name] for line in lines[:MAX_ROWS]] for name in COLUMNS}


def sample_table(trials: Sequence[Trial], seeds: Mapping[str, Example]) -> dict[str, list[Any]]:
    """The first trials of a round, rejected ones among them; `seeds` are the attacked rows by id."""
    shown = trials[:NUM_SAMPLE_TRIALS]
    return {
        "seed": [trial.attack.example_id for trial in shown],
        "kind": [seeds[trial.attack.example_id].kind for trial in shown],
        "strategy": [trial.attack.strategy for trial in shown],
        "attack": [trial.attack.text for trial in shown],
        "rejected_by": [trial.rejected_by or "" for trial in shown],
        "answer": [_answer(trial) for trial in shown],
        "success": [trial.success for trial in shown],
        "reason": [trial.verdicts[0].detail if trial.verdicts else "" for trial in shown],
    }


def _line(rows: str, trial: Trial, seeds: Mapping[str, Example], before: Mapping[str, Trial]) -> dict[str, Any]:
    seed, earlier = seeds[trial.attack.example_id], before.get(trial.attack.id)
    gold = [call.model_dump() for call in seed.gold]
    return {
        "rows": rows,
        "id": trial.attack.id,
        "kind": seed.kind,
        "request": trial.attack.text,
        "expected": json.dumps(gold, ensure_ascii=False) if gold else "no call",
        "answer": _answer(trial),
        "right": trial.first_right,
        "answer_before": _answer(earlier),
        "right_before": None if earlier is None else earlier.first_right,
        "reason": trial.verdicts[0].detail if trial.verdicts else "",
    }


def _answer(trial: Trial | None) -> str:
    return trial.completions[0].text if trial is not None and trial.completions else ""
