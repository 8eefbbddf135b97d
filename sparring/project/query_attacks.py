"""Attacks that a query model writes, the project's own or a chat model's: a program is executed, free text stands.

The one surprise: it needs torch, so whoever may do without imports it late.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sparring.attacker.archive import Archive
from sparring.attacker.attacks import MALFORMED
from sparring.attacker.chat_attacker import ChatAttacker
from sparring.attacker.program import ProgramError
from sparring.attacker.query_model import QueryModel
from sparring.attacker.query_prompts import attack_text, query_messages
from sparring.config import ChatAttackerParams
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
        journal: What a chat model wrote, and what it cost; None: one of the round's in `.work`.
        without: Operators that no program may hold.
    """

    project: Project
    adapter: Path | None
    round: str
    archive: Archive = field(default_factory=Archive)
    journal: Path | None = None
    without: Sequence[str] = ()

    def write(self, seeds: Sequence[Example], per_seed: int) -> list[Attack]:
        """Attacks on the seeds, `per_seed` each, in the order of the seeds; fewer where a chat model wrote fewer.

        Raises:
            UnreachableError: A chat model wrote nothing at all.
        """
        params = self.project.params
        if params.query_model.endpoint is not None:
            return self._by_chat(params.query_model.endpoint, seeds, per_seed)
        writer = QueryModel(self.project.base, self.adapter, params, self.without)
        prompts = [query_messages(seed, params.query_model.action, self.archive.strategies(seed)) for seed in seeds]
        written = writer.write(prompts, per_seed, params.sampling.temperature, params.seed)
        return [
            self._attack(seed, sample, completion)
            for seed, completions in zip(seeds, written, strict=True)
            for sample, completion in enumerate(completions)
        ]

    def _by_chat(self, endpoint: ChatAttackerParams, seeds: Sequence[Example], per_seed: int) -> list[Attack]:
        """A chat model's attacks; what it did not write is none."""
        project, params = self.project, self.project.params
        journal = self.journal or project.root / ".work" / f"attacker-{self.round}.jsonl"
        writer = ChatAttacker(endpoint, journal)
        gates = project.gatekeeper
        written = writer.write(seeds, per_seed, self.archive, gates, params.sampling.temperature, params.seed)
        return [
            self._attack(seed, sample, text)
            for seed, texts in zip(seeds, written, strict=True)
            for sample, text in enumerate(texts)
            if text is not None
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
