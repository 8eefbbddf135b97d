"""A target that answers what it was told: for tests, and for trying rewards without a model."""

from collections.abc import Callable, Sequence

from sparring.engine.drafted import Drafted
from sparring.records import Example
from sparring.targets.replies import Replies, whole

Script = Callable[[Example, int], str]


class ScriptedTarget:
    """Answers by a function of the example and the sample's number.

    Args:
        script: Gives the text.
        logprob: Gives the log-likelihood of the gold; by default 0 (certain).
    """

    def __init__(self, script: Script, logprob: Callable[[Example], float] = lambda example: 0.0) -> None:
        self.script = script
        self.logprob = logprob

    def answer(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> list[list[str]]:
        """The script's texts; temperature and seed change nothing."""
        return [[self.script(example, sample) for sample in range(samples)] for example in examples]

    def ask(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> Replies:
        """The same; no row is ever lost."""
        return whole(self.answer(examples, samples, temperature, seed))

    def gold_logprob(self, examples: Sequence[Example], texts: Sequence[str]) -> list[float]:
        """The scripted log-likelihoods."""
        return [self.logprob(example) for example in examples]

    def answer_drafts(self, examples: Sequence[Example], drafts: Sequence[str]) -> list[Drafted]:
        """The script's first texts, each with the scripted log-likelihood."""
        answers = [self.script(example, 0) for example in examples]
        pairs = zip(examples, answers, drafts, strict=True)
        return [Drafted(text, self.logprob(example), text == draft) for example, text, draft in pairs]
