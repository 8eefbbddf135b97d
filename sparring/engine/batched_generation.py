"""Batched generation and scoring: prompts of like length together, each batch bounded by its padded tokens.

Batches depend on the prompts alone, so the same request gives the same bytes whatever was asked before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from transformers import LogitsProcessorList

from sparring.engine.batching import HELD, batches
from sparring.engine.drafted import Drafted
from sparring.engine.generation import Generate, reading_once, write_on
from sparring.engine.memory import trim_memory
from sparring.engine.models import Model, Tokenizer
from sparring.engine.prefill import Reading, TokenIds, read, read_batches, remembers_all
from sparring.engine.sampling import Drawn
from sparring.progress import steps

T = TypeVar("T")
Constrained = Callable[[Generate], Generate]
GREEDY: dict[str, Any] = {"do_sample": False}
SAMPLED_APART = 1_000_003  # seeds of a request's batches lie this far from those of the next request's


@dataclass(frozen=True, slots=True)
class Part:
    """One worker's part of a request: every `of`-th batch, from the one of this number on.

    Batches are those of the whole request, so that however many workers share it, each batch is computed alike.
    """

    number: int
    of: int

    def own(self, plan: Iterable[list[int]]) -> list[tuple[int, list[int]]]:
        """The batches of this part, each with its number in the whole request."""
        return list(enumerate(plan))[self.number :: self.of]


WHOLE = Part(0, 1)


def prompt_ids(
    tokenizer: Tokenizer, messages: Sequence[dict[str, str]], tools: list[dict[str, Any]] | None
) -> TokenIds:
    """Token ids of a conversation up to where the assistant answers."""
    text = tokenizer.apply_chat_template(list(messages), tools=tools, add_generation_prompt=True, tokenize=False)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


@torch.inference_mode()
def generate(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[TokenIds],
    num_samples: int,
    max_new_tokens: int,
    temperature: float,
    batch_tokens: int,
    seed: int,
    label: str,
    part: Part = WHOLE,
    constrained: Constrained | None = None,
    marked: bool = False,
    cut: set[tuple[int, int]] | None = None,
) -> dict[int, list[str]]:
    """Texts that the model writes after each prompt, `num_samples` each, by the prompt's number.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        prompts: Token ids.
        num_samples: Texts a prompt; more than one needs a temperature above 0.
        max_new_tokens: Longest text, in tokens.
        temperature: 0 is greedy.
        batch_tokens: Bound of rows times longest prompt, samples counted; three times as many on a CPU, which reads
            them in parts.
        seed: Decides the samples.
        label: What a progress line says.
        part: Which of the batches are written here.
        constrained: Wraps the whole of `generate`, e.g. `ProgramGrammar.masking`; a model whose own `generate` masks
            would take what is written in several calls for several texts.
        marked: Whether special tokens are part of the texts, as they are of a target's answers: `[TOOL_CALLS]` is one.
        cut: Takes up (prompt, sample) of the texts that did not end within `max_new_tokens`, where somebody asks.

    Raises:
        ValueError: Several greedy samples were asked for.
    """
    if num_samples > 1 and temperature == 0:
        raise ValueError("several samples of a greedy model are one sample: set a temperature above 0")
    texts: dict[int, list[str]] = {}
    ends = end_tokens(model, tokenizer)
    in_parts = model.device.type == "cpu" and remembers_all(model)
    plan = batches([len(ids) for ids in prompts], batch_tokens * (HELD if in_parts else 1) // num_samples)
    write = reading_once(model) if constrained is None else constrained(reading_once(model))
    for number, batch in steps(part.own(plan), label):
        torch.manual_seed(seed * SAMPLED_APART + number)
        written = _written(
            model, write, tokenizer, [prompts[i] for i in batch], max_new_tokens, num_samples, temperature
        )
        if cut is not None:
            open_rows = [row for row, ids in enumerate(written.tolist()) if not ends & set(ids)]
            cut.update((batch[row // num_samples], row % num_samples) for row in open_rows)
        if marked:
            rows = [marked_text(tokenizer, ids, ends) for ids in written.tolist()]  # (batch * num_samples)
        else:
            rows = [row.strip() for row in tokenizer.batch_decode(written, skip_special_tokens=True)]
        for position, index in enumerate(batch):
            texts[index] = rows[position * num_samples : (position + 1) * num_samples]
        trim_memory()
    return texts


def marked_text(tokenizer: Tokenizer, ids: TokenIds, ends: frozenset[int]) -> str:
    """An answer up to the token that ends it, special tokens and all: marks of calls are often among them."""
    end = next((place for place, token in enumerate(ids) if token in ends), len(ids))
    return str(tokenizer.decode(ids[:end], skip_special_tokens=False)).strip()


def _written(
    model: Model,
    write: Generate,
    tokenizer: Tokenizer,
    prompts: Sequence[TokenIds],
    max_new_tokens: int,
    num_samples: int,
    temperature: float,
) -> torch.Tensor:
    """What the model writes after the prompts of one batch: ids (rows * samples, new tokens)."""
    options = GREEDY | ({"logits_processor": LogitsProcessorList([Drawn(temperature)])} if temperature > 0 else {})
    ids, mask = (each.to(model.device) for each in _left_padded(prompts, tokenizer.pad_token_id))
    found = write(
        input_ids=ids.repeat_interleave(num_samples, dim=0),
        attention_mask=mask.repeat_interleave(num_samples, dim=0),
        max_new_tokens=max_new_tokens,
        pad_token_id=tokenizer.pad_token_id,
        **options,
    )
    return found[:, ids.shape[1] :]


@torch.inference_mode()
def answer_drafts(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[TokenIds],
    drafts: Sequence[str],
    max_new_tokens: int,
    batch_tokens: int,
    label: str,
    part: Part = WHOLE,
) -> dict[int, Drafted]:
    """Greedy answers by the prompt's number, quickly where they are the guess that is given of each.

    One pass over prompt and guess settles all rows that answer as guessed. The rest go on from their first other token
    (speculative decoding with a given draft: Leviathan et al., 2023). The same pass gives the draft's likelihood.
    Answers equal those of `generate` up to rounding between batches.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        prompts: Token ids.
        drafts: The guess for each prompt, e.g. what the model answered before its prompt was changed a little.
        max_new_tokens: Longest answer, in tokens.
        batch_tokens: Bound of rows times longest prompt with its draft.
        label: What a progress line says.
        part: Which of the batches are answered here.
    """
    guesses = [list(tokenizer(text, add_special_tokens=False)["input_ids"])[:max_new_tokens] for text in drafts]
    full = [[*prompt, *guess] for prompt, guess in zip(prompts, guesses, strict=True)]
    tails = [len(guess) + 1 for guess in guesses]
    ends = end_tokens(model, tokenizer)
    found: dict[int, Drafted] = {}
    for _, batch in steps(part.own(read_batches(full, tails, batch_tokens)), label):
        reading = read(model, [full[i] for i in batch], [tails[i] for i in batch])
        begun: dict[int, tuple[TokenIds, float]] = {}
        for row, index in enumerate(batch):
            answer, likely = _agreed(model, reading.tails[row], guesses[index])
            if answer[-1] in ends or len(answer) >= max_new_tokens:
                text = marked_text(tokenizer, answer[:max_new_tokens], ends)
                whole = answer[-1] in ends or len(answer) > max_new_tokens
                found[index] = Drafted(text, likely, whole and len(answer) > len(guesses[index]))
            else:
                begun[row] = answer, likely
        prefixes = {row: [*prompts[batch[row]], *answer] for row, (answer, _) in begun.items()}
        room = max((max_new_tokens - len(answer) for answer, _ in begun.values()), default=0)
        for row, more in continued(model, tokenizer, reading, prefixes, room).items():
            answer, likely = begun[row]
            text = marked_text(tokenizer, [*answer, *more][:max_new_tokens], ends)
            found[batch[row]] = Drafted(text, likely, kept=False)
        del reading  # a gigabyte that the next batch must not find beside its own
        trim_memory()
    return found


def in_order(found: Mapping[int, T]) -> list[T]:
    """What was found for the rows 0 to n - 1 of a whole request, in their order."""
    return [found[index] for index in range(len(found))]


def _agreed(model: Model, hidden: torch.Tensor, guess: TokenIds) -> tuple[TokenIds, float]:
    """The guess as far as the model would write it, with its own next token, and the whole guess's log-likelihood."""
    logits = model.get_output_embeddings()(hidden).float()  # (L + 1, vocabulary)
    choices = logits.argmax(-1).tolist()
    wanted = torch.tensor(guess, dtype=torch.long, device=logits.device).unsqueeze(1)
    likely = float(logits[:-1].log_softmax(-1).gather(1, wanted).sum())
    agreed = next((k for k, token in enumerate(guess) if choices[k] != token), len(guess))
    return [*guess[:agreed], choices[agreed]], likely


