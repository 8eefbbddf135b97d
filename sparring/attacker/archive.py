"""The elite archive: per cell (operator, kind of failure, tool cluster) the attacks that won, kept over rounds.

The reward asks it how new an attack is; the prompt takes strategies from it, a chat model's what was said, too. An
attack by several operators lies in the cell of each, and comes in where one of them has room: so the operator that wins
most fills its own cells alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparring.attacker.program import way_of
from sparring.records import Attack, Elite, Example, Trial
from sparring.storage import read_jsonl, write_jsonl

MAX_PER_CELL = 4
MAX_STRATEGIES = 3


class Archive:
    """Elites in the order in which they came.

    Args:
        elites: What it holds.
    """

    def __init__(self, elites: Sequence[Elite] = ()) -> None:
        self.elites = list(elites)

    @classmethod
    def load(cls, path: Path) -> "Archive":
        """The archive of a file; an empty one where there is no file yet (the baseline has none)."""
        return cls(read_jsonl(path, Elite) if path.exists() else [])

    def save(self, path: Path) -> None:
        """Writes the file."""
        write_jsonl(path, self.elites)

    def add(self, trials: Sequence[Trial], examples: Mapping[str, Example]) -> int:
        """Takes in the won attacks that one of their cells has room for; returns how many."""
        before = len(self.elites)
        held = Counter(cell for elite in self.elites for cell in elite.cells)
        known = {_told_apart(elite) for elite in self.elites}
        for trial in trials:
            if not trial.success:
                continue
            elite = _elite(trial, examples[trial.attack.example_id])
            if _told_apart(elite) in known or min(held[cell] for cell in elite.cells) >= MAX_PER_CELL:
                continue
            self.elites.append(elite)
            known.add(_told_apart(elite))
            held.update(elite.cells)
        return len(self.elites) - before

    @property
    def attacks(self) -> list[Attack]:
        """The attacks, in order."""
        return [elite.attack for elite in self.elites]

    @property
    def coverage(self) -> int:
        """Number of cells that hold an attack."""
        return len({cell for elite in self.elites for cell in elite.cells})

    def strategies(self, example: Example) -> list[str]:
        """Strategies that won most often in the example's category, the most frequent first, at most three.

        Programs of the same operators are one, by the name that sorts first.
        """
        like = [elite for elite in self.elites if elite.category == example.category]
        counts = Counter(elite.way for elite in like)
        names: dict[tuple[str, ...], str] = {}
        for elite in like:
            names[elite.way] = min(names.get(elite.way, elite.attack.strategy), elite.attack.strategy)
        return [names[way] for way in sorted(counts, key=lambda way: (-counts[way], names[way]))][:MAX_STRATEGIES]

    def texts(self, example: Example) -> list[str]:
        """Requests that won in the example's category, the latest first, at most three; none of its own."""
        like = [
            elite.attack.query
            for elite in reversed(self.elites)
            if elite.category == example.category and elite.attack.example_id != example.id
        ]
        return list(dict.fromkeys(like))[:MAX_STRATEGIES]


def _elite(trial: Trial, example: Example) -> Elite:
    return Elite(
        category=example.category,
        tool=example.tool_cluster,
        failure=str(trial.scored[0].failure),
        operators=list(way_of(trial.attack, example)),
        attack=trial.attack,
    )


def _told_apart(elite: Elite) -> tuple[tuple[str, ...], str, str, str]:
    """What makes an attack another one than those that are there: its way, its text, its tool and the mistake."""
    return elite.way, elite.attack.text, elite.failure, elite.tool


def nearest(vectors: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine similarity of each vector to its nearest known one, in [0, 1]; 0 where nothing is known."""
    if not len(known):
        return np.zeros(len(vectors), dtype=np.float32)
    similarity: NDArray[np.float32] = (vectors @ known.T).max(axis=1).clip(0.0, 1.0)
    return similarity
