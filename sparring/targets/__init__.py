"""Backends of the target: one file each, by name in sparring/targets/backends.py. What they share is `Target`."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from sparring.engine.drafted import Drafted
from sparring.records import Example
from sparring.targets.replies import Replies


@runtime_checkable
class Target(Protocol):
    """A function-calling model under attack."""

    def ask(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> Replies:
        """Texts per example, `samples` each, in the order of the examples, and why some are missing.

        Temperature 0 is greedy.
        """
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
