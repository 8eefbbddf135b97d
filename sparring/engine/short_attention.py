"""Attention on short rows: two batched products and a softmax, where PyTorch's CPU kernel is slow.

The kernel behind `scaled_dot_product_attention` takes three times as long forward and backward on rows of 160 tokens in
bfloat16, a sixth of a training step of the 135M model, and twice as long forward alone. On long rows, whose scores
would fill the memory, it serves as before.
"""

from functools import lru_cache
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "short_rows"
LONGEST = 448  # tokens a row
UNUSUAL = ("is_causal", "softcap", "s_aux", "position_bias", "cache")  # what some models ask for: the kernel knows


def short_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Attention as Transformers calls it: grouped queries, additive or boolean mask, causal without one.

    Args:
        module: The layer that asks.
        query: (rows, heads, tokens, dimensions).
        key: (rows, fewer heads, keys, dimensions); more keys than tokens are those of tokens that were read before.
        value: As the keys.
        attention_mask: (rows or 1, 1, tokens, keys), added to the scores, or true where a token may look.
        scaling: Of the scores; by default one by the square root of the dimensions.
        dropout: Share of the weights that are dropped; above 0 the kernel serves.
        others: For the kernel, which serves too where one of `UNUSUAL` is asked for.

    Returns:
        (rows, tokens, heads, dimensions), and no weights.
    """
    rows, heads, tokens, size = query.shape
    seen = key.shape[2]
    unusual = any(others.get(name) is not None for name in UNUSUAL) or not getattr(module, "is_causal", True)
    if dropout or unusual or seen > LONGEST:
        return sdpa_attention_forward(  # type: ignore[no-any-return]
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **others
        )
    groups = key.shape[1]
    shared = (rows, groups, heads // groups, tokens)
    folded = (query * (size**-0.5 if scaling is None else scaling)).reshape(rows, groups, -1, size)
    scores = torch.matmul(folded, key.transpose(2, 3)).view(*shared, seen)
    if attention_mask is None:
        scores = scores + causal(tokens, seen, scores.dtype, scores.device)
    elif attention_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attention_mask.unsqueeze(1), torch.finfo(scores.dtype).min)
    else:
        scores = scores + attention_mask.unsqueeze(1)
    weights = torch.softmax(scores, dim=-1).view(rows, groups, -1, seen)
    found = torch.matmul(weights, value).view(rows, heads, tokens, size)
    return found.transpose(1, 2).contiguous(), None


@lru_cache(maxsize=64)
def causal(tokens: int, seen: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Added to scores (tokens, seen), it keeps the last tokens of those seen to what stands before each."""
    return torch.full((tokens, seen), torch.finfo(dtype).min, dtype=dtype, device=device).triu(1 + seen - tokens)


AttentionInterface.register(NAME, short_attention)
AttentionMaskInterface.register(NAME, sdpa_mask)
