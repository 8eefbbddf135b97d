"""A checkpoint of this machine, asked as an endpoint is: answers are kept as they come, and a cut one is none.

A killed run goes on where it was; the text of a cut answer is kept too, and not asked for again. The one surprise: rows
are asked in fixed portions, by their length, and a portion of which one row is missing is asked again whole, so that a
batch is never another one the second time.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

from sparring.records import Example
from sparring.targets.journal import Journal, JournalRow, open_journal
from sparring.targets.local import LocalTarget
from sparring.targets.replies import Replies
from sparring.targets.reply import CUT_AT
from sparring.terminal import say

PORTION = 128
ID_CHARS = 16


class Checkpoint:
    """A local target with a journal.

    Args:
        target: Who answers.
        journal: File that keeps finished rows; a later run with it goes on.
    """

    def __init__(self, target: LocalTarget, journal: Path) -> None:
        self.target = target
        self.journal = journal

    def ask(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> Replies:
        """Answers, a cut one with its reason in its place; rows that the journal holds are not asked again.

        Raises:
            HeldError: Another run writes this journal.
            InputError: A line of it is broken.
        """
        prefixes = [self._prefix(example, temperature, seed) for example in examples]
        wanted = dict(sorted(zip(prefixes, examples, strict=True), key=lambda pair: (_length(pair[1]), pair[0])))
        order = list(wanted)
        with open_journal(self.journal) as journal:
            known = sum(_ids(prefix, samples) <= journal.texts.keys() for prefix in order)
            if known:
                say(f"answers: {known} of {len(order)} rows are in the journal")
            for start in range(0, len(order), PORTION):
                portion = order[start : start + PORTION]
                if all(_ids(prefix, samples) <= journal.texts.keys() for prefix in portion):
                    continue
                self._answer(journal, {prefix: wanted[prefix] for prefix in portion}, samples, temperature, seed)
                say(f"answers: {start + len(portion)} of {len(order)} rows")
            names = [[_id(prefix, sample) for sample in range(samples)] for prefix in prefixes]
            kept = [[None if name in journal.cut else journal.texts[name] for name in group] for group in names]
            reasons = [next((journal.cut[name] for name in group if name in journal.cut), None) for group in names]
        return Replies(kept, reasons)

    def _answer(
        self, journal: Journal, portion: dict[str, Example], samples: int, temperature: float, seed: int
    ) -> None:
        begin = time.monotonic()
        answers = self.target.answer_to_the_end(list(portion.values()), samples, temperature, seed)
        cut = f"{CUT_AT} {self.target.params.target.max_new_tokens} tokens"
        seconds = round((time.monotonic() - begin) / (len(portion) * samples), 3)
        for (prefix, example), texts in zip(portion.items(), answers, strict=True):
            for sample, (text, whole) in enumerate(texts):
                name, cost = _id(prefix, sample), {"requests": 1, "tokens": self.target.num_tokens(example, text)}
                if name not in journal.texts:
                    reason = None if whole else cut
                    journal.add(JournalRow(row_id=name, text=text, reason=reason, seconds=seconds, **cost))

    def _prefix(self, example: Example, temperature: float, seed: int) -> str:
        """A row's name, made from what is asked: another question never gets its answer."""
        dialect, longest = self.target.dialect, self.target.params.target.max_new_tokens
        asked = [dialect.messages(example), dialect.schemas(example), longest, temperature, seed]
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:ID_CHARS]
        return f"{example.id}#{digest}"


def _id(prefix: str, sample: int) -> str:
    return f"{prefix}-{sample}"


def _ids(prefix: str, samples: int) -> set[str]:
    return {_id(prefix, sample) for sample in range(samples)}


def _length(example: Example) -> int:
    return len(example.query) + sum(len(tool.model_dump_json()) for tool in example.tools)
