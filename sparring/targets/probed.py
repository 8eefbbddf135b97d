"""A model of this machine that answers a question by the score of a linear probe, not by what it would say.

It is asked and kept as any checkpoint is (sparring/targets/checkpoint.py). The surprise: it is a model of its own in
memory, without the layers above the probe, also where the whole one is loaded to answer.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from sparring.config import Params
from sparring.engine.models import load_model
from sparring.engine.probe import Floats, Probe, cut_above, last_states
from sparring.records import Example
from sparring.targets import Target
from sparring.targets.checkpoint import Checkpoint
from sparring.targets.local import LocalTarget
from sparring.targets.settings import TargetSettings
from sparring.terminal import say

PORTION = 64  # questions that are kept at once


class ProbedTarget(LocalTarget):
    """A local target whose answers are a probe's scores.

    Args:
        base: Folder of the base model.
        adapter: Folder of its LoRA adapter; None for the base alone.
        params: The recipe: dialect, batch size, number format.
        layer: Layers that are run.
        probe: Who answers; None where states alone are asked for.
    """

    def __init__(self, base: Path, adapter: Path | None, params: Params, layer: int, probe: Probe | None) -> None:
        super().__init__(base, adapter, params, cut_above(load_model(base, adapter, params.models.dtype), layer))
        self.probe = probe

    def answer_to_the_end(
        self, examples: Sequence[Example], samples: int, temperature: float, seed: int
    ) -> list[list[tuple[str, bool]]]:
        """The score of each question's states, in digits, `samples` times the same."""
        if self.probe is None:
            raise ValueError("no probe to answer by")
        return [[(repr(score), True)] * samples for score in self.probe.scores(self.states(examples))]

    def states(self, examples: Sequence[Example]) -> Floats:
        """What it makes of the last token of each question, (examples, dimensions)."""
        prompts = [self._prompt(example) for example in examples]
        return last_states(self.model, prompts, self.params.rollout.batch_tokens, "questions read")

    def kept_states(self, examples: Sequence[Example], model: str, folder: Path) -> Floats:
        """What `states` gives, in portions that stay in a folder: a start after an interruption goes on.

        Args:
            examples: The questions.
            model: Digest of the model, a part of the files' names.
            folder: Where the portions lie.
        """
        found: list[Floats] = []
        for start in range(0, len(examples), PORTION):
            part = examples[start : start + PORTION]
            told = [model, str(len(self.model.get_decoder().layers)), self.params.models.dtype]
            told += [message.content for example in part for message in example.messages]
            path = folder / f"{hashlib.sha256(chr(0).join(told).encode()).hexdigest()[:16]}.npy"
            if not path.exists():
                folder.mkdir(parents=True, exist_ok=True)
                partial = path.with_suffix(".partial.npy")
                np.save(partial, self.states(part))
                partial.replace(path)
            found.append(np.load(path))
            say(f"questions: {start + len(part)} of {len(examples)} read")
        return np.concatenate(found)


@contextmanager
def probed(settings: TargetSettings, params: Params, probe: Probe, journal: Path) -> Iterator[Target]:
    """The model opened as a target that answers by the probe."""
    adapter = None if settings.adapter is None else Path(settings.adapter)
    yield Checkpoint(ProbedTarget(Path(settings.model), adapter, params, probe.fitted.layer, probe), journal)
