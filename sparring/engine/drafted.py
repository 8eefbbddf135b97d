"""A greedy answer that was guessed beforehand: what every backend gives, whether or not it needs torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drafted:
    """A greedy answer, and how likely the draft was.

    Attributes:
        text: What the model answers.
        draft_logprob: Log-likelihood of the draft, in nats, summed over its tokens.
        kept: Whether the answer is the draft.
    """

    text: str
    draft_logprob: float
    kept: bool
