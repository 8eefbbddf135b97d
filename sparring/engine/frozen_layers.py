"""What the layers below the lowest adapter make of each training row, computed once for all epochs.

Where only the upper layers have adapters, the lower ones never change: no gradient passes them, and in a second epoch
they would make of a row what they made of it in the first. The surprise: all rows are read before the first step, in
batches that depend on the rows alone, so that a training that goes on from a checkpoint finds the very same bytes.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch

from sparring.engine.batching import batches
from sparring.engine.prefill import TokenIds, takes_masks
from sparring.progress import steps

TOKENS_AT_ONCE = 2048
MOST_BYTES = 1 << 30  # of kept states; more rows are read anew in every epoch
Reading = Callable[[Any, Sequence[TokenIds]], torch.Tensor]  # a decoder and rows; states (rows, width, dimensions)


def in_a_row(decoder: Any, rows: Sequence[TokenIds]) -> torch.Tensor:
    """States of rows that are read from their first token to their last, padded at their end."""
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
    return decoder(input_ids=ids.to(decoder.device), use_cache=False).last_hidden_state  # type: ignore[no-any-return]


class FrozenLayers:
    """The frozen lower part of a decoder and the trained upper one, with the states between them by row.

    Args:
        decoder: A decoder whose layers all look back at everything, adapters in it.
        lowest: Number of its lowest layer with an adapter, above 0.
        reading: How a decoder reads rows.
    """

    def __init__(self, decoder: Any, lowest: int, reading: Reading = in_a_row) -> None:
        self._reading = reading
        self.lower = _part(decoder, slice(0, lowest), torch.nn.Identity())
        self.upper = _part(decoder, slice(lowest, None), decoder.norm)
        self._states: dict[tuple[int, ...], torch.Tensor] = {}

    @torch.no_grad()
    def read(self, rows: Sequence[TokenIds], label: str) -> None:
        """Keeps the states of the rows."""
        distinct = sorted({tuple(row) for row in rows})
        for batch in steps(list(batches(list(map(len, distinct)), TOKENS_AT_ONCE)), label):
            hidden = self._reading(self.lower, [list(distinct[i]) for i in batch])
            self._states |= {distinct[i]: hidden[place, : len(distinct[i])].clone() for place, i in enumerate(batch)}

    def states(self, ids: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
        """States (rows, width, dimensions) of rows that were read, zero at their padding.

        Args:
            ids: Token ids, padded at the end, (rows, width).
            lengths: Tokens of each row; those beyond the width are left out.
        """
        found = [self._states[tuple(row[:length])] for row, length in zip(ids.tolist(), lengths, strict=True)]
        made = found[0].new_zeros(len(found), ids.shape[1], found[0].shape[1])
        for place, states in enumerate(found):
            made[place, : len(states)] = states
        return made


def frozen_layers(model: Any, rows: Sequence[TokenIds], label: str, reading: Reading = in_a_row) -> FrozenLayers | None:
    """The states of the rows below the lowest adapter; None where that saves nothing, is too much, or cannot be told.

    Args:
        model: A causal language model with an adapter.
        rows: Token ids of the training rows.
        label: What the progress line says.
        reading: How a decoder reads rows.
    """
    inner = model.get_base_model()
    decoder = inner.get_decoder()
    lowest = _lowest_trained(decoder)
    tokens = sum(map(len, {tuple(row) for row in rows}))
    too_much = tokens * decoder.config.hidden_size * decoder.dtype.itemsize > MOST_BYTES
    if not lowest or too_much or not takes_masks(inner):
        return None
    made = FrozenLayers(decoder, lowest, reading)
    if not _splits(decoder, made, rows[0]):
        return None
    made.read(rows, label)
    return made


def _lowest_trained(decoder: Any) -> int:
    """Number of the lowest layer that trains; 0 where what stands before the layers trains, or nothing is known."""
    layers = getattr(decoder, "layers", None)
    if not isinstance(layers, torch.nn.ModuleList) or not hasattr(decoder, "norm"):
        return 0
    if any(weights.requires_grad for weights in decoder.get_input_embeddings().parameters()):
        return 0
    trained = (number for number, layer in enumerate(layers) if any(w.requires_grad for w in layer.parameters()))
    return next(trained, 0)


@torch.no_grad()
def _splits(decoder: Any, made: FrozenLayers, row: TokenIds) -> bool:
    """Whether both parts, one after the other, are the whole: some models scale what they read."""
    ids = torch.tensor([row], device=decoder.device)
    between = made.lower(input_ids=ids, use_cache=False).last_hidden_state
    found = made.upper(inputs_embeds=between, use_cache=False).last_hidden_state
    return torch.equal(found, decoder(input_ids=ids, use_cache=False).last_hidden_state)


def _part(decoder: Any, chosen: slice, norm: torch.nn.Module) -> Any:
    """A decoder of some of the layers, which are the same objects."""
    made = copy.copy(decoder)
    made._modules = dict(decoder._modules)
    made.layers = decoder.layers[chosen]
    made.norm = norm
    return made
