"""Arithmetic on the weights of LoRA adapters: the mean of several, and one that holds an offset.

What is made has the rank that it is made of, so that it is trained on, merged and served like any adapter of the
recipe. The surprise: a mean of adapters is the mean of their products, whose rank is twice as high; what the rank
cannot hold is cut off by singular values (less than a hundredth of a round's update: docs/dials.md).
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from sparring.engine.fitted_adapter import FILES
from sparring.engine.offset_piece import Piece

FIRST, SECOND = ".lora_A.weight", ".lora_B.weight"
WITHIN = "base_model.model."  # before a module's name in the base
ROW_NORM = 3.0**-0.5  # of the first map's rows, as LoRA begins with them: what is trained on learns at the same pace


@dataclass(frozen=True)
class AdapterWeights:
    """An adapter as it lies in its folder.

    Attributes:
        weights: By name.
        scaling: What the product of both maps is multiplied by.
        config: Its configuration, as text.
    """

    weights: Mapping[str, torch.Tensor]
    scaling: float
    config: str

    def product(self, module: str) -> tuple[torch.Tensor, torch.Tensor]:
        """The two maps of a module, (out, rank) and (rank, in), without the scaling."""
        return self.weights[module + SECOND].double(), self.weights[module + FIRST].double()

    @property
    def modules(self) -> list[str]:
        """Names of the modules that it adapts, as they stand in the file."""
        return sorted(name.removesuffix(FIRST) for name in self.weights if name.endswith(FIRST))


def read_adapter(folder: Path) -> AdapterWeights:
    """The adapter in a folder that this project wrote."""
    config = (folder / FILES[0]).read_text(encoding="utf-8")
    said = json.loads(config)
    return AdapterWeights(load_file(folder / FILES[1]), said["lora_alpha"] / said["r"], config)


def write_adapter(adapter: AdapterWeights, folder: Path) -> None:
    """Writes the adapter whole or not at all; equal weights give equal bytes."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / FILES[0]).write_text(adapter.config, encoding="utf-8")
    save_file({name: each.contiguous() for name, each in adapter.weights.items()}, partial / FILES[1], {"format": "pt"})
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def mean_of(adapters: Sequence[AdapterWeights], shares: Sequence[float] | None = None) -> AdapterWeights:
    """The weighted sum of adapters of one base, by their products, at the first one's rank.

    Args:
        adapters: Adapters of the same modules.
        shares: How much of the sum each is; None for the same of all. What they leave of one is the bare base's.
    """
    trained = adapters[0]
    weights = [1 / len(adapters)] * len(adapters) if shares is None else shares
    made = dict(trained.weights)
    for module in trained.modules:
        products = [adapter.product(module) for adapter in adapters]
        ratios = [share * adapter.scaling / trained.scaling for share, adapter in zip(weights, adapters, strict=True)]
        parts = [ratio * second for ratio, (second, _) in zip(ratios, products, strict=True)]
        if len(parts) == 1:  # nothing to cut: its first map stays as it is
            made[module + SECOND] = parts[0].to(trained.weights[module + SECOND].dtype)
            continue
        first = torch.cat([first for _, first in products])
        made |= _cut(trained, module, torch.cat(parts, dim=1), first, rank=len(products[0][1]))
    return AdapterWeights(made, trained.scaling, trained.config)


def with_offset(adapter: AdapterWeights, module: str, piece: Piece, offset: float) -> AdapterWeights:
    """The adapter with so many nats of a piece in place of the module's weakest direction.

    What that direction did to the decision on the average is made up for.
    """
    second, first = adapter.product(module)
    cut = _factored(second, first, len(first) - 1)
    added = offset - piece.nats(adapter.scaling * (cut[0] @ cut[1] - second @ first))
    norm = piece.inward.norm()
    row, column = ROW_NORM / norm * piece.inward, added * norm / (ROW_NORM * adapter.scaling) * piece.outward
    joined = torch.cat([cut[0], column[:, None]], dim=1), torch.cat([cut[1], row[None]])
    return AdapterWeights(dict(adapter.weights) | _named(adapter, module, *joined), adapter.scaling, adapter.config)


def writing_module(adapter: AdapterWeights, order: Sequence[str], width: int) -> str:
    """The adapted module that writes to the model's states last: an MLP's second map in the last layer.

    Args:
        adapter: The adapter.
        order: Names of the base's modules, as they stand in it one after the other.
        width: Of the model's states.
    """
    writing = [module for module in adapter.modules if adapter.weights[module + SECOND].shape[0] == width]
    return max(writing, key=lambda module: order.index(module.removeprefix(WITHIN)))


def _cut(
    adapter: AdapterWeights, module: str, second: torch.Tensor, first: torch.Tensor, rank: int
) -> dict[str, torch.Tensor]:
    return _named(adapter, module, *_factored(second, first, rank))


def _named(adapter: AdapterWeights, module: str, second: torch.Tensor, first: torch.Tensor) -> dict[str, torch.Tensor]:
    names = {module + SECOND: second, module + FIRST: first}
    return {name: each.to(adapter.weights[name].dtype).contiguous() for name, each in names.items()}


def _factored(second: torch.Tensor, first: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The nearest product of a rank to a product: (out, rank) and (rank, in), the latter with rows of one norm."""
    left, upper = torch.linalg.qr(second)  # (out, k), (k, k)
    right, lower = torch.linalg.qr(first.T)  # (in, k), (k, k)
    u, values, v = torch.linalg.svd(upper @ lower.T)
    return left @ u[:, :rank] * (values[:rank] / ROW_NORM), ROW_NORM * (v[:rank] @ right.T)
