"""TRL's SFT trainer with the loss taken where something is learnt, and nowhere else.

What rows begin with in common is read once, layers that do not train are left out where their work is kept, and rows
can be held to what the champion makes of them.
"""

from typing import Any

import torch
from trl import SFTTrainer

from sparring.engine.batching import BYTES_AT_ONCE
from sparring.engine.frozen_layers import FrozenLayers
from sparring.engine.models import device
from sparring.engine.packing import IGNORED
from sparring.engine.prefill import WORTH_SHARING, takes_masks
from sparring.engine.processes import together
from sparring.engine.short_attention import causal
from sparring.training.like_lengths import LikeLengths, batch_of
from sparring.training.reference import HeldRows


class CompletionTrainer(SFTTrainer):  # type: ignore[misc]
    """TRL's trainer with a loss that takes only the completion's positions through the output layer.

    TRL takes all positions: over a vocabulary of 49,152 and prompts five times as long as their answers, that is a
    third of a step on a CPU. Where `below` holds what the frozen layers make of the rows, only those above are read;
    where `held` holds rows of the champion, the loss grows with the divergence from it there.
    """

    below: FrozenLayers | None = None
    held: HeldRows | None = None

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean over the completion's tokens of the cross-entropy, and of what pulls towards the champion."""
        if together() and self.held is None:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        wanted = inputs["labels"][:, 1:]
        kept = wanted != IGNORED
        logits = self._logits(model, inputs, kept).float()  # (completion tokens, vocabulary)
        total = torch.nn.functional.cross_entropy(logits, wanted[kept], reduction="sum")
        if self.held is not None:
            lengths = inputs["attention_mask"].sum(dim=1).tolist()
            rows = [row[:length] for row, length in zip(inputs["input_ids"].tolist(), lengths, strict=True)]
            head = self.accelerator.unwrap_model(model).get_base_model().get_output_embeddings()
            total = total + self.held.pull(rows, logits, kept.sum(dim=1), head)
        loss = total / (kept.sum() if num_items_in_batch is None else num_items_in_batch)
        if together() and num_items_in_batch is not None:  # tokens of all processes, whose gradients are averaged
            loss = loss * self.accelerator.num_processes
        return (loss, {"logits": logits}) if return_outputs else loss

    def _logits(self, model: Any, inputs: dict[str, Any], kept: torch.Tensor) -> torch.Tensor:
        """Logits before the tokens that are kept, row after row."""
        if together():  # only a call of the wrapped model itself adds up the gradients of all processes
            whole = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False)
            return whole.logits[:, :-1][kept]  # type: ignore[no-any-return]
        inner = self.accelerator.unwrap_model(model).get_base_model()
        decoder, given = inner.get_decoder(), inputs["input_ids"][:, :-1]
        begun = _begun(given, inputs["labels"][:, 1:]) if takes_masks(inner) else 0
        if self.below is not None:
            lengths = inputs["attention_mask"].sum(dim=1).tolist()
            decoder, given = self.below.upper, self.below.states(inputs["input_ids"], lengths)[:, :-1]
        hidden = _read(decoder, given, begun)  # (B, T - 1 - begun, D)
        return inner.get_output_embeddings()(hidden[kept[:, begun:]])  # type: ignore[no-any-return]

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        """Loss and gradients of a batch: in one pass, or where its rows are long in several whose gradients add up."""
        rows, width = inputs["input_ids"].shape
        each = self.model.dtype.itemsize
        parts = -(-rows * width * each // BYTES_AT_ONCE) if device() == "cpu" else 1
        if parts == 1 or together() or num_items_in_batch is None:
            return super().training_step(model, inputs, num_items_in_batch)  # type: ignore[no-any-return]
        split = {name: value.chunk(parts) for name, value in inputs.items()}
        losses = [
            super(CompletionTrainer, self).training_step(model, dict(zip(split, part, strict=True)), num_items_in_batch)
            for part in zip(*split.values(), strict=True)
        ]
        return torch.stack(losses).sum()

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """Batches of like length, the same ones however many processes share them."""
        rows = self.train_dataset if train_dataset is None else train_dataset
        return LikeLengths(list(map(len, rows["input_ids"])), batch_of(self), self.args.data_seed)


def _begun(ids: torch.Tensor, wanted: torch.Tensor) -> int:
    """How many tokens all rows begin with and learn nothing at: the instructions; 0 where they are not worth it."""
    silent = (ids == ids[:1]).all(dim=0) & (wanted == IGNORED).all(dim=0)
    begun = int(silent.long().cumprod(dim=0).sum())
    return begun if len(ids) > 1 and begun >= WORTH_SHARING else 0


def _read(decoder: Any, rows: torch.Tensor, begun: int) -> torch.Tensor:
    """Last hidden states from the token `begun` on; what stands before it is read once, with its gradients, for all.

    Rows are padded at their end, where no token of a completion looks: causality needs no mask beside it.

    Args:
        decoder: Or some layers of it.
        rows: Token ids (B, T), or states (B, T, D).
        begun: How many tokens all rows begin with.
    """
    name, width = ("input_ids" if rows.dim() == 2 else "inputs_embeds"), rows.shape[1]
    if not begun:
        return decoder(**{name: rows}, use_cache=False).last_hidden_state  # type: ignore[no-any-return]
    cache = decoder(**{name: rows[:1, :begun]}, use_cache=True).past_key_values
    cache.batch_repeat_interleave(len(rows))
    return decoder(  # type: ignore[no-any-return]
        **{name: rows[:, begun:]},
        attention_mask=causal(width - begun, width, decoder.dtype, rows.device)[None, None],
        position_ids=torch.arange(begun, width, device=rows.device).unsqueeze(0),
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
