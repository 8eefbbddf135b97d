"""How long the rows of a project are, in tokens: what its work is counted from."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean

from sparring.attacker.query_prompts import query_messages
from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.project.splits import LEARNT
from sparring.records import Example
from sparring.storage import read_jsonl

SAMPLE = 200


@dataclass(frozen=True)
class RowLengths:
    """Mean lengths in tokens, and how many rows the warm start can learn.

    Attributes:
        calls: Training rows with calls.
        no_calls: Those that want none.
        practice: Rows for practice.
        practice_prompt: What the target reads of these before it answers.
        practice_answer: Their right calls and the end of turn.
        prompt: What the target reads of a training row.
        shared: Of it the instructions, which all rows begin with.
        query: Of it the user's words.
        answer: The right calls and the end of turn.
        query_prompt: What the query model reads.
        query_shared: Of it the instructions.
        action: What the query model writes.
    """

    calls: int
    no_calls: int
    practice: int
    practice_prompt: float
    practice_answer: float
    prompt: float
    shared: float
    query: float
    answer: float
    query_prompt: float
    query_shared: float
    action: float


# BFCL's training rows, pythonic, SmolLM2's tokenizer
QUICKSTART = RowLengths(381, 229, 266, 191, 66, 147, 42, 21, 26, 75, 29, 7)


@cache
def row_lengths(root: Path, dialect: str) -> RowLengths:
    """Lengths of a prepared project's training rows; before there are any, those of the quickstart's."""
    files, base = [root / "data" / "splits" / f"{name}.jsonl" for name in LEARNT], root / "models" / "base"
    if not all(file.exists() for file in files) or not (base / "config.json").exists():
        return QUICKSTART
    train, practice = (read_jsonl(file, Example) for file in files)
    seeds = [row for row in _sampled(train) if row.gold]
    if not seeds:
        return QUICKSTART
    from sparring.engine.batched_generation import (
        prompt_ids,  # brings Transformers: only where there are rows to measure
    )
    from sparring.engine.models import load_tokenizer
    from sparring.engine.prefill import common_beginning

    tokenizer, written = load_tokenizer(base), DIALECTS[dialect]

    def prompted(rows: list[Example]) -> list[list[int]]:
        return [prompt_ids(tokenizer, written.messages(row), written.schemas(row)) for row in rows]

    def answered(rows: list[Example]) -> list[list[int]]:
        return [tokenizer(written.render(gold_calls(row)), add_special_tokens=False)["input_ids"] for row in rows]

    further, prompts = _sampled(practice), prompted(seeds)
    asked = [prompt_ids(tokenizer, query_messages(row, "program"), None) for row in seeds]
    queries = [tokenizer(row.query, add_special_tokens=False)["input_ids"] for row in seeds]
    return RowLengths(
        calls=sum(bool(row.gold) for row in train),
        no_calls=sum(row.wants_no_call for row in train),
        practice=len(practice),
        practice_prompt=_mean(prompted(further)) if further else 0.0,
        practice_answer=_mean(answered(further)) + 1 if further else 0.0,
        prompt=_mean(prompts),
        shared=min(common_beginning(prompts[0], row) for row in prompts),
        query=_mean(queries),
        answer=_mean(answered(seeds)) + 1,
        query_prompt=_mean(asked),
        query_shared=min(common_beginning(asked[0], row) for row in asked),
        action=QUICKSTART.action,
    )


def _sampled(rows: list[Example]) -> list[Example]:
    return random.Random(0).sample(rows, min(SAMPLE, len(rows)))


def _mean(rows: list[list[int]]) -> float:
    return mean(map(len, rows))
