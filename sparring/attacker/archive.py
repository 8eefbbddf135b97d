"""The elite archive: per cell (category, tool, kind of failure) the attacks that won, kept over rounds.

The reward asks it how new an attack is; the prompt takes strategies from it. A cell keeps its first few texts of
different strategies, so that one seed cannot fill it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
        """Takes in the won attacks that their cells have room for; returns how many."""
        before = len(self.elites)
        for trial in trials:
            if not trial.success:
                continue
            example = examples[trial.attack.example_id]
            cell = (example.category, example.tool_cluster, str(trial.scored[0].failure))
            present = [elite for elite in self.elites if (elite.category, elite.tool, elite.failure) == cell]
            known = {(elite.attack.strategy, elite.attack.query) for elite in present}
            if len(present) < MAX_PER_CELL and (trial.attack.strategy, trial.attack.query) not in known:
                category, tool, failure = cell
                self.elites.append(Elite(category=category, tool=tool, failure=failure, attack=trial.attack))
        return len(self.elites) - before

    @property
    def attacks(self) -> list[Attack]:
        """The attacks, in order."""
        return [elite.attack for elite in self.elites]

    @property
    def coverage(self) -> int:
        """Number of cells that hold an attack."""
        return len({(elite.category, elite.tool, elite.failure) for elite in self.elites})

    def strategies(self, example: Example) -> list[str]:
        """Strategies that won most often in the example's category, the most frequent first, at most three."""
        counts: dict[str, int] = {}
        for elite in self.elites:
            if elite.category == example.category:
                counts[elite.attack.strategy] = counts.get(elite.attack.strategy, 0) + 1
        return sorted(counts, key=lambda name: (-counts[name], name))[:MAX_STRATEGIES]


def nearest(vectors: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine similarity of each vector to its nearest known one, in [0, 1]; 0 where nothing is known."""
    if not len(known):
        return np.zeros(len(vectors), dtype=np.float32)
    similarity: NDArray[np.float32] = (vectors @ known.T).max(axis=1).clip(0.0, 1.0)
    return similarity
