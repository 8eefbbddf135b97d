"""An adapter that is not the base's own answers as the bare base would: it is refused instead."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

from sparring.engine.adapters import new_adapter, save_adapter, trained_adapter
from sparring.engine.models import load_model
from sparring.errors import InputError

SIZES = {"vocab_size": 64, "num_attention_heads": 2, "num_key_value_heads": 2, "intermediate_size": 32}


def make_base(folder, num_layers=2, width=16):
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(**SIZES, hidden_size=width, num_hidden_layers=num_layers)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("models") / "base")


@pytest.fixture
def adapter(base, tmp_path):
    model = new_adapter(base, rank=2, dtype="float32", layers=None)
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.ones_(weights)
    save_adapter(model, tmp_path / "adapter")
    return tmp_path / "adapter"


def renamed(adapter, change):
    path = adapter / "adapter_model.safetensors"
    save_file({change(name): weights for name, weights in load_file(path).items() if change(name)}, path)


def reconfigured(adapter, **changes):
    path = adapter / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def without_the_second_layer(adapter):
    renamed(adapter, lambda name: "" if "layers.1" in name else name)


def with_names_of_another_family(adapter):
    renamed(adapter, lambda name: name.replace("model.layers", "transformer.h"))


def with_nothing_in_it(adapter):
    renamed(adapter, lambda _: "")


def with_a_layer_too_many(adapter):
    path = adapter / "adapter_model.safetensors"
    weights = load_file(path)
    extra = {
        name.replace("layers.1", "layers.2"): value.clone() for name, value in weights.items() if "layers.1" in name
    }
    save_file(weights | extra, path)


def with_modules_that_the_base_lacks(adapter):
    reconfigured(adapter, target_modules=["c_attn"])


def with_another_rank(adapter):
    reconfigured(adapter, r=4)


def with_broken_weights(adapter):
    (adapter / "adapter_model.safetensors").write_bytes(b"\xff" * 40)


@pytest.mark.parametrize("load", [load_model, trained_adapter])
@pytest.mark.parametrize(
    "spoil",
    [
        without_the_second_layer,
        with_names_of_another_family,
        with_nothing_in_it,
        with_a_layer_too_many,
        with_modules_that_the_base_lacks,
        with_another_rank,
        with_broken_weights,
    ],
)
def test_an_adapter_whose_keys_do_not_fit_the_base_is_refused_in_one_line(base, adapter, spoil, load):
    spoil(adapter)
    with pytest.raises(InputError, match="does not fit the base model") as refused:
        load(base, adapter, "float32")
    assert str(refused.value).startswith(str(adapter))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("sizes", [{"num_layers": 3}, {"num_layers": 1}, {"width": 32}])
def test_an_adapter_of_a_base_of_another_size_is_refused(adapter, tmp_path, sizes):
    reconfigured(adapter, target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
    with pytest.raises(InputError, match="does not fit the base model"):
        load_model(make_base(tmp_path / "other", **sizes), adapter, "float32")


@pytest.mark.parametrize("missing", ["adapter_config.json", "adapter_model.safetensors"])
@pytest.mark.parametrize("load", [load_model, trained_adapter])
def test_a_folder_that_holds_no_adapter_is_named_and_looked_for_nowhere_else(base, adapter, missing, load):
    (adapter / missing).unlink()
    with pytest.raises(InputError, match=f"{missing}: no such file"):
        load(base, adapter, "float32")
    shutil.rmtree(adapter)
    with pytest.raises(InputError, match="no such file"):
        load(base, adapter, "float32")


def test_the_right_adapter_answers_otherwise_than_the_bare_base(base, adapter):
    rows = torch.arange(8)[None]
    with torch.inference_mode():
        bare, adapted = (load_model(base, chosen, "float32")(rows).logits for chosen in (None, adapter))
    assert not torch.allclose(bare, adapted)
