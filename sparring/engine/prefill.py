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

from sparring.engine.batching import HELD, batches
from sparring.engine.models import Model, device
from sparring.engine.short_attention import NAME as SHORT_ROWS

TokenIds = list[int]
Layer = tuple[torch.Tensor, torch.Tensor]  # keys and values, both (rows, heads, slots, dimensions)
MASKED = ("sdpa", "eager", SHORT_ROWS)  # attention that takes a mask of any shape
SHARED = 0.5  # of a row: a shorter common beginning saves too little
WORTH_SHARING = 16  # tokens
TOKENS_AT_ONCE = 1024  # on a CPU: matrices of this height are as quick as any


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
    layers: list[Layer] | None
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
    alone = {members[0]: number for number, (members, _) in enumerate(groups) if len(members) == 1}  # read to its end
    heads = [rows[members[0]] if len(members) == 1 else rows[members[0]][:length] for members, length in groups]
    begun = [len(heads[owner[row]]) for row in range(len(rows))]
    wanted = [tails[members[0]] if len(members) == 1 else 0 for members, _ in groups]
    shared = _instructions(heads, wanted)
    first = _Beginnings([], [0] * len(heads), [shared] * len(heads))
    if shared:
        ids = _padded_at_end([heads[0][:shared]], model.device)
        first.layers.extend(_states(decoder(input_ids=ids, use_cache=True).past_key_values))
    whole, ends = _read_on(decoder, first, [head[shared:] for head in heads], wanted)
    begin = _Beginnings(whole, [owner[row] for row in range(len(rows))], begun)
    rest = [row[length:] for row, length in zip(rows, begun, strict=True)]
    layers, found = _read_on(decoder, begin, rest, tails)
    found = [ends[alone[row]] if row in alone else tail for row, tail in enumerate(found)]
    return Reading(found, layers, begun, max(begun))


def _instructions(heads: Sequence[TokenIds], tails: Sequence[int]) -> int:
    """How many tokens all rows begin with, before any tail, and are read once; 0 where that saves too little."""
    before = min(len(head) - tail for head, tail in zip(heads, tails, strict=True))
    common = min(before, max(map(len, heads)) - 1, *(common_beginning(heads[0], head) for head in heads))
    return common if len(heads) > 1 and common >= WORTH_SHARING else 0


@dataclass(frozen=True)
class _Beginnings:
    """What stands before rows that are read on: layers of some beginnings, and per row whose it is and how long."""

    layers: list[Layer]
    owner: list[int]
    lengths: list[int]


def _read_on(
    decoder: Model, begin: _Beginnings, rests: Sequence[TokenIds], tails: Sequence[int]
) -> tuple[list[Layer], list[torch.Tensor]]:
    """Reads rows on: layers with the rests in the slots behind the longest beginning, and the rows' tails."""
    device, width = decoder.device, max(begin.lengths)
    slots = width + max(map(len, rests))
    layers: list[Layer] = []
    found = [torch.empty(0, device=device) for _ in rests]
    for part in _parts([len(rest) for rest in rests], device):
        inside, cache = max(begin.lengths[row] for row in part), DynamicCache()
        own = torch.tensor([begin.owner[row] for row in part], device=device)
        for number, (keys, values) in enumerate(begin.layers):
            cache.update(keys[own, :, :inside], values[own, :, :inside], number)
        if rests[part[0]]:
            ids = _padded_at_end([rests[row] for row in part], device)
            offset = torch.tensor([begin.lengths[row] for row in part], device=device).unsqueeze(1)
            seen = torch.arange(inside, device=device) < offset  # (part, inside)
            hidden = decoder(
                input_ids=ids,
                attention_mask=None if seen.all() else torch.cat([seen, torch.ones_like(ids)], dim=1),
                position_ids=offset + torch.arange(ids.shape[1], device=device),
                past_key_values=cache,
                use_cache=True,
            ).last_hidden_state
            for place, row in enumerate(part):
                found[row] = hidden[place, len(rests[row]) - tails[row] : len(rests[row])]
        places = torch.tensor(part, device=device)
        states = _states(cache)
        if not layers:
            layers = [(_shelf(keys, len(rests), slots), _shelf(values, len(rests), slots)) for keys, values in states]
        for kept, one in zip(layers, states, strict=True):
            for shelf, each in zip(kept, one, strict=True):
                shelf[places, :, :inside] = each[:, :, :inside]
                later = each[:, :, inside : inside + slots - width]
                shelf[places, :, width : width + later.shape[2]] = later
    return layers, found


def _parts(lengths: Sequence[int], device: torch.device) -> list[list[int]]:
    """Rows that are read at once: on a CPU few of like length, which pads less and costs no more a token.

    Rows of no token are a part of their own.
    """
    none = [row for row, length in enumerate(lengths) if not length]
    some = [row for row, length in enumerate(lengths) if length]
    parts = [some] if some else []
    if device.type == "cpu":
        parts = [[some[i] for i in part] for part in batches([lengths[row] for row in some], TOKENS_AT_ONCE)]
    return [*parts, none] if none else parts


def _states(cache: DynamicCache) -> list[Layer]:
    return [(layer.keys, layer.values) for layer in cache.layers]


def _shelf(states: torch.Tensor, rows: int, slots: int) -> torch.Tensor:
    """Room for the states of more rows: (rows, heads, slots, dimensions)."""
    return states.new_zeros(rows, states.shape[1], slots, states.shape[3])


def read_batches(rows: Sequence[TokenIds], tails: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices in batches, longest beginnings first; rows of a common beginning stay together where they fit.

    A batch reads at most `batch_tokens` with its padding, and holds at most three times as many; one row always fits.
    On a CPU, which reads in parts, only what it holds is bounded: the more rows, the quicker each goes on.
    """
    in_parts = device() == "cpu"

    def fits(batch: list[int]) -> bool:
        groups = _groups([rows[i] for i in batch], [tails[i] for i in batch])
        head = max(shared for _, shared in groups)
        rest = max(len(rows[batch[i]]) - shared for members, shared in groups for i in members)
        read_at_once = 0 if in_parts else len(groups) * head + len(batch) * rest
        return read_at_once <= batch_tokens and len(batch) * (head + rest) <= HELD * batch_tokens

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


def takes_masks(model: Model) -> bool:
    """Whether a mask alone decides what a token of the model sees: of any shape, in layers that forget nothing."""
    return model.config._attn_implementation in MASKED and remembers_all(model)


def _groups(rows: Sequence[TokenIds], tails: Sequence[int]) -> list[tuple[list[int], int]]:
    """Rows in groups of a common beginning, and how long it is; it never reaches into a row's tail.

    A row joins where its own beginning saves more than a shorter common one costs those that are there.
    """
    groups: list[tuple[list[int], int]] = []
    for index in sorted(range(len(rows)), key=lambda i: (rows[i], i)):
        row, limit = rows[index], len(rows[index]) - tails[index]
        if groups:
            members, shared = groups[-1]
            common = min(common_beginning(rows[members[0]], row), shared, limit)
            if common >= SHARED * max(len(row), shared) and len(members) * (shared - common) <= shared:
                groups[-1] = [*members, index], common
                continue
        groups.append(([index], limit))
    return groups


def common_beginning(one: TokenIds, other: TokenIds) -> int:
    """How many tokens two rows begin with in common."""
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
