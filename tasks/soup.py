"""A greedy soup: of several trainings those whose mean answers `val` best (Wortsman et al., 2022, arXiv 2203.05482)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sparring.engine.adapter_weights import mean_of, read_adapter, write_adapter
from sparring.engine.memory import release_memory
from sparring.project.workspace import Project
from sparring.records import Rate, by_id
from sparring.studies.metrics import accuracy
from sparring.tables import rate_text
from tasks.players import answer_seeds, target

Numbers = tuple[int, ...]  # of trainings, from 1


@dataclass
class Soup:
    """A mixture of adapters of one base, and what was tried on the way to it.

    Attributes:
        project: The recipe, and the rows of `val`.
        adapters: Folders of what is mixed.
        work: Where means lie that may come to nothing.
        members: The trainings in the mean, the best one first.
        tried: By trainings what their mean answers rightly: rows of `val` with a call, and without.
    """

    project: Project
    adapters: Sequence[Path]
    work: Path
    members: Numbers = ()
    tried: dict[Numbers, tuple[Rate, Rate]] = field(default_factory=dict)

    def mix(self, out: Path) -> None:
        """Writes the mean to `out`: the best training begins, each other one joins where the mean is no worse then.

        A mean is judged by its right answers to untouched rows, those with a call and those without alike heavy.
        """
        singles = [(number,) for number in range(1, len(self.adapters) + 1)]
        self.members, *others = sorted(singles, key=self._score, reverse=True)
        for other in others:
            wider = (*self.members, *other)
            if self._score(wider) >= self._score(self.members):
                self.members = wider
        write_adapter(read_adapter(self._folder(self.members)), out)

    def words(self) -> str:
        """What was mixed, and what was tried, in one sentence."""
        told = "; ".join(
            f"{_named(numbers)} {rate_text(calls)} with a call and {rate_text(none)} without"
            for numbers, (calls, none) in self.tried.items()
        )
        return f"its target is {_named(self.members)}; right answers to val: {told}"

    def _score(self, numbers: Numbers) -> float:
        if numbers not in self.tried:
            self.tried[numbers] = self._asked(numbers)
        shares = [part.value for part in self.tried[numbers] if part.value is not None]
        return sum(shares) / len(shares) if shares else 0.0

    def _asked(self, numbers: Numbers) -> tuple[Rate, Rate]:
        seeds = self.project.examples("val")
        trials = answer_seeds(self.project, target(self.project, self._folder(numbers)), seeds, "val")
        release_memory()
        known = by_id(seeds)
        calls = [trial for trial in trials if known[trial.attack.example_id].gold]
        none = [trial for trial in trials if known[trial.attack.example_id].wants_no_call]
        return accuracy(calls), accuracy(none)

    def _folder(self, numbers: Numbers) -> Path:
        """Where the mean of these lies."""
        if len(numbers) == 1:
            return self.adapters[numbers[0] - 1]
        mean = self.work / "-".join(map(str, ("mean", *numbers)))
        write_adapter(mean_of([read_adapter(self.adapters[number - 1]) for number in numbers]), mean)
        return mean


def _named(numbers: Numbers) -> str:
    return f"training {numbers[0]}" if len(numbers) == 1 else f"the mean of trainings {' and '.join(map(str, numbers))}"
