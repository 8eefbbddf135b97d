"""Batched generation and scoring: prompts of like length together, each batch bounded by its padded tokens.

Batches depend on the prompts alone, so the same request gives the same bytes whatever was asked before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sparring.models import Model, Tokenizer
from sparring.progress import steps

TokenIds = list[int]
GREEDY = {"do_sample": False}


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
) -> list[list[str]]:
    """Texts that the model writes after each prompt, `num_samples` each, in the order of the prompts.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        prompts: Token ids.
        num_samples: Texts a prompt; more than one needs a temperature above 0.
        max_new_tokens: Longest text, in tokens.
        temperature: 0 is greedy.
        batch_tokens: Bound of rows times longest prompt, samples counted.
        seed: Decides the samples.
        label: What a progress line says.

    Raises:
        ValueError: Several greedy samples were asked for.
    """
    if num_samples > 1 and temperature == 0:
        raise ValueError("several samples of a greedy model are one sample: set a temperature above 0")
    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature > 0 else GREEDY
    texts: list[list[str]] = [[] for _ in prompts]
    torch.manual_seed(seed)
    for batch in steps(list(batches([len(ids) for ids in prompts], batch_tokens // num_samples)), label):
        written = _written(model, tokenizer, [prompts[i] for i in batch], max_new_tokens, num_samples, **sampling)
        rows = tokenizer.batch_decode(written, skip_special_tokens=True)  # (batch * num_samples)
        for position, index in enumerate(batch):
            texts[index] = [row.strip() for row in rows[position * num_samples : (position + 1) * num_samples]]
    return texts


def _written(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[TokenIds],
    max_new_tokens: int,
    num_samples: int = 1,
    **options: Any,
) -> torch.Tensor:
    """What the model writes after the prompts of one batch: ids (rows * samples, new tokens)."""
    width = max(len(ids) for ids in prompts)
    ids, mask = (each.to(model.device) for each in _left_padded(prompts, width, tokenizer.pad_token_id))
    found = reading_once(model)(
        input_ids=ids.repeat_interleave(num_samples, dim=0),
        attention_mask=mask.repeat_interleave(num_samples, dim=0),
        max_new_tokens=max_new_tokens,
        pad_token_id=tokenizer.pad_token_id,
        **options,
    )
    return found[:, width:]


def reading_once(model: Model) -> Callable[..., torch.Tensor]:
    """The model's `generate`, for prompts that stand in groups of the same: each is read once, for all of its rows.

    What a prompt leaves in the cache is handed to every row of its group. Prompts that differ are read as ever.
    """
    generate = model.generate

    def run(*, input_ids: torch.Tensor, attention_mask: torch.Tensor, **options: Any) -> torch.Tensor:
        repeats = _repeats(input_ids)
        if repeats > 1 and input_ids.shape[1] > 1:
            seen, present = input_ids[::repeats, :-1], attention_mask[::repeats, :-1]
            decoder = getattr(model, "get_base_model", lambda: model)().get_decoder()
            cache = decoder(
                input_ids=seen, attention_mask=present, position_ids=_positions(present), use_cache=True
            ).past_key_values
            cache.batch_repeat_interleave(repeats)
            options["past_key_values"] = cache
        return generate(input_ids=input_ids, attention_mask=attention_mask, **options)  # type: ignore[no-any-return]

    return run


def _repeats(ids: torch.Tensor) -> int:
    """Size of the groups in which the rows are alike; 1 where they are not."""
    differs = (ids != ids[:1]).any(dim=1)
    size = int(differs.int().argmax()) if bool(differs.any()) else len(ids)
    grouped = len(ids) % size == 0 and bool((ids == ids[::size].repeat_interleave(size, dim=0)).all())
    return size if grouped else 1


def _positions(mask: torch.Tensor) -> torch.Tensor:
    """Positions of left-padded rows, the padding at 0."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A greedy answer, and how likely the draft was.

    Attributes:
        text: What the model answers.
        draft_logprob: Log-likelihood of the draft, in nats, summed over its tokens.
        kept: Whether the answer is the draft.
    """

    text: str
    draft_logprob: float
    kept: bool


@torch.inference_mode()
def answer_drafts(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[TokenIds],
    drafts: Sequence[str],
    max_new_tokens: int,
    batch_tokens: int,
    label: str,
) -> list[Drafted]:
    """Greedy answers, given a guess of each: one pass over prompt and guess settles all rows that answer as guessed.

    The rest go on from their first other token (speculative decoding with a given draft: Leviathan et al., 2023). The
    same pass gives the draft's likelihood. Answers equal those of `generate` up to rounding between batches.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        prompts: Token ids.
        drafts: The guess for each prompt, e.g. what the model answered before its prompt was changed a little.
        max_new_tokens: Longest answer, in tokens.
        batch_tokens: Bound of rows times longest prompt with its draft.
        label: What a progress line says.
    """
    guesses = [list(tokenizer(text, add_special_tokens=False)["input_ids"])[:max_new_tokens] for text in drafts]
    full = [[*prompt, *guess] for prompt, guess in zip(prompts, guesses, strict=True)]
    ends = _ends(model, tokenizer)
    found: dict[int, Drafted] = {}
    begun: dict[int, tuple[TokenIds, float]] = {}
    for batch in steps(list(batches([len(ids) for ids in full], batch_tokens)), label):
        hidden = _hidden(model, tokenizer, [full[i] for i in batch])
        for row, index in enumerate(batch):
            guess = guesses[index]
            logits = model.get_output_embeddings()(hidden[row, -len(guess) - 1 :]).float()  # (L + 1, vocabulary)
            choices = logits.argmax(-1).tolist()
            wanted = torch.tensor(guess, dtype=torch.long, device=logits.device).unsqueeze(1)
            likely = float(logits[:-1].log_softmax(-1).gather(1, wanted).sum())
            agreed = next((k for k, token in enumerate(guess) if choices[k] != token), len(guess))
            answer = [*guess[:agreed], choices[agreed]]
            if answer[-1] in ends or len(answer) > max_new_tokens:
                text = tokenizer.decode(answer[:max_new_tokens], skip_special_tokens=True).strip()
                found[index] = Drafted(text, likely, agreed == len(guess))
            elif len(answer) == max_new_tokens:
                found[index] = Drafted(tokenizer.decode(answer, skip_special_tokens=True).strip(), likely, False)
            else:
                begun[index] = answer, likely
    left = list(begun)
    for batch in batches([len(prompts[i]) + len(begun[i][0]) for i in left], batch_tokens):
        indices = [left[k] for k in batch]
        room = max(max_new_tokens - len(begun[i][0]) for i in indices)
        written = _written(model, tokenizer, [[*prompts[i], *begun[i][0]] for i in indices], room, **GREEDY)
        for row, index in enumerate(indices):
            answer = [*begun[index][0], *written[row].tolist()][:max_new_tokens]
            text = tokenizer.decode(answer, skip_special_tokens=True).strip()
            found[index] = Drafted(text, begun[index][1], kept=False)
    return [found[index] for index in range(len(prompts))]


def _ends(model: Model, tokenizer: Tokenizer) -> frozenset[int]:
    """Tokens after which nothing is written."""
    named = model.generation_config.eos_token_id
    ends = named if isinstance(named, list) else [named]
    return frozenset(int(token) for token in (*ends, tokenizer.eos_token_id) if token is not None)


def _hidden(model: Model, tokenizer: Tokenizer, rows: Sequence[TokenIds]) -> torch.Tensor:
    """Last hidden states of left-padded rows, (rows, longest row, dimensions)."""
    width = max(len(row) for row in rows)
    ids, mask = (each.to(model.device) for each in _left_padded(rows, width, tokenizer.pad_token_id))
    return model.get_decoder()(  # type: ignore[no-any-return]
        input_ids=ids, attention_mask=mask, position_ids=_positions(mask), use_cache=False
    ).last_hidden_state


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
    for batch in steps(list(batches([len(ids) for ids in full], batch_tokens)), label):
        hidden = _hidden(model, tokenizer, [full[i] for i in batch])
        for row, index in enumerate(batch):
            length = len(answers[index])
            if length:
                logits = model.get_output_embeddings()(hidden[row, -length - 1 : -1]).float()
                wanted = torch.tensor(answers[index], device=logits.device).unsqueeze(1)  # (L, 1)
                values[index] = float(logits.log_softmax(-1).gather(1, wanted).sum())
    return values


def batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices in batches of like length, the longest first; rows times longest stays within `batch_tokens`."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batch and (len(batch) + 1) * lengths[batch[0]] > batch_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _left_padded(rows: Sequence[TokenIds], width: int, pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, both (rows, width)."""
    ids = torch.tensor([[pad] * (width - len(row)) + list(row) for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    return ids, mask
