"""Rejection sampling (RFT): the target learns a right call in its own words where it finds one, else the gold's.

What it says itself it learns with the smallest change of its weights. The one surprise: rows that want no call keep
their text, since any prose at all declines, and not all of it is worth learning.
"""

from collections import Counter
from collections.abc import Sequence

from sparring.checker import Parse, check
from sparring.records import Example, SFTExample


def with_own_answers(
    rows: Sequence[SFTExample], asked: Sequence[Example], answers: Sequence[Sequence[str]], parse: Parse
) -> list[SFTExample]:
    """The rows, each answered by the target's most frequent right answer; where none is right it stays as it was.

    Args:
        rows: The training set.
        asked: Per row the example with its gold, and the query that the row asks.
        answers: Per row the target's samples; equally frequent ones count in their order.
        parse: Reads an answer into calls.
    """
    made = []
    for row, example, texts in zip(rows, asked, answers, strict=True):
        right = Counter(text for text in texts if example.gold and check(example, text, parse=parse).correct)
        own = max(right, key=lambda text: right[text]) if right else row.completion
        made.append(row.model_copy(update={"completion": own}))
    return made
