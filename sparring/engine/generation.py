"""Writing after what was read: prompts are read once, and rows that have ended leave the batch.

A batch is as slow as its longest answer, and most are far shorter: whenever half of the rows have ended, the others go
on among themselves. The prompts' padding stays, so that whoever masks logits finds the text where it was.
"""

from collections.abc import Callable
from typing import Any

import torch
from transformers import DynamicCache, StoppingCriteria, StoppingCriteriaList

from sparring.engine.models import Model
from sparring.engine.prefill import read

Generate = Callable[..., torch.Tensor]


def reading_once(model: Model) -> Generate:
    """The model's `generate`, which reads what rows have in common once, and decodes only rows that have not ended."""
    generate = model.generate

    def run(*, input_ids: torch.Tensor, attention_mask: torch.Tensor, **options: Any) -> torch.Tensor:
        rows = [ids[present].tolist()[:-1] for ids, present in zip(input_ids, attention_mask.bool(), strict=True)]
        if "past_key_values" not in options and all(rows):
            places: dict[tuple[int, ...], int] = {}
            own = [places.setdefault(tuple(row), len(places)) for row in rows]  # samples of one prompt read it once
            reading = read(model, [list(row) for row in places], [0] * len(places))
            cache = reading.cache(own, list(map(len, rows)))
            if cache is not None:
                return write_on(model, generate, input_ids, attention_mask, cache, **options)
        return generate(input_ids=input_ids, attention_mask=attention_mask, **options)  # type: ignore[no-any-return]

    return run


def write_on(
    model: Model, generate: Generate, ids: torch.Tensor, mask: torch.Tensor, cache: DynamicCache, **options: Any
) -> torch.Tensor:
    """What `generate` gives, in fewer steps of ever fewer rows.

    Args:
        model: Whose `generate` it is.
        generate: Transformers' `generate` of the model, perhaps wrapped.
        ids: Prompts, padded on the left, (rows, width).
        mask: Their attention mask, (rows, width).
        cache: Keys and values of all but the last token of each; it is used up.
        options: For `generate`; a longest text is among them or in their `generation_config`.

    Returns:
        Prompts and what was written, padded at the end, (rows, width + longest).
    """
    config = options.get("generation_config") or model.generation_config
    room = options.pop("max_new_tokens", None) or config.max_new_tokens
    pad = options.get("pad_token_id", config.pad_token_id)
    ends = torch.tensor(_as_list(config.eos_token_id), device=ids.device)
    rows, width = ids.shape
    written = torch.full((rows, width + room), pad, dtype=ids.dtype, device=ids.device)
    left = torch.arange(rows, device=ids.device)
    longest = width
    while True:
        begun = ids.shape[1]
        stop = StoppingCriteriaList([HalfHaveEnded(begun, ends)])
        ids = generate(
            input_ids=ids,
            attention_mask=mask,
            past_key_values=cache,
            max_new_tokens=width + room - begun,
            stopping_criteria=stop,
            **options,
        )
        longest = ids.shape[1]
        written[left, :longest] = ids
        going_on = (~_ended(ids[:, begun:], ends)).nonzero().squeeze(1)
        if not len(going_on) or longest == width + room:
            return written[:, :longest]
        mask = torch.cat([mask, mask.new_ones(len(left), longest - begun)], dim=1)[going_on]
        ids, left = ids[going_on], left[going_on]
        cache.batch_select_indices(going_on)


class HalfHaveEnded(StoppingCriteria):  # type: ignore[misc]
    """Stops a whole batch as soon as half of its rows have ended.

    Args:
        begun: Width of what was given.
        ends: Tokens after which nothing is written.
    """

    def __init__(self, begun: int, ends: torch.Tensor) -> None:
        self.begun = begun
        self.ends = ends

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **others: Any) -> torch.Tensor:
        """Per row whether it stops: all alike."""
        ended = _ended(input_ids[:, self.begun :], self.ends)
        return (2 * ended.sum() >= len(ended)).expand(len(ended))


def _ended(written: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    return torch.isin(written, ends).any(dim=1)


def _as_list(token: int | list[int] | None) -> list[int]:
    return [] if token is None else token if isinstance(token, list) else [token]
