"""How large a model is, as its configuration tells, or before there is one as its name does."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparring.errors import InputError
from sparring.storage import read_json

QUICKSTART_PARAMETERS = 135e6


@dataclass(frozen=True)
class ModelShape:
    """A decoder's sizes.

    Attributes:
        layers: Number of layers.
        hidden: Width between layers.
        inner: Width inside a layer's feed-forward part.
        attention: Parameters of a layer's attention.
        kept: Numbers that a layer keeps of a token for those after it, keys and values together.
        vocabulary: Words of the output layer.
    """

    layers: int
    hidden: int
    inner: int
    attention: int
    kept: int
    vocabulary: int

    @property
    def in_layers(self) -> int:
        """Parameters of all layers: each costs two operations a token."""
        return self.layers * (self.attention + 3 * self.hidden * self.inner)

    @property
    def output(self) -> int:
        """Parameters of the output layer."""
        return self.hidden * self.vocabulary

    def lora(self, rank: int, layers: int | None) -> int:
        """Parameters of an adapter on the linear maps of the uppermost layers (None: of all)."""
        ends = 6 * self.hidden + self.kept + 3 * (self.hidden + self.inner)
        return rank * ends * (self.layers if layers is None else layers)


QUICKSTART = ModelShape(layers=30, hidden=576, inner=1536, attention=884_736, kept=384, vocabulary=49_152)


def shape_of(base: Path, name: str) -> ModelShape | None:
    """The shape of a prepared model, or one of the size that its name tells; None where neither tells any.

    Args:
        base: The model's folder, which may not be there yet.
        name: What the recipe calls it.
    """
    config = base / "config.json"
    if config.exists():
        try:
            return _configured(read_json(config))
        except (InputError, KeyError, TypeError):
            return None
    parameters = parameters_in(name)
    if parameters is None:
        return None
    scale = (parameters / QUICKSTART_PARAMETERS) ** 0.5
    return ModelShape(
        layers=QUICKSTART.layers,
        hidden=round(QUICKSTART.hidden * scale),
        inner=round(QUICKSTART.inner * scale),
        attention=round(QUICKSTART.attention * scale**2),
        kept=round(QUICKSTART.kept * scale),
        vocabulary=QUICKSTART.vocabulary,
    )


def parameters_in(name: str) -> float | None:
    """Number of parameters that a model's name tells, as in "135m" or "0.6B"; None where it tells none."""
    found = re.search(r"(?<![\d.])(\d+(?:\.\d+)?)([mb])(?![a-z])", name.rpartition("/")[2].lower())
    return None if found is None else float(found[1]) * (1e6 if found[2] == "m" else 1e9)


def _configured(config: dict[str, Any]) -> ModelShape:
    hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    size = int(config.get("head_dim") or hidden // heads)
    kept = int(config.get("num_key_value_heads") or heads) * size
    return ModelShape(
        layers=int(config["num_hidden_layers"]),
        hidden=hidden,
        inner=int(config["intermediate_size"]),
        attention=2 * hidden * heads * size + 2 * hidden * kept,
        kept=2 * kept,
        vocabulary=int(config["vocab_size"]),
    )
