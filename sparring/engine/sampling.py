"""Sampling with one random number a row.

Transformers draws a number for each word of the vocabulary, one after the other: over 49,152 words and 48 rows that
was a seventh of the time of writing (profile of one core). The distribution is the same.
"""

import torch
from transformers import LogitsProcessor


class Drawn(LogitsProcessor):  # type: ignore[misc]
    """Draws the next token and leaves nothing else: what greedy decoding then takes is a sample.

    Args:
        temperature: Above 0.
    """

    def __init__(self, temperature: float) -> None:
        self.temperature = temperature

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        """Scores (rows, vocabulary): 0 for the token that is drawn, minus infinity for the others."""
        cumulated = torch.softmax(scores.float() / self.temperature, dim=-1).cumsum(dim=-1, dtype=torch.float64)
        total = cumulated[:, -1:]
        aimed = torch.rand(len(scores), 1, dtype=torch.float64, device=scores.device) * total
        # the first token whose sum lies above: one of probability 0 adds nothing, and is never it
        drawn = torch.searchsorted(cumulated, aimed, right=True).clamp(max=scores.shape[1] - 1)
        return torch.full_like(scores, -torch.inf).scatter(1, drawn, 0.0)
