"""Backends of the target: one file each. What they share is the protocol `Target`."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from sparring.engine.batched_generation import Drafted
from sparring.records import Example


@runtime_checkable
class Target(Protocol):
    """A function-calling model under attack."""

    def answer(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> list[list[str]]:
        """Texts per example, `samples` each, in the order of the examples; temperature 0 is greedy."""
        ...


@runtime_checkable
class ScoringTarget(Target, Protocol):
    """A target whose likelihoods can be read: what RL needs for a dense reward."""

    def gold_logprob(self, examples: Sequence[Example], texts: Sequence[str]) -> list[float]:
        """Log-likelihood of a text as the answer to each example, in nats, summed over its tokens."""
        ...

    def answer_drafts(self, examples: Sequence[Example], drafts: Sequence[str]) -> list[Drafted]:
        """The greedy answer to each example, quickly where it is the draft, and the draft's log-likelihood."""
        ...
