"""The evaluation as a table in MLflow: each held-out row with what the target answered, and the champion before it."""

import json
from collections.abc import Mapping
from typing import Any

from sparring.records import Example, Trial, by_id
from tasks.rounds import Round

MAX_ROWS = 2_000
COLUMNS = ("rows", "id", "kind", "request", "expected", "answer", "right", "answer_before", "right_before", "reason")


def evaluation_rows(played: Round) -> dict[str, list[Any]]:
    """Columns of equal length: untouched rows, attacks, and attacks on the tools, as far as they were asked.

    Where nobody was before, and where a row was not scored, a cell is empty.
    """
    seeds = by_id(played.project.examples("proof"))
    first = played.after is None
    groups = {
        "untouched": ([] if first else played.champions_trials("clean"), played.bench.rows("clean", Trial)),
        "attack": ([] if first else played.bench.rows("heldout_before", Trial), played.bench.rows("heldout", Trial)),
    }
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
