"""Sizes of a recipe that are more than there is: what the machine cannot run is refused, what the data lack is said."""

import os
from collections.abc import Iterator
from pathlib import Path

from sparring.config import Params
from sparring.errors import InputError
from sparring.records import Example
from sparring.storage import read_jsonl

PROCESSES_A_CORE = 4  # each has a model of its own; with more a machine only swaps


def refuse_sizes(params: Params) -> None:
    """Raises InputError where more processes are asked for than this machine can run; a cluster's are not counted."""
    most = PROCESSES_A_CORE * (os.cpu_count() or 1)
    asked = {
        "training.processes": 1 if params.training.launch_config is not None else params.training.processes,
        "workers.count": params.workers.count if params.workers.engine == "process" else 1,
    }
    for key, count in asked.items():
        if count > most:
            raise InputError(f"params.yaml: {key}: {count} processes; this machine runs at most {most}")


def lacking_rows(params: Params, root: Path) -> Iterator[str]:
    """One line for each number of rows that the split proof does not have; nothing where it is not there yet."""
    proof = root / "data" / "splits" / "proof.jsonl"
    if not proof.exists():
        return
    rows = read_jsonl(proof, Example)
    there = {
        "clean_examples": sum(bool(row.gold) for row in rows),
        "no_call_examples": sum(row.wants_no_call for row in rows),
    }
    for key, count in there.items():
        if (wanted := getattr(params.evaluation, key)) > count:
            yield f"evaluation.{key}: {wanted} rows are asked for, proof has {count}: these are all that is asked"
