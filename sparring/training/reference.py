"""What the champion makes of the rows that its challenger learns: read once, before the first step, and then let go.

A preference is measured against the champion, and so is how far the challenger has moved; neither changes while it
learns. So two models are never in memory, and a training that goes on from a checkpoint reads the very same numbers.
The surprise: states are kept and not probabilities, which take eighty times the room; the frozen output layer makes the
one into the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from sparring.engine.adapters import trained_adapter
from sparring.engine.memory import release_memory
from sparring.engine.prefill import TokenIds, read, read_batches
from sparring.progress import steps

TOKENS_AT_ONCE = 2048
T = TypeVar("T")
Made = Callable[[Any, torch.Tensor, TokenIds], T]  # output layer, states before each token, the completion's tokens


@dataclass(frozen=True)
class Champion:
    """The target that learns on: a frozen base with its adapter.

    Attributes:
        base: Folder of the base.
        adapter: Folder of its adapter.
        dtype: Number format.
    """

    base: Path
    adapter: Path
    dtype: str

    def read(self, rows: Sequence[tuple[TokenIds, TokenIds]], make: Made[T], label: str) -> list[T]:
        """What `make` makes of the champion's last states before each token of a completion, (tokens, dimensions).

        Args:
            rows: Prompts and their completions, at least a token each.
            make: Called once a row; it copies what it keeps of the states.
            label: What the progress line says.
        """
        if not rows:
            return []
        model = trained_adapter(self.base, self.adapter, self.dtype).eval()
        head = model.get_base_model().get_output_embeddings()
        given = [[*prompt, *completion][:-1] for prompt, completion in rows]
        tails = [len(completion) for _, completion in rows]
        found: dict[int, T] = {}
        with torch.no_grad():
            for batch in steps(list(read_batches(given, tails, TOKENS_AT_ONCE)), label):
                states = read(model, [given[row] for row in batch], [tails[row] for row in batch]).tails
                found |= {row: make(head, of_row, rows[row][1]) for row, of_row in zip(batch, states, strict=True)}
        del model, head
        release_memory()
        return [found[row] for row in range(len(rows))]


def likelihood(head: Any, states: torch.Tensor, completion: TokenIds) -> float:
    """Log-probability of a completion, in nats."""
    wanted = torch.tensor(completion, device=states.device)
    return float(-torch.nn.functional.cross_entropy(head(states).float(), wanted, reduction="sum"))


def kept_states(head: Any, states: torch.Tensor, completion: TokenIds) -> torch.Tensor:
    """The states themselves."""
    return states.clone()


class HeldRows:
    """Rows at which a challenger is held to the champion, with the champion's states there.

    Args:
        weight: Of the divergence, beside the cross-entropy.
        states: Per row, by all its token ids, (completion tokens, dimensions).
    """

    def __init__(self, weight: float, states: Mapping[tuple[int, ...], torch.Tensor]) -> None:
        self.weight = weight
        self.states = states

    def pull(self, rows: Sequence[TokenIds], logits: torch.Tensor, counts: torch.Tensor, head: Any) -> torch.Tensor:
        """The weighted sum over tokens of the divergence KL(champion, challenger); 0 where no row is held.

        Args:
            rows: Token ids of the batch's rows, without padding.
            logits: The challenger's, before each completion token of the batch, row after row, (tokens, vocabulary).
            counts: Completion tokens of each row.
            head: The frozen output layer.
        """
        found = [self.states.get(tuple(row)) for row in rows]
        here = [states for states in found if states is not None]
        if not here:
            return logits.new_zeros(())
        held = torch.tensor([states is not None for states in found], device=logits.device)
        now = torch.log_softmax(logits[held.repeat_interleave(counts)], dim=-1)
        with torch.no_grad():
            before = torch.log_softmax(head(torch.cat(here)).float(), dim=-1)
        return self.weight * torch.nn.functional.kl_div(now, before, reduction="sum", log_target=True)
