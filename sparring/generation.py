"""Batched generation and scoring: prompts of like length together, each batch bounded by its padded tokens.

Batches depend on the prompts alone, so the same request gives the same bytes whatever was asked before.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from sparring.models import Model, Tokenizer
from sparring.progress import steps

TokenIds = list[int]


def prompt_ids(
    tokenizer: Tokenizer, messages: Sequence[dict[str, str]], tools: list[dict[str, Any]] | None
) -> TokenIds:
    """Token ids of a conversation up to where the assistant answers."""
    text = tokenizer.apply_chat_template(list(messages), tools=tools, add_generation_prompt=True, tokenize=False)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


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
    sampling = (
        {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        if temperature > 0
        else {"do_sample": False}
    )
    texts: list[list[str]] = [[] for _ in prompts]
    torch.manual_seed(seed)
    for batch in steps(list(batches([len(ids) for ids in prompts], batch_tokens // num_samples)), label):
        width = max(len(prompts[i]) for i in batch)
        ids, mask = _left_padded([prompts[i] for i in batch], width, tokenizer.pad_token_id)
        with torch.inference_mode():
            written = model.generate(
                input_ids=ids.to(model.device),
                attention_mask=mask.to(model.device),
                max_new_tokens=max_new_tokens,
                num_return_sequences=num_samples,
                pad_token_id=tokenizer.pad_token_id,
                **sampling,
            )
        rows = tokenizer.batch_decode(written[:, width:], skip_special_tokens=True)  # (batch * num_samples)
        for position, index in enumerate(batch):
            texts[index] = [row.strip() for row in rows[position * num_samples : (position + 1) * num_samples]]
    return texts


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
        width = max(len(full[i]) for i in batch)
        ids, mask = _left_padded([full[i] for i in batch], width, tokenizer.pad_token_id)
        with torch.inference_mode():
            positions = (mask.cumsum(-1) - 1).clamp(min=0)
            hidden = model.get_decoder()(
                input_ids=ids.to(model.device),
                attention_mask=mask.to(model.device),
                position_ids=positions.to(model.device),
                use_cache=False,
            ).last_hidden_state  # (B, T, D)
            for row, index in enumerate(batch):
                length = len(answers[index])
                if length:
                    logits = model.get_output_embeddings()(hidden[row, width - length - 1 : width - 1]).float()
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
