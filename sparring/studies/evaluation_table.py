"""The evaluation as a table: each held-out row with what the target answered, and the champion before it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sparring.records import Example, Trial

MAX_ROWS = 2_000
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
