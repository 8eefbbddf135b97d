"""The reward of a target that learns by RL: the verdict on its call's syntax tree, 1 or 0."""

from collections.abc import Sequence

from sparring.checker import Parse, check
from sparring.records import Example, Failure


class CallReward:
    """A reward function for the RL trainer: examples and answers in, terms by name out.

    Args:
        parse: Reads an answer into calls.
    """

    def __init__(self, parse: Parse) -> None:
        self.parse = parse

    def __call__(self, examples: Sequence[Example], completions: Sequence[str]) -> list[dict[str, float]]:
        """Per answer "total" (1: right) and "parsed" (1: could be read); neither where the example is at fault."""
        verdicts = [check(example, text, parse=self.parse) for example, text in zip(examples, completions, strict=True)]
        return [
            {"total": float(verdict.correct), "parsed": float(verdict.failure != Failure.UNPARSEABLE)}
            if verdict.example_error is None
            else {}
            for verdict in verdicts
        ]
