"""Masked sampling of programs: only tokens that can still become a legal program may follow.

Without it a small policy spends its first steps of RL learning to spell, and the penalty for malformed text drowns what
the reward says of hardness.
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from sparring.attacker.program import MAX_STEPS, NAMES
from sparring.engine.models import Tokenizer
from sparring.errors import InputError

Tokens = tuple[int, ...]


class ProgramGrammar:
    """Which tokens may follow the tokens of an unfinished program.

    Args:
        tokenizer: The query model's.
        without: Operators that no program may hold.

    Raises:
        InputError: The tokenizer cannot spell the operators.
    """

    def __init__(self, tokenizer: Tokenizer, without: Collection[str] = ()) -> None:
        self.end = int(tokenizer.eos_token_id)
        names = [name for name in NAMES if name not in without]
        self._first = {name: _ids(tokenizer, name) for name in names}
        anchor = names[0]
        self._next = {name: _ids(tokenizer, f"{anchor} > {name}")[len(self._first[anchor]) :] for name in names}
        for name in names:
            spelt = tokenizer.decode([*self._first[anchor], *self._next[name]], skip_special_tokens=True)
            if spelt != f"{anchor} > {name}":
                raise InputError(f"the query model's tokenizer cannot spell {anchor} > {name}: it gives {spelt!r}")
        self.allowed = lru_cache(maxsize=65_536)(self._allowed)

    def _allowed(self, written: Tokens, used: tuple[str, ...] = ()) -> frozenset[int]:
        """Tokens that may follow `written`, the operators in `used` standing before it."""
        if self.end in written:
            return frozenset({self.end})
        found: set[int] = set()
        for name, ids in (self._next if used else self._first).items():
            if name in used or ids[: len(written)] != written[: len(ids)]:
                continue
            if len(written) < len(ids):
                found.add(ids[len(written)])
                continue
            rest = written[len(ids) :]
            if not rest:
                found.add(self.end)
            if len(used) + 1 < MAX_STEPS:
                found |= self._allowed(rest, (*used, name))
        return frozenset(found)

    def masking(self, generate: Callable[..., Any]) -> Callable[..., Any]:
        """A model's `generate` that samples programs alone."""

        def masked(*args: Any, logits_processor: Sequence[LogitsProcessor] = (), **kwargs: Any) -> Any:
            width = kwargs["input_ids"].shape[1]
            processors = LogitsProcessorList([_Mask(self, width), *logits_processor])
            return generate(*args, logits_processor=processors, **kwargs)

        return masked


class _Mask(LogitsProcessor):  # type: ignore[misc]
    """Logits of what may not follow become minus infinity; prompts are `width` tokens wide."""

    def __init__(self, grammar: ProgramGrammar, width: int) -> None:
        self.grammar = grammar
        self.width = width

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        """Scores (rows, vocabulary), masked by row."""
        masked = torch.full_like(scores, -torch.inf)
        for row, written in enumerate(input_ids[:, self.width :].tolist()):
            allowed = sorted(self.grammar.allowed(tuple(written)))
            masked[row, allowed] = scores[row, allowed]
        return masked


def _ids(tokenizer: Tokenizer, text: str) -> Tokens:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
