"""An offset between calling and declining, as a piece of rank one in a layer's adapter.

The last layer's last linear map writes to nothing but its own token's logits. Its input tells whether that token
decides (ridge regression on answers of the training rows); one direction of its output moves the decision's margin by a
nat (the margin's own gradient). The product of both is an adapter of rank one, which any library serves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sparring.engine.batching import batches
from sparring.engine.decision import Decision
from sparring.engine.models import Model
from sparring.engine.prefill import TokenIds
from sparring.progress import steps

TOKENS_AT_ONCE = 2048
RIDGE = 1e-3  # of the inputs' mean square


@dataclass(frozen=True)
class Piece:
    """A rank-one map that moves the margin by one nat where it is decided, and by little elsewhere.

    Attributes:
        inward: What it reads of the module's input, (in).
        outward: What it adds to the module's output, (out).
        typical: The module's mean input where it is decided, (in).
    """

    inward: torch.Tensor
    outward: torch.Tensor
    typical: torch.Tensor

    def nats(self, change: torch.Tensor) -> float:
        """By how much a change of the module's map, (out, in), moves the margin on the average, to first order."""
        gradient = self.outward / self.outward.dot(self.outward)
        return float(gradient @ (change @ self.typical))


@dataclass(frozen=True)
class _Seen:
    """Of some rows: the module's inputs where it is decided (rows, in) and elsewhere; gradients (rows, out)."""

    deciding: list[torch.Tensor]
    elsewhere: list[torch.Tensor]
    gradients: list[torch.Tensor]


def fit_piece(
    model: Model, module: str, prompts: Sequence[TokenIds], answers: Sequence[TokenIds], decided: Decision, label: str
) -> Piece:
    """Fits the piece to what a model reads.

    Args:
        model: A causal language model with its adapter merged in; its weights no longer train after this.
        module: Name of the linear map in it.
        prompts: Token ids.
        answers: Token ids of an answer to each, beginning with the decision's prefix.
        decided: Where it is decided.
        label: What a progress line says.
    """
    seen = _Seen([], [], [])
    model.requires_grad_(False)
    rows = [[*prompt, *answer] for prompt, answer in zip(prompts, answers, strict=True)]
    for batch in steps(list(batches(list(map(len, rows)), TOKENS_AT_ONCE)), label):
        begins = [len(prompts[i]) - 1 for i in batch]
        _look(model, model.get_submodule(module), [rows[i] for i in batch], begins, decided, seen)
    gradient = torch.stack(seen.gradients).mean(0)
    deciding = torch.stack(seen.deciding)
    inward = _separating(deciding, torch.cat(seen.elsewhere))
    return Piece(inward.cpu(), (gradient / gradient.dot(gradient)).cpu(), deciding.mean(0).cpu())


def _look(
    model: Model,
    module: torch.nn.Module,
    rows: Sequence[TokenIds],
    begins: Sequence[int],
    decided: Decision,
    seen: _Seen,
) -> None:
    """Reads a batch; `begins` are the places of the token before each answer."""
    width, places = max(map(len, rows)), [begin + len(decided.prefix) for begin in begins]
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=model.device)
    kept: dict[str, torch.Tensor] = {}

    def listen(_: Any, given: tuple[torch.Tensor, ...], made: torch.Tensor) -> torch.Tensor:
        kept["input"] = given[0].detach()
        kept["probe"] = torch.zeros_like(made, requires_grad=True)
        return made + kept["probe"]

    with torch.enable_grad():
        handle = module.register_forward_hook(listen)
        try:
            hidden = model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
        finally:
            handle.remove()
        here = torch.arange(len(rows), device=ids.device), torch.tensor(places, device=ids.device)
        margin = decided.margins(model.get_output_embeddings()(hidden[here]).float()).sum()
        (gradients,) = torch.autograd.grad(margin, kept["probe"])
    for number, (row, begin, place) in enumerate(zip(rows, begins, places, strict=True)):
        seen.deciding.append(kept["input"][number, place].double())
        others = [k for k in range(begin, len(row) - 1) if k != place]
        seen.elsewhere.append(kept["input"][number, others].double())
        seen.gradients.append(gradients[number, place].double())


def _separating(deciding: torch.Tensor, elsewhere: torch.Tensor) -> torch.Tensor:
    """The direction whose product is 1 with the inputs that decide and 0 with the others; both sides weigh the same."""
    inputs = torch.cat([deciding, elsewhere])  # (n, in)
    wanted = torch.cat([inputs.new_ones(len(deciding)), inputs.new_zeros(len(elsewhere))])
    shares = torch.cat(
        [inputs.new_full((len(deciding),), len(deciding)), inputs.new_full((len(elsewhere),), len(elsewhere))]
    )
    products = inputs @ inputs.T
    penalty = RIDGE * products.diagonal().mean()
    found: torch.Tensor = inputs.T @ torch.linalg.solve(products + torch.diag(penalty * shares), wanted)
    return found / (deciding @ found).mean()
