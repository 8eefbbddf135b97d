"""LoRA in one product gives PEFT's values and gradients; what is not plain is left to PEFT."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model

from sparring.engine.adapters import new_adapter, save_adapter, trained_adapter
from sparring.engine.quick_lora import QuickLinear, _Adapted, quick
from tests.tiny import make_language_model

ROWS, TOKENS, INNER, OUT = 3, 5, 16, 24


class Two(torch.nn.Module):
    """Two linear layers in a row."""

    def __init__(self, bias=False):
        super().__init__()
        self.one, self.two = torch.nn.Linear(INNER, OUT, bias=bias), torch.nn.Linear(OUT, INNER, bias=bias)

    def forward(self, x):
        return self.two(torch.tanh(self.one(x)))


def both(**options):
    """The same adapted model with PEFT's layers and with ours."""
    torch.manual_seed(2)
    base = Two(bias=options.pop("biased", False))
    made = []
    for change in (lambda config: config, quick):
        torch.manual_seed(3)
        config = LoraConfig(r=4, lora_alpha=12, target_modules=["one", "two"], init_lora_weights=False, **options)
        made.append(get_peft_model(copy.deepcopy(base), change(config)))
    return made


def outcome(model):
    """Values, the input's gradient, and the adapter's."""
    torch.manual_seed(4)
    x = torch.randn(ROWS, TOKENS, INNER, requires_grad=True)
    values = model(x)
    (values * torch.linspace(-1, 1, values.numel()).view(values.shape)).sum().backward()
    learnt = {name: weight.grad for name, weight in model.named_parameters() if weight.requires_grad}
    assert all(gradient is not None for gradient in learnt.values())
    return {"values": values, "x": x.grad} | learnt


def test_values_and_gradients_are_pefts():
    theirs, ours = map(outcome, both())
    assert set(theirs) == set(ours)
    assert len(theirs) == 6
    for name, found in ours.items():
        assert torch.allclose(found, theirs[name], atol=1e-5), name


@pytest.fixture
def counted(monkeypatch):
    """How often a layer was computed at once."""
    calls = []
    apply = _Adapted.apply
    monkeypatch.setattr(_Adapted, "apply", lambda *given: calls.append(1) or apply(*given))
    return calls


@pytest.mark.parametrize(
    "options", [{"biased": True}, {"lora_dropout": 0.5}, {"use_dora": True}, {"lora_bias": True, "biased": True}]
)
def test_what_is_not_plain_is_left_to_peft(options, counted):
    theirs, ours = both(**options)
    torch.manual_seed(5)
    expected = outcome(theirs)
    torch.manual_seed(5)
    found = outcome(ours)
    assert not counted
    for name in expected:
        assert torch.equal(found[name], expected[name]), name


def test_merged_and_disabled_adapters_are_left_to_peft(counted):
    theirs, ours = both()
    x = torch.randn(2, INNER)
    plain = ours(x)
    assert len(counted) == 2
    with ours.disable_adapter(), theirs.disable_adapter():
        assert torch.equal(ours(x), theirs(x))
    ours.merge_adapter()
    assert torch.allclose(ours(x), plain, atol=1e-5)
    assert len(counted) == 2


def test_adapters_are_trained_with_it_and_saved_as_ever(tmp_path, counted):
    base = make_language_model(tmp_path / "base")
    model = new_adapter(base, 4, None, "float32")
    assert any(isinstance(module, QuickLinear) for module in model.modules())
    save_adapter(model, tmp_path / "adapter")
    again = trained_adapter(base, tmp_path / "adapter", "float32")
    ids = torch.tensor([[3, 4, 5]])
    assert torch.equal(again(input_ids=ids).logits, model(input_ids=ids).logits)
    assert counted
    assert "Quick" not in (tmp_path / "adapter" / "adapter_config.json").read_text()