def continued(
    model: Model, tokenizer: Tokenizer, reading: Reading, prefixes: Mapping[int, TokenIds], room: int
) -> dict[int, TokenIds]:
    """What the model writes after each prefix, by row; all but a prefix's last token stands in the reading."""
    if not prefixes:
        return {}
    ids, mask = (each.to(model.device) for each in _left_padded(list(prefixes.values()), tokenizer.pad_token_id))
    cache = reading.cache(list(prefixes), [len(prefix) - 1 for prefix in prefixes.values()])
    options = GREEDY | {"max_new_tokens": room, "pad_token_id": tokenizer.pad_token_id}
    if cache is None:
        written = model.generate(input_ids=ids, attention_mask=mask, **options)
    else:
        written = write_on(model, model.generate, ids, mask, cache, **options)
    return dict(zip(prefixes, written[:, ids.shape[1] :].tolist(), strict=True))


def end_tokens(model: Model, tokenizer: Tokenizer) -> frozenset[int]:
    """Tokens after which nothing is written."""
    named = model.generation_config.eos_token_id
    ends = named if isinstance(named, list) else [named]
    return frozenset(int(token) for token in (*ends, tokenizer.eos_token_id) if token is not None)


@torch.inference_mode()
def log_likelihoods(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[TokenIds],
    continuations: Sequence[str],
    batch_tokens: int,
    label: str,
) -> list[float]:
    """Log-likelihood of each continuation after its prompt, summed over its tokens, in nats (at most 0).

    Only the positions of the continuation go through the output layer: over a vocabulary of 49,152 that is most of the
    time of a short text.
    """
    answers = [list(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in continuations]
    full = [[*prompt, *answer] for prompt, answer in zip(prompts, answers, strict=True)]
    values = [0.0] * len(full)
    tails = [len(answer) + 1 for answer in answers]
    for batch in steps(list(read_batches(full, tails, batch_tokens)), label):
        reading = read(model, [full[i] for i in batch], [tails[i] for i in batch])
        for row, index in enumerate(batch):
            if answers[index]:
                logits = model.get_output_embeddings()(reading.tails[row][:-1]).float()
                wanted = torch.tensor(answers[index], device=logits.device).unsqueeze(1)  # (L, 1)
                values[index] = float(logits.log_softmax(-1).gather(1, wanted).sum())
        del reading
        trim_memory()
    return values


def _left_padded(rows: Sequence[TokenIds], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, both (rows, longest row)."""
    width = max(map(len, rows))
    ids = torch.tensor([[pad] * (width - len(row)) + list(row) for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    return ids, mask
