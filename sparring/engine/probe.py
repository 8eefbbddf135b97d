"""A linear probe: what a model makes of a question's last token, and what else is known, weighed into one number.

What a model knows stands in its middle layers more plainly than in the word that it says (Azaria and Mitchell, 2023;
"The Internal State of an LLM Knows When It's Lying"). The layers above the probe are never run. The surprise: states
are read behind the model's last norm, whichever layer they come from, so that their size says nothing.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from sparring.engine.memory import trim_memory
from sparring.engine.models import Model
from sparring.engine.prefill import TokenIds, read, read_batches
from sparring.progress import steps
from sparring.records import Record

Floats = NDArray[np.float64]
DEPTH = 0.7  # of the layers: above that, what is known turns into what is said


class Fitted(Record):
    """What a probe was fitted to.

    Attributes:
        model: SHA-256 of the model's folders.
        question: SHA-256 of what stands in every question.
        layer: Layers that are run.
        dtype: Number format of the model.
        rows: SHA-256 of the labelled rows.
    """

    model: str
    question: str
    layer: int = Field(ge=1)
    dtype: str
    rows: str


class Probe(Record):
    """A weighted sum of a token's states and of what else is known, and what it must be above.

    Attributes:
        weights: One a dimension of the states.
        evidence: Weights of what else is known, by name.
        bound: A sum above it says yes.
        fitted: What it was fitted to.
    """

    weights: list[float]
    evidence: dict[str, float]
    bound: float
    fitted: Fitted

    def scores(self, states: Floats) -> list[float]:
        """The states' part of the sum, of each row of (rows, dimensions)."""
        return [float(score) for score in states @ np.asarray(self.weights)]

    def says(self, score: float, known: Iterable[str]) -> bool:
        """Whether the states' part and what else is known come to a yes."""
        return score + sum(self.evidence.get(name, 0.0) for name in sorted(known)) > self.bound


def cut_above(model: Model, layer: int) -> Model:
    """The model without the layers above the first `layer`: it reads as before and writes nothing any more."""
    decoder = model.get_decoder()
    for config in (model.config, decoder.config):
        config.num_hidden_layers = layer
        if getattr(config, "layer_types", None):
            config.layer_types = list(config.layer_types)[:layer]
    decoder.layers = decoder.layers[:layer]
    return model


@torch.inference_mode()
def last_states(model: Model, prompts: Sequence[TokenIds], batch_tokens: int, label: str) -> Floats:
    """What the model makes of each prompt's last token, (prompts, dimensions)."""
    found: dict[int, Floats] = {}
    for batch in steps(list(read_batches(prompts, [1] * len(prompts), batch_tokens)), label):
        tails = read(model, [prompts[i] for i in batch], [1] * len(batch)).tails
        found |= {i: tail[-1].double().cpu().numpy() for i, tail in zip(batch, tails, strict=True)}
        trim_memory()
    return np.stack([found[i] for i in range(len(prompts))])
