"""A local target's greedy answers, kept in a journal as they come: a killed run goes on where it was."""

import time
from collections.abc import Sequence
from pathlib import Path

from sparring.records import Example
from sparring.targets.journal import JournalRow, open_journal
from sparring.targets.local import LocalTarget
from sparring.terminal import say

CHUNK = 128


def answer_journaled(target: LocalTarget, examples: Sequence[Example], journal: Path) -> dict[str, str]:
    """Answers by example id; rows that the journal holds are not asked again.

    Raises:
        HeldError: Another run writes this journal.
        InputError: A line of it is broken.
    """
    with open_journal(journal) as kept:
        left = sorted((row for row in examples if row.id not in kept.texts), key=_length)
        if len(left) < len(examples):
            say(f"answers: {len(examples) - len(left)} of {len(examples)} rows are in the journal")
        for start in range(0, len(left), CHUNK):
            chunk = left[start : start + CHUNK]
            begin = time.monotonic()
            texts = [answers[0] for answers in target.answer(chunk, 1, 0.0, 0)]
            seconds = round((time.monotonic() - begin) / len(chunk), 3)
            for row, text in zip(chunk, texts, strict=True):
                tokens = target.num_tokens(row, text)
                kept.add(JournalRow(row_id=row.id, text=text, reason=None, requests=1, tokens=tokens, seconds=seconds))
            say(f"answers: {len(examples) - len(left) + start + len(chunk)} of {len(examples)} rows")
        return {row.id: kept.texts[row.id] for row in examples}


def _length(example: Example) -> int:
    return len(example.query) + sum(len(tool.model_dump_json()) for tool in example.tools)
