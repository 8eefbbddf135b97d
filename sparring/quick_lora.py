"""LoRA on a linear layer as one differentiable product, for training on a CPU.

Behind PEFT's layer, the adapter's output is scaled, and then added to the base's: two more passes over every layer's
output, and as many over gradients. Here the second product of the adapter adds onto the base's output in place.
"""

from typing import Any

import torch
from peft.tuners.lora import Linear


class QuickLinear(Linear):  # type: ignore[misc]
    """PEFT's layer; one plain adapter in the input's number format is computed at once, all else as PEFT does."""

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """(..., in) to (..., out)."""
        name = self.active_adapters[0]
        if args or kwargs or self.disable_adapters or self.merged or len(self.active_adapters) > 1:
            return super().forward(x, *args, **kwargs)  # type: ignore[no-any-return]
        first, second, base = self.lora_A[name], self.lora_B[name], self.base_layer
        plain = name not in self.lora_variant and isinstance(self.lora_dropout[name], torch.nn.Identity)
        if not plain or base.bias is not None or second.bias is not None or base.weight.requires_grad:
            return super().forward(x)  # type: ignore[no-any-return]
        if not x.dtype == base.weight.dtype == first.weight.dtype:
            return super().forward(x)  # type: ignore[no-any-return]
        return Adapted.apply(x, base.weight, first.weight, second.weight, self.scaling[name])  # type: ignore[no-any-return]


class Adapted(torch.autograd.Function):
    """x W' + s (x A') B' with gradients of x, A and B; W is frozen."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, base: torch.Tensor, first: torch.Tensor, second: torch.Tensor, scaling: float) -> torch.Tensor:  # fmt: skip
        """x (..., in), base (out, in), first (rank, in), second (out, rank); gives (..., out)."""
        rows = x.reshape(-1, x.shape[-1])
        low = rows @ first.t()  # (rows, rank)
        found = (rows @ base.t()).addmm_(low, second.t(), alpha=scaling)
        ctx.save_for_backward(rows, low, base, first, second)
        ctx.scaling = scaling
        return found.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # type: ignore[override]
        """Gradients of x, first and second."""
        rows, low, base, first, second = ctx.saved_tensors
        flat = gradient.reshape(-1, gradient.shape[-1])
        inner = (flat @ second).mul_(ctx.scaling)  # (rows, rank)
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = (flat @ base).addmm_(inner, first).view(*gradient.shape[:-1], -1)
        of_first = inner.t() @ rows
        of_second = (flat.t() @ low).mul_(ctx.scaling)
        return of_x, None, of_first, of_second, None
