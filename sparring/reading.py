"""Reading rows of tokens into a model's cache: a common beginning once, and causality in place of a mask.

Rows that attack one seed differ in their last tenth: the tools before it are read once for all of them. While they are
read, rows are padded at their end, where nothing real looks, so that attention needs no mask and skips its upper half.
Generation then gets the cache laid out as if padded on the left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from sparring.models import Model

TokenIds = list[int]
SHARED = 0.5  # of a row: a shorter common beginning saves too little
WORTH_SHARING = 16  # tokens
HELD = 3  # cached tokens, in batches' worth of read ones


@dataclass(frozen=True)
class Reading:
    """Rows that a model has read.

    Attributes:
        tails: Per row the last hidden states of its last tokens, (tail, dimensions); empty where none were asked for.
        layers: Per layer keys and values, (rows, heads, slots, dimensions); None where the model keeps another cache.
        begun: Per row the tokens that stand in its first slots; the others follow from slot `width` on.
        width: Slots of the common beginnings.
    """

    tails: list[torch.Tensor]
    layers: list[tuple[torch.Tensor, torch.Tensor]] | None
    begun: list[int]
    width: int

    def cache(self, rows: Sequence[int], lengths: Sequence[int]) -> DynamicCache | None:
        """The first `lengths` tokens of some rows, padded on the left; None where the model keeps another cache."""
        if self.layers is None:
            return None
        longest, slots = max(lengths), []
        for row, length in zip(rows, lengths, strict=True):
            first = min(length, self.begun[row])
            later = range(self.width, self.width + length - first)
            slots.append([0] * (longest - length) + [*range(first), *later])
        made, device = DynamicCache(), self.layers[0][0].device
        wanted, chosen = torch.tensor(slots, device=device), torch.tensor(list(rows), device=device)
        for number, states in enumerate(self.layers):
            keys, values = (_gathered(each[chosen], wanted) for each in states)
            made.update(keys, values, number)
        return made


@torch.no_grad()
def read(model: Model, rows: Sequence[TokenIds], tails: Sequence[int]) -> Reading:
    """Reads the rows in one go.

    Args:
        model: A causal language model, with or without an adapter around it.
        rows: Token ids, at least one a row.
        tails: Per row how many hidden states are wanted, from its end; fewer than it has tokens.
    """
    inner = getattr(model, "get_base_model", lambda: model)()
    decoder = inner.get_decoder()
    if not remembers_all(inner):
        return Reading(_masked(decoder, rows, tails, model.device), None, [], 0)
    groups = _groups(rows, tails)
    owner = {row: number for number, (members, _) in enumerate(groups) for row in members}
    begun = [groups[owner[row]][1] for row in range(len(rows))]
    heads = [rows[members[0]][:shared] for members, shared in groups]
    cache = _read_heads(decoder, heads, model.device)
    width, rest = cache.get_seq_length(), [row[shared:] for row, shared in zip(rows, begun, strict=True)]
    places = torch.tensor([owner[row] for row in range(len(rows))], device=model.device)
    for layer in cache.layers:
        layer.keys, layer.values = layer.keys[places], layer.values[places]
    found = [torch.empty(0, device=model.device) for _ in rows]
    if any(rest):
        ids = _padded_at_end([each or [0] for each in rest], model.device)
        offset = torch.tensor(begun, device=model.device).unsqueeze(1)
        seen = torch.arange(width, device=model.device) < offset  # (rows, width)
        hidden = decoder(
            input_ids=ids,
            attention_mask=torch.cat([seen, torch.ones_like(ids, dtype=torch.bool)], dim=1).long(),
            position_ids=offset + torch.arange(ids.shape[1], device=model.device),
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state
        found = [hidden[row, len(each) - tails[row] : len(each)] for row, each in enumerate(rest)]
    return Reading(found, [(layer.keys, layer.values) for layer in cache.layers], begun, width)


def _read_heads(decoder: Model, heads: Sequence[TokenIds], device: torch.device) -> DynamicCache:
    """Keys and values of rows padded at their end; what all of them begin with (instructions) is read once."""
    begun = min(max(map(len, heads)) - 1, *(_common(heads[0], head) for head in heads))
    if len(heads) < 2 or begun < WORTH_SHARING:
        return decoder(input_ids=_padded_at_end(heads, device), use_cache=True).past_key_values
    cache = decoder(input_ids=_padded_at_end([heads[0][:begun]], device), use_cache=True).past_key_values
    cache.batch_repeat_interleave(len(heads))
    ids = _padded_at_end([head[begun:] for head in heads], device)
    return decoder(input_ids=ids, past_key_values=cache, use_cache=True).past_key_values


def read_batches(rows: Sequence[TokenIds], tails: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices in batches, longest beginnings first; rows of a common beginning stay together where they fit.

    A batch reads at most `batch_tokens` with its padding, and holds at most three times as many; one row always fits.
    """

    def fits(batch: list[int]) -> bool:
        groups = _groups([rows[i] for i in batch], [tails[i] for i in batch])
        head = max(shared for _, shared in groups)
        rest = max(len(rows[batch[i]]) - shared for members, shared in groups for i in members)
        return (
            len(groups) * head + len(batch) * rest <= batch_tokens and len(batch) * (head + rest) <= HELD * batch_tokens
        )

    batch: list[int] = []
    for members, _ in sorted(_groups(rows, tails), key=lambda group: (-group[1], group[0])):
        if batch and not fits([*batch, *members]):
            yield batch
            batch = []
        for row in members:
            if batch and not fits([*batch, row]):
                yield batch
                batch = []
            batch.append(row)
    if batch:
        yield batch


def remembers_all(model: Model) -> bool:
    """Whether every layer keeps keys and values of all tokens: no sliding window, no state."""
    layers = DynamicCache(config=model.config).layers
    return all(type(layer) is DynamicLayer for layer in layers)


def _groups(rows: Sequence[TokenIds], tails: Sequence[int]) -> list[tuple[list[int], int]]:
    """Rows in groups of a common beginning, and how long it is; it never reaches into a row's tail.

    A row joins where its own beginning saves more than a shorter common one costs those that are there.
    """
    groups: list[tuple[list[int], int]] = []
    for index in sorted(range(len(rows)), key=lambda i: (rows[i], i)):
        row, limit = rows[index], len(rows[index]) - tails[index]
        if groups:
            members, shared = groups[-1]
            common = min(_common(rows[members[0]], row), shared, limit)
            if common >= SHARED * max(len(row), shared) and len(members) * (shared - common) <= shared:
                groups[-1] = [*members, index], common
                continue
        groups.append(([index], limit))
    return groups


def _common(one: TokenIds, other: TokenIds) -> int:
    return next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _gathered(states: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
    """(rows, heads, slots, dimensions) with the slots of each row in a new order, (rows, wanted slots)."""
    index = slots[:, None, :, None].expand(-1, states.shape[1], -1, states.shape[3])
    return states.gather(2, index)


def _padded_at_end(rows: Sequence[TokenIds], device: torch.device) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=device)


def _masked(decoder: Model, rows: Sequence[TokenIds], tails: Sequence[int], device: torch.device) -> list[torch.Tensor]:
    """The tails of rows padded on the left, with a mask: for models with a cache of their own."""
    if not any(tails):
        return [torch.empty(0, device=device) for _ in rows]
    width = max(map(len, rows))
    ids = torch.tensor([[0] * (width - len(row)) + list(row) for row in rows], device=device)
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=device)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    hidden = decoder(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False).last_hidden_state
    return [hidden[row, width - tail :] for row, tail in enumerate(tails)]
