"""Attention by hand gives what PyTorch's kernel gives, forward and backward."""

import pytest
import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from sparring.engine.short_attention import LONGEST, short_attention

ROWS, HEADS, GROUPS, SIZE = 3, 6, 2, 8


class Layer(torch.nn.Module):
    """What Transformers hands to an attention function."""

    num_key_value_groups = HEADS // GROUPS
    is_causal = True


def states(tokens):
    """Queries, keys and values that want gradients."""
    torch.manual_seed(3)
    shapes = [(ROWS, HEADS, tokens, SIZE), (ROWS, GROUPS, tokens, SIZE), (ROWS, GROUPS, tokens, SIZE)]
    return [torch.randn(shape, requires_grad=True) for shape in shapes]


def a_mask(kind, tokens):
    """No mask, or one that hides some of what lies before."""
    if kind == "none":
        return None
    seen = torch.rand(ROWS, 1, tokens, tokens) < 0.6
    seen = (seen | torch.eye(tokens, dtype=torch.bool)).tril()
    return seen if kind == "boolean" else torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)


@pytest.mark.parametrize("kind", ["none", "boolean", "additive"])
@pytest.mark.parametrize("tokens", [1, 2, 37, LONGEST + 1])
@pytest.mark.parametrize("scaling", [None, 0.3])
def test_values_and_gradients_are_the_kernels(kind, tokens, scaling):
    found = []
    for function in (short_attention, sdpa_attention_forward):
        given = states(tokens)
        values, weights = function(Layer(), *given, a_mask(kind, tokens), scaling=scaling)
        (values * torch.linspace(-1, 1, values.numel()).view(values.shape)).sum().backward()
        assert weights is None
        found.append([values, *(each.grad for each in given)])
    for ours, theirs in zip(*found, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_it_is_by_hand_only_where_rows_are_short(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "sparring.engine.short_attention.sdpa_attention_forward",
        lambda *given, **others: asked.append(given[1].shape[2]),
    )
    short_attention(Layer(), *states(20), None)
    assert asked == []
    short_attention(Layer(), *states(LONGEST + 1), None)
    short_attention(Layer(), *states(20), None, dropout=0.1)
    short_attention(Layer(), *states(20), None, is_causal=False)
    assert asked == [LONGEST + 1, 20, 20]


def test_tokens_look_at_those_that_were_read_before():
    query, key, value = states(20)
    whole, _ = short_attention(Layer(), query, key, value, None)
    last, _ = short_attention(Layer(), query[:, :, -5:], key, value, None)
    assert torch.allclose(last, whole[:, -5:], atol=1e-6)
    seen = torch.ones(20, 20, dtype=torch.bool).tril()[-5:].view(1, 1, 5, 20)
    masked, _ = short_attention(Layer(), query[:, :, -5:], key, value, seen)
    assert torch.allclose(masked, last, atol=1e-6)
