"""Rewrites in which nothing of the seed is asked any more: what a weak writer ends in and nobody would label by hand.

None keeps its label, by how it is made: only seeds that want a call are taken. What a probe has never seen it may take
for anything.
"""

from collections.abc import Callable, Sequence
from random import Random

from sparring.gate_benchmark.cases import LabelledRewrite, example_of
from sparring.gate_benchmark.generated import CLOSING, OPENING, ROLE, STORY, UNRELATED
from sparring.gates.rules import gold_values
from sparring.normalise import grounded

SCRAPS = (
    "Sure.", "No idea, sorry.", "The usual, please.", "Go on then.", "See above.", "As agreed.", "Hello?", "What next?",
    "Could you word it differently?", "I'll get back to you on that.", "Thank you, that's all.", "Which do you mean?",
)  # fmt: skip
SENTENCES = (OPENING, UNRELATED, STORY, ROLE, CLOSING)
CUT = 0.4  # of the words
SALAD = (3, 14)  # words


def emptied_cases(rows: Sequence[LabelledRewrite], count: int, seed: int) -> list[LabelledRewrite]:
    """So many of them, of as many seeds of the rows as want a call; the kinds in turn.

    Args:
        rows: Labelled rewrites.
        count: Of the emptied ones, where there are as many seeds.
        seed: Decides every draw.
    """
    rng = Random(seed)
    seeds = {row.seed: row for row in rows if row.gold}
    chosen = rng.sample(sorted(seeds), min(count, len(seeds)))
    kinds = [list(MAKERS)[number % len(MAKERS)] for number in range(len(chosen))]
    return [_emptied(seeds[name], kind, list(seeds.values()), rng) for name, kind in zip(chosen, kinds, strict=True)]


def _emptied(row: LabelledRewrite, kind: str, others: Sequence[LabelledRewrite], rng: Random) -> LabelledRewrite:
    text = MAKERS[kind](row, others, rng)
    changed = {"id": f"{row.id}:{kind}", "rewrite": text, "valid": False, "kind": kind}
    return LabelledRewrite.model_validate(row.model_dump() | changed, extra="ignore")


def _nothing_asked(row: LabelledRewrite, others: Sequence[LabelledRewrite], rng: Random) -> str:
    return " ".join(say(rng) for say in rng.sample(SENTENCES, rng.randint(1, 3)))


def _anothers(row: LabelledRewrite, others: Sequence[LabelledRewrite], rng: Random) -> str:
    """A request for another tool's call; a scrap where all have the same tools."""
    known = {tool["name"] for tool in row.functions}
    found = [other.seed for other in others if not known & {tool["name"] for tool in other.functions}]
    return rng.choice(found) if found else _scrap(row, others, rng)


def _cut_short(row: LabelledRewrite, others: Sequence[LabelledRewrite], rng: Random) -> str:
    """The beginning of the request, where a value stands behind it; else a scrap."""
    words = row.seed.split()
    text = " ".join(words[: max(2, int(CUT * len(words)))])
    lost = [value for value in gold_values(example_of(row)) if grounded(value, row.seed) and not grounded(value, text)]
    return text if lost else _scrap(row, others, rng)


def _scrap(row: LabelledRewrite, others: Sequence[LabelledRewrite], rng: Random) -> str:
    return rng.choice(SCRAPS)


def _salad(row: LabelledRewrite, others: Sequence[LabelledRewrite], rng: Random) -> str:
    words = [word for other in rng.sample(list(others), min(6, len(others))) for word in other.seed.split()]
    return " ".join(rng.sample(words, min(len(words), rng.randint(*SALAD))))


MAKERS: dict[str, Callable[[LabelledRewrite, Sequence[LabelledRewrite], Random], str]] = {
    "nothing asked": _nothing_asked,
    "another's request": _anothers,
    "cut short": _cut_short,
    "a scrap": _scrap,
    "words at random": _salad,
}
