"""DPO of the target's adapter with TRL: the right call rather than the answer that lost, and the right call itself.

The champion's likelihoods are read before the first step, so that no second model and no second adapter is in memory.
Each prompt is read once for both of its answers. The one surprise: a row without a lost answer is given to TRL as a
pair of equals, whose preference is undecided whatever the weights and has no gradient; its cross-entropy is left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from trl import DPOConfig, DPOTrainer
from trl.trainer.utils import FusedCausalLMOutput

from sparring.config import DPOParams
from sparring.engine.adapters import begun_adapter
from sparring.engine.batching import BYTES_AT_ONCE
from sparring.engine.frozen_layers import FrozenLayers, frozen_layers
from sparring.engine.models import device, load_tokenizer
from sparring.engine.packing import IGNORED, Packed, pack_groups
from sparring.engine.prefill import TokenIds, takes_masks
from sparring.engine.processes import save_trained, together
from sparring.progress import OnLog
from sparring.training.checkpoints import LogProgress, SealCheckpoints, quiet, train_on
from sparring.training.like_lengths import LikeLengths, batch_of
from sparring.training.reference import Champion, likelihood
from sparring.training.sft import SFTHyper, SFTRow, answer_ids, numbers, prompt_ids

REFERENCE = "ref"  # TRL's name of the copy that it makes of an adapter


@dataclass(frozen=True)
class Pair:
    """A prompt, the answer to learn, and the answer that lost; equal where none did."""

    prompt: TokenIds
    chosen: TokenIds
    rejected: TokenIds

    @property
    def answers(self) -> list[TokenIds]:
        """The distinct ones."""
        return [self.chosen] if self.chosen == self.rejected else [self.chosen, self.rejected]

    @property
    def packed(self) -> TokenIds:
        """The row in which both answers stand behind the prompt."""
        return [*self.prompt[:-1], *(token for answer in self.answers for token in (self.prompt[-1], *answer))]


@dataclass(frozen=True)
class DPOJob:
    """A training by preferences, not begun.

    Attributes:
        rows: Training rows; those with a lost answer are preferences.
        base: Folder of the frozen base.
        champion: Adapter that preferences are measured against.
        start: Adapter to continue from; None for a new one.
        out: Folder of the finished adapter.
        hyper: Hyperparameters.
        wanted: Scale of preferences, and weight of the cross-entropy.
        label: What the progress line says.
    """

    rows: Sequence[SFTRow]
    base: Path
    champion: Path
    start: Path | None
    out: Path
    hyper: SFTHyper
    wanted: DPOParams
    label: str

    def run(self, work: Path, on_log: OnLog) -> None:
        """Trains and writes the adapter; goes on from a checkpoint in `work` where there is one.

        Args:
            work: Folder of checkpoints.
            on_log: Called with (step, metrics) after each optimiser step.

        Raises:
            ValueError: There are no rows.
            InputError: The batch cannot be shared out among the processes that train.
        """
        if not self.rows:
            raise ValueError("no rows to train on")
        hyper, tokenizer = self.hyper, load_tokenizer(self.base)
        pairs = [_pair(tokenizer, row) for row in self.rows]
        known = self._likelihoods(pairs)
        model = begun_adapter(self.base, self.start, hyper.lora_rank, hyper.lora_layers, hyper.dtype, hyper.seed)
        trainer = PairTrainer(
            model=model,
            args=DPOConfig(
                **numbers(work, hyper),
                beta=self.wanted.beta,
                loss_type=["sigmoid", "sft"],
                loss_weights=[1.0, self.wanted.sft_weight],
                max_length=None,
            ),
            train_dataset=Dataset.from_list([_given(pair, known) for pair in pairs]),
            processing_class=tokenizer,
            callbacks=[LogProgress(self.label, lambda step, found: on_log(step, _named(found))), SealCheckpoints()],
        )
        quiet(trainer)
        if hyper.epochs > 1 and not together():
            read = {tuple(pair.packed): pair for pair in pairs}
            label = f"{self.label}: frozen layers"
            trainer.below = frozen_layers(
                model, list(map(list, read)), label, lambda decoder, rows: _read(decoder, rows, read)
            )
        train_on(trainer, work, self.label)
        save_trained(trainer, self.out)

    def _likelihoods(self, pairs: Sequence[Pair]) -> dict[tuple[int, ...], float]:
        """The champion's log-probabilities of answers, by prompt and answer; rows without a lost one need none."""
        rows = [(pair.prompt, answer) for pair in pairs if len(pair.answers) > 1 for answer in pair.answers]
        champion = Champion(self.base, self.champion, self.hyper.dtype)
        found = champion.read(rows, likelihood, f"{self.label}: the champion reads")
        return {(*prompt, *answer): value for (prompt, answer), value in zip(rows, found, strict=True)}


