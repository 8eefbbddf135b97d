"""The token of an answer that decides whether anything is called, and what is written on either side of it.

A dialect's calls and its text that declines begin alike (`[` of `[f()]` and of `[]`) or not at all; where they part,
one token tells them apart. The surprise: which one that is depends on the tokenizer, and it may be the sign of a call
(`<tool_call>`) or of declining (`]`), never both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from sparring.engine.batched_generation import continued, end_tokens, marked_text
from sparring.engine.memory import trim_memory
from sparring.engine.models import Model, Tokenizer
from sparring.engine.prefill import TokenIds, common_beginning, read, read_batches
from sparring.progress import steps

EVEN = 1e-6  # nats: a margin that is none, on the side that is written


@dataclass(frozen=True)
class Decision:
    """Where it is decided, and by what.

    Attributes:
        prefix: Tokens that every answer begins with.
        sign: The token behind them that tells.
        calls: Whether it is the sign of a call; else of declining.
    """

    prefix: tuple[int, ...]
    sign: int
    calls: bool

    def margins(self, logits: torch.Tensor) -> torch.Tensor:
        """By how much calling is likelier than declining, in nats: logits (..., vocabulary) to (...)."""
        return self._signed(logits[..., self.sign] - self._others(logits).amax(-1))

    def token(self, logits: torch.Tensor, calling: bool) -> int:
        """The likeliest token that calls, or that declines, by the logits of one place, (vocabulary)."""
        return self.sign if calling == self.calls else int(self._others(logits).argmax())

    def _signed(self, by_sign: torch.Tensor) -> torch.Tensor:
        return by_sign if self.calls else -by_sign

    def _others(self, logits: torch.Tensor) -> torch.Tensor:
        others = logits.clone()
        others[..., self.sign] = -torch.inf
        return others


def decision(tokenizer: Tokenizer, calling: Sequence[str], declining: str) -> Decision | None:
    """Where texts that call part from the one that declines; None where they part at several places."""
    nothing = _answer(tokenizer, declining)
    called = [_answer(tokenizer, text) for text in calling]
    places = {common_beginning(nothing, ids) for ids in called}
    if len(places) != 1:
        return None
    (place,) = places
    signs = {ids[place] for ids in called}
    sign = signs.pop() if len(signs) == 1 else None
    return Decision(tuple(nothing[:place]), nothing[place] if sign is None else sign, sign is not None)


def _answer(tokenizer: Tokenizer, text: str) -> TokenIds:
    return [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]


@dataclass(frozen=True, slots=True)
class Branch:
    """What a model makes of a prompt on one side of its decision.

    Attributes:
        margin: By how much it rather calls than declines, in nats; above 0 it calls.
        later: The same measure at the later tokens of the draft, where nothing is decided.
        text: What it answers on the side that was asked for, whichever it would choose.
    """

    margin: float
    later: tuple[float, ...]
    text: str


@torch.inference_mode()
def branches(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[TokenIds],
    drafts: Sequence[str],
    calling: Sequence[bool],
    decided: Decision,
    max_new_tokens: int,
    batch_tokens: int,
    label: str,
) -> list[Branch]:
    """The greedy answers on one side of the decision, quickly where they are the guess that is given of each.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        prompts: Token ids.
        drafts: The guess for each prompt, on the side that is asked for.
        calling: Per prompt whether the side that calls is asked for; else the one that declines.
        decided: Where it is decided.
        max_new_tokens: Longest answer, in tokens.
        batch_tokens: Bound of rows times longest prompt with its draft.
        label: What a progress line says.
    """
    guesses = [_guess(tokenizer, text, decided)[:max_new_tokens] for text in drafts]
    full = [[*prompt, *guess] for prompt, guess in zip(prompts, guesses, strict=True)]
    tails, ends = [len(guess) + 1 for guess in guesses], end_tokens(model, tokenizer)
    found: dict[int, Branch] = {}
    for batch in steps(list(read_batches(full, tails, batch_tokens)), label):
        reading = read(model, [full[i] for i in batch], [tails[i] for i in batch])
        begun: dict[int, tuple[TokenIds, list[float]]] = {}
        for row, index in enumerate(batch):
            logits = model.get_output_embeddings()(reading.tails[row]).float()  # (L + 1, vocabulary)
            begun[row] = _agreed(logits, guesses[index], decided, calling[index])
        prefixes = {
            row: [*prompts[batch[row]], *answer]
            for row, (answer, _) in begun.items()
            if answer[-1] not in ends and len(answer) < max_new_tokens
        }
        room = max((max_new_tokens - len(begun[row][0]) for row in prefixes), default=0)
        more = continued(model, tokenizer, reading, prefixes, room)
        for row, (answer, margins) in begun.items():
            text = marked_text(tokenizer, [*answer, *more.get(row, [])][:max_new_tokens], ends)
            found[batch[row]] = Branch(margins[0], tuple(margins[1:]), text)
        del reading
        trim_memory()
    return [found[index] for index in range(len(found))]


def _guess(tokenizer: Tokenizer, text: str, decided: Decision) -> TokenIds:
    """The draft's tokens; what every answer begins with, where the draft does not begin so."""
    ids = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    prefix = list(decided.prefix)
    return ids if ids[: len(prefix)] == prefix else prefix


def _agreed(logits: torch.Tensor, guess: TokenIds, decided: Decision, calling: bool) -> tuple[TokenIds, list[float]]:
    """The guess as far as the model would write it on that side, with its own next token; the margins from there on."""
    place, choices = len(decided.prefix), logits.argmax(-1).tolist()
    margins = decided.margins(logits[place:]).tolist()
    if margins[0] == 0.0:  # narrow number formats: the lower token is written
        margins[0] = EVEN if (choices[place] == decided.sign) == decided.calls else -EVEN
    choices[: place + 1] = [*decided.prefix, decided.token(logits[place], calling)]
    agreed = next((k for k, token in enumerate(guess) if choices[k] != token), len(guess))
    return [*guess[:agreed], choices[agreed]], margins
