"""Completions of one prompt packed behind it: a group of eight is read as one row with the prompt in it once.

A mask keeps each completion to the prompt and itself, and positions begin anew behind the prompt, so that every token
sees what it would see in a row of its own. The prompt's last token stands before each completion: what follows it
differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from sparring.engine.prefill import TokenIds

IGNORED = -100


@dataclass(frozen=True)
class Packed:
    """Rows of prompts, each with its completions behind it.

    Attributes:
        ids: Token ids, (prompts, width).
        mask: Added to the scores of attention, (prompts, 1, width, width).
        positions: Each token's place in a row of its own, (prompts, width).
        labels: The token that follows where one is to be scored, else -100; (prompts, width).
        places: Per completion its prompt, and the column of the token before its first.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    positions: torch.Tensor
    labels: torch.Tensor
    places: list[tuple[int, int]]

    def unpacked(self, values: torch.Tensor, lengths: Sequence[int], width: int) -> torch.Tensor:
        """Values by column, (prompts, width), as values of the completions' tokens, (completions, `width`)."""
        rows = []
        for (prompt, begin), length in zip(self.places, lengths, strict=True):
            row = values[prompt, begin : begin + length]
            rows.append(torch.nn.functional.pad(row, (0, width - length)))
        return torch.stack(rows)


def pack(
    prompts: Sequence[TokenIds], completions: Sequence[TokenIds], dtype: torch.dtype, device: torch.device
) -> Packed:
    """Packs completions behind their prompts; those of an equal prompt share it.

    Args:
        prompts: Token ids per completion, at least one each.
        completions: Token ids; may be empty.
        dtype: Of the mask.
        device: Where the model is.
    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, prompt in enumerate(prompts):
        groups.setdefault(tuple(prompt), []).append(number)
    return pack_groups(list(groups.items()), completions, dtype, device)


def pack_groups(
    groups: Sequence[tuple[Sequence[int], Sequence[int]]],
    completions: Sequence[TokenIds],
    dtype: torch.dtype,
    device: torch.device,
) -> Packed:
    """Packs completions behind prompts that are given once each.

    Args:
        groups: A prompt, at least one token, and the numbers of its completions.
        completions: Token ids; may be empty.
        dtype: Of the mask.
        device: Where the model is.
    """
    width = max(len(head) - 1 + sum(1 + len(completions[i]) for i in members) for head, members in groups)
    ids, labels = torch.zeros(len(groups), width, dtype=torch.long), torch.full((len(groups), width), IGNORED)
    positions = torch.zeros(len(groups), width, dtype=torch.long)
    seen = torch.eye(width, dtype=torch.bool).repeat(len(groups), 1, 1)  # padding looks at itself
    places = [(0, 0)] * len(completions)
    for row, (head, members) in enumerate(groups):
        begin = len(head) - 1
        ids[row, :begin] = torch.tensor(head[:-1], dtype=torch.long)
        positions[row, :begin] = torch.arange(begin)
        seen[row, :begin, :begin] = torch.ones(begin, begin, dtype=torch.bool).tril()
        for number in members:
            part = torch.tensor([head[-1], *completions[number]])
            end = begin + len(part)
            ids[row, begin:end] = part
            labels[row, begin : end - 1] = part[1:]
            positions[row, begin:end] = torch.arange(len(head) - 1, len(head) - 1 + len(part))
            seen[row, begin:end, : len(head) - 1] = True
            seen[row, begin:end, begin:end] = torch.ones(len(part), len(part), dtype=torch.bool).tril()
            places[number] = (row, begin)
            begin = end
    mask = torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min).unsqueeze(1)
    return Packed(ids.to(device), mask.to(device), positions.to(device), labels.to(device), places)