class PairTrainer(DPOTrainer):  # type: ignore[misc]
    """TRL's trainer, given tokens and the reference's likelihoods; it reads each prompt once for both answers.

    TRL's own loss is taken from what is read: only the reading differs. Several processes read as TRL does.
    """

    below: FrozenLayers | None = None
    loss_weights: list[float]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.model.delete_adapter(REFERENCE)
        self.precompute_ref_logps = True

    def _prepare_dataset(self, dataset: Any, *others: Any) -> Any:
        """The rows are tokens already: those that the target reads in rollouts."""
        return dataset

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """Batches of like length without what lost, lest rows with a lost answer keep to themselves."""
        rows = self.train_dataset if train_dataset is None else train_dataset
        lengths = [
            len(prompt) + len(chosen) for prompt, chosen in zip(rows["prompt_ids"], rows["chosen_ids"], strict=True)
        ]
        return LikeLengths(lengths, batch_of(self), self.args.data_seed)

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        """Loss and gradients of a batch: in one pass, or where its rows are long in several whose gradients add up."""
        if together():
            return super().training_step(model, inputs, num_items_in_batch)  # type: ignore[no-any-return]
        whole, losses, weights = inputs["completion_mask"], [], self.loss_weights
        for part in self._parts(inputs):
            mask = part["completion_mask"]
            share = len(mask) / len(whole), float(mask.chunk(2)[0].sum() / whole.chunk(2)[0].sum())
            self.loss_weights = [weight * of for weight, of in zip(weights, share, strict=True)]  # pairs, and tokens
            losses.append(super().training_step(model, part, num_items_in_batch))
        self.loss_weights = weights
        return torch.stack(losses).sum()

    def _parts(self, inputs: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The batch's pairs in as few passes as the memory of long rows allows."""
        rows, width = inputs["input_ids"].shape
        pairs = rows // 2
        passes = -(-pairs * width * self.model.dtype.itemsize // BYTES_AT_ONCE) if device() == "cpu" else 1
        for chosen in torch.arange(pairs, device=inputs["input_ids"].device).chunk(passes):
            both = torch.cat([chosen, chosen + pairs])
            yield {name: value[both if len(value) == rows else chosen] for name, value in inputs.items()}

    def _compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool) -> Any:
        """TRL's loss of a batch: chosen answers in its first half, rejected ones in its second."""
        chosen, rejected = inputs["input_ids"].chunk(2)
        preferences = (chosen != rejected).any(dim=1).float()
        self._metrics["train"]["pairs"].append(self.accelerator.gather(preferences).mean().item())
        packs = takes_masks(self.accelerator.unwrap_model(model).get_base_model()) and not self.aux_loss_enabled
        reader = self._read if packs and not together() else model
        return super()._compute_loss(reader, inputs, return_outputs)

    def _read(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor, **others: Any
    ) -> FusedCausalLMOutput:
        """What TRL's output layer says of the answers' tokens, (rows, tokens - 1), zero everywhere else."""
        inner = self.accelerator.unwrap_model(self.model).get_base_model()
        learnt = labels[:, 1:] != IGNORED
        pairs = _pairs(input_ids.tolist(), attention_mask.sum(dim=1).tolist(), learnt.sum(dim=1).tolist())
        packed = _packed(pairs, inner.dtype, inner.device)
        if self.below is None:
            begun = {"input_ids": packed.ids}
            decoder = inner.get_decoder()
        else:
            begun = {"inputs_embeds": self.below.states(packed.ids, [len(pair.packed) for pair in pairs])}
            decoder = self.below.upper
        hidden = decoder(**begun, **_behind(packed)).last_hidden_state
        kept = packed.labels != IGNORED
        logits = inner.get_output_embeddings()(hidden[kept]).float()  # (tokens of distinct answers, vocabulary)
        found = _scored(logits, packed.labels[kept])
        places = [place for half in (0, -1) for place in _places(pairs, half)]
        lengths = [len(answer) for pair in pairs for answer in pair.answers]
        laid = {
            name: torch.cat([torch.split(values, lengths)[place] for place in places]) for name, values in found.items()
        }
        return FusedCausalLMOutput(
            **{name: values.new_zeros(learnt.shape).masked_scatter(learnt, values) for name, values in laid.items()}
        )


def _scored(logits: torch.Tensor, wanted: torch.Tensor) -> dict[str, torch.Tensor]:
    """TRL's four numbers of each token: only the first has a gradient."""
    logprobs = torch.log_softmax(logits, dim=-1)
    with torch.no_grad():
        entropy = -(logprobs.exp() * logprobs).sum(dim=-1)
        mean, top = logits.mean(dim=-1), logits.argmax(dim=-1) == wanted
    of_wanted = logprobs.gather(1, wanted[:, None])[:, 0]
    return {"log_probs": of_wanted, "entropy": entropy, "mean_logits": mean, "is_top1": top}


def _pairs(rows: Sequence[TokenIds], lengths: Sequence[int], learnt: Sequence[int]) -> list[Pair]:
    """The pairs of a batch as TRL lays it out: chosen rows, then rejected ones, padded at their end."""
    whole = [row[:length] for row, length in zip(rows, lengths, strict=True)]
    parts = [(row[: len(row) - count], row[len(row) - count :]) for row, count in zip(whole, learnt, strict=True)]
    half = len(parts) // 2
    return [Pair(*one, other[1]) for one, other in zip(parts[:half], parts[half:], strict=True)]


def _places(pairs: Sequence[Pair], which: int) -> list[int]:
    """Where each pair's first (0) or last (-1) answer stands among the distinct ones of all."""
    ends, places = 0, []
    for pair in pairs:
        ends += len(pair.answers)
        places.append(ends - 1 if which else ends - len(pair.answers))
    return places


def _packed(pairs: Sequence[Pair], dtype: torch.dtype, where: torch.device) -> Packed:
    """One row a pair, even where two pairs have one prompt: what is kept of a row is found by its tokens."""
    answers = [answer for pair in pairs for answer in pair.answers]
    firsts, lasts = _places(pairs, 0), _places(pairs, -1)
    groups = [(pair.prompt, range(a, b + 1)) for pair, a, b in zip(pairs, firsts, lasts, strict=True)]
    return pack_groups(groups, answers, dtype, where)


def _behind(packed: Packed) -> dict[str, Any]:
    return {"attention_mask": packed.mask, "position_ids": packed.positions, "use_cache": False}


def _read(decoder: Any, rows: Sequence[TokenIds], pairs: Mapping[tuple[int, ...], Pair]) -> torch.Tensor:
    """A decoder's states of packed rows, for what is kept of frozen layers."""
    packed = _packed([pairs[tuple(row)] for row in rows], decoder.dtype, decoder.device)
    found = decoder(input_ids=packed.ids, **_behind(packed))
    return found.last_hidden_state  # type: ignore[no-any-return]


def _pair(tokenizer: Any, row: SFTRow) -> Pair:
    chosen = answer_ids(tokenizer, row.completion)
    rejected = chosen if row.rejected is None else answer_ids(tokenizer, row.rejected)
    return Pair(prompt_ids(tokenizer, row), chosen, rejected)


def _given(pair: Pair, known: Mapping[tuple[int, ...], float]) -> dict[str, Any]:
    """A row of TRL's data set; the champion's likelihoods of a pair of equals cancel, whatever they are."""
    likelihoods = [known.get((*pair.prompt, *answer), 0.0) for answer in (pair.chosen, pair.rejected)]
    return {
        "prompt_ids": pair.prompt,
        "chosen_ids": pair.chosen,
        "rejected_ids": pair.rejected,
        "ref_chosen_logps": likelihoods[0],
        "ref_rejected_logps": likelihoods[1],
    }


def _named(found: Mapping[str, float]) -> dict[str, float]:
    """The trainer's metrics under the project's names; what is said of preferences is a mean over them alone."""
    kept = {name: found[name] for name in ("loss", "grad_norm", "learning_rate", "epoch", "pairs") if name in found}
    if found.get("pairs"):
        kept["margin"] = found["rewards/margins"] / found["pairs"]
        kept["preferred"] = found["rewards/accuracies"] / found["pairs"]
    return kept
