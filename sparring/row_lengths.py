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
from sparring.storage import read_jsonl

SAMPLE = 200


@dataclass(frozen=True)
class RowLengths:
    """Mean lengths in tokens.

    Attributes:
        prompt: What the target reads before it answers.
        shared: Of it the instructions, which all rows begin with.
        query: Of it the user's words.
        answer: The right calls and the end of turn.
        query_prompt: What the query model reads.
        query_shared: Of it the instructions.
        action: What the query model writes.
    """

    prompt: float
    shared: float
    query: float
    answer: float
    query_prompt: float
    query_shared: float
    action: float


QUICKSTART = RowLengths(135, 42, 19, 20, 68, 29, 7)  # BFCL's training rows, pythonic, SmolLM2's tokenizer


@cache
def row_lengths(root: Path, dialect: str) -> RowLengths:
    """Lengths of a prepared project's training rows; before there are any, those of the quickstart's."""
    rows_file, base = root / "data" / "splits" / "train.jsonl", root / "models" / "base"
    if not rows_file.exists() or not (base / "config.json").exists():
        return QUICKSTART
    rows = read_jsonl(rows_file, Example)
    seeds = [row for row in random.Random(0).sample(rows, min(SAMPLE, len(rows))) if row.gold]
    if not seeds:
        return QUICKSTART
    from sparring.generation import prompt_ids  # brings Transformers: only where there are rows to measure
    from sparring.models import load_tokenizer
    from sparring.reading import common_beginning

    tokenizer, written = load_tokenizer(base), DIALECTS[dialect]
    prompts = [prompt_ids(tokenizer, written.messages(row), written.schemas(row)) for row in seeds]
    asked = [prompt_ids(tokenizer, query_messages(row, "program"), None) for row in seeds]
    answers = [tokenizer(written.render(gold_calls(row)), add_special_tokens=False)["input_ids"] for row in seeds]
    queries = [tokenizer(row.query, add_special_tokens=False)["input_ids"] for row in seeds]
    return RowLengths(
        prompt=_mean(prompts),
        shared=min(common_beginning(prompts[0], row) for row in prompts),
        query=_mean(queries),
        answer=_mean(answers) + 1,
        query_prompt=_mean(asked),
        query_shared=min(common_beginning(asked[0], row) for row in asked),
        action=QUICKSTART.action,
    )


def _mean(rows: list[list[int]]) -> float:
    return mean(map(len, rows))
