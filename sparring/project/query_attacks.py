"""Attacks that a query model of this project writes: one completion a sample, executed where it is a legal program.

The one surprise: it needs torch, so whoever may do without imports it late.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sparring.attacker.archive import Archive
from sparring.attacker.attacks import MALFORMED
from sparring.attacker.program import ProgramError
from sparring.attacker.query_model import QueryModel
from sparring.attacker.query_prompts import attack_text, query_messages
from sparring.project.workspace import Project
from sparring.records import Attack, Example


@dataclass(frozen=True)
class Attacker:
    """A query model that writes attacks.

    Attributes:
        project: Whose base it shares.
        adapter: Its adapter; None for the base alone.
        round: The round that its attacks are named by.
        archive: Elite attacks, whose strategies it is shown.
    """

    project: Project
    adapter: Path | None
    round: str
    archive: Archive = field(default_factory=Archive)

    def write(self, seeds: Sequence[Example], per_seed: int) -> list[Attack]:
        """Attacks on the seeds, `per_seed` each, in the order of the seeds."""
        params = self.project.params
        writer = QueryModel(self.project.base, self.adapter, params)
        prompts = [query_messages(seed, params.query_model.action, self.archive.strategies(seed)) for seed in seeds]
        written = writer.write(prompts, per_seed, params.sampling.temperature, params.seed)
        return [
            self._attack(seed, sample, completion)
            for seed, completions in zip(seeds, written, strict=True)
            for sample, completion in enumerate(completions)
        ]

    def _attack(self, seed: Example, sample: int, completion: str) -> Attack:
        """An attack; a completion that is no legal action keeps its text and is named malformed."""
        params = self.project.params
        number = params.seed + sample
        try:
            query, strategy, _, turns = attack_text(completion, seed, params.query_model.action, number)
        except ProgramError:
            query, strategy, turns = completion, MALFORMED, ()
        return Attack(
            id=f"{self.round}:{seed.id}:{sample}",
            example_id=seed.id,
            query=query,
            strategy=strategy,
            round=self.round,
            seed=number,
            turns=list(turns),
        )
