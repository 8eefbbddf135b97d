"""How long the rows of a project are, in tokens: what its work is counted from."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean

from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.query_prompts import query_messages
from sparring.records import Example
from sparring.splits import LEARNT
from sparring.storage import read_jsonl

SAMPLE = 200


@dataclass(frozen=True)
class RowLengths:
    """Mean lengths in tokens, and how many rows the warm start can learn.

    Attributes:
        calls: Rows with calls, those for practice among them.
        no_calls: Rows that want none.
        learnt_prompt: What the target reads of them before it answers.
        learnt_answer: Their right calls and the end of turn.
        prompt: What the target reads of a row that may be attacked.
        shared: Of it the instructions, which all rows begin with.
        query: Of it the user's words.
        answer: The right calls and the end of turn.
        query_prompt: What the query model reads.
        query_shared: Of it the instructions.
        action: What the query model writes.
    """

    calls: int
    no_calls: int
    learnt_prompt: float
    learnt_answer: float
    prompt: float
    shared: float
    query: float
    answer: float
    query_prompt: float
    query_shared: float
    action: float


# BFCL's training rows, pythonic, SmolLM2's tokenizer
QUICKSTART = RowLengths(647, 156, 153, 35, 135, 42, 19, 20, 68, 29, 7)


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
    from sparring.generation import prompt_ids  # brings Transformers: only where there are rows to measure
    from sparring.models import load_tokenizer
    from sparring.reading import common_beginning

    tokenizer, written = load_tokenizer(base), DIALECTS[dialect]

    def prompted(rows: list[Example]) -> list[list[int]]:
        return [prompt_ids(tokenizer, written.messages(row), written.schemas(row)) for row in rows]

    def answered(rows: list[Example]) -> list[list[int]]:
        return [tokenizer(written.render(gold_calls(row)), add_special_tokens=False)["input_ids"] for row in rows]

    learnt, prompts = _sampled([*train, *practice]), prompted(seeds)
    asked = [prompt_ids(tokenizer, query_messages(row, "program"), None) for row in seeds]
    queries = [tokenizer(row.query, add_special_tokens=False)["input_ids"] for row in seeds]
    return RowLengths(
        calls=sum(bool(row.gold) for row in [*train, *practice]),
        no_calls=sum(row.wants_no_call for row in train),
        learnt_prompt=_mean(prompted(learnt)),
        learnt_answer=_mean(answered(learnt)) + 1,
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
