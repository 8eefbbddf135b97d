"""LoRA on a linear layer as one differentiable product, for training on a CPU.

PEFT scales the adapter's output and adds it to the base's: two more passes over every layer's output, and as many over
the gradients, a fifteenth of an SFT step. Here the adapter's second product adds onto the base's output in place.
"""

from typing import Any

import torch
from peft import LoraConfig
from peft.tuners.lora import Linear


class QuickLinear(Linear):  # type: ignore[misc]
    """PEFT's layer; one plain adapter on a frozen base of the same number format is computed at once.

    All else is left to PEFT: merged or disabled adapters, several of them, dropout, biases, variants of LoRA.
    """

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """(..., in) to (..., out)."""
        if args or kwargs or self.disable_adapters or self.merged or not self._is_plain(x):
            return super().forward(x, *args, **kwargs)  # type: ignore[no-any-return]
        (name,) = self.active_adapters
        weights = self.base_layer.weight, self.lora_A[name].weight, self.lora_B[name].weight
        return _Adapted.apply(x, *weights, self.scaling[name])  # type: ignore[no-any-return, no-untyped-call]

    def _is_plain(self, x: torch.Tensor) -> bool:
        name, base = self.active_adapters[0], self.base_layer
        if len(self.active_adapters) > 1 or name not in self.lora_A or name in self.lora_variant:
            return False
        first, second = self.lora_A[name], self.lora_B[name]
        unbiased = base.bias is None and second.bias is None and not base.weight.requires_grad
        undropped = isinstance(self.lora_dropout[name], torch.nn.Identity)
        return unbiased and undropped and x.dtype == base.weight.dtype == first.weight.dtype == second.weight.dtype


def quick(config: LoraConfig) -> LoraConfig:
    """The configuration, with these layers in place of PEFT's; what is saved of it stays the same."""
    config._register_custom_module({torch.nn.Linear: QuickLinear})
    return config


class _Adapted(torch.autograd.Function):
    """x W' + s (x A') B', with gradients of x, A and B; W is frozen."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, base: torch.Tensor, first: torch.Tensor, second: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """x (..., in), base (out, in), first (rank, in), second (out, rank); gives (..., out)."""
        rows = x.reshape(-1, x.shape[-1])
        low = rows @ first.t()  # (rows, rank)
        ctx.save_for_backward(rows, low, base, first, second)
        ctx.scaling = scaling
        return (rows @ base.t()).addmm_(low, second.t(), alpha=scaling).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradients of x, first and second."""
        rows, low, base, first, second = ctx.saved_tensors
        given = gradients[0].reshape(-1, base.shape[0])
        inner = (given @ second).mul_(ctx.scaling)  # (rows, rank)
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = (given @ base).addmm_(inner, first).view(*gradients[0].shape[:-1], -1)
        return of_x, None, inner.t() @ rows, (given.t() @ low).mul_(ctx.scaling), None
