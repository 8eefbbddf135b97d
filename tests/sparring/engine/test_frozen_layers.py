"""Adapters on the upper layers alone: what the frozen ones make of a row is kept, and training stays the same."""

import json

import pytest
import torch
from peft import load_peft_weights

from sparring.engine.adapters import new_adapter
from sparring.engine.determinism import settle
from sparring.engine.frozen_layers import frozen_layers
from sparring.errors import InputError
from sparring.training.sft import SFTHyper, SFTJob, SFTRow
from tests.tiny import make_language_model

SYSTEM = "Answer with a list of calls of these functions, and with nothing else."
ROWS = [
    SFTRow([{"role": "system", "content": SYSTEM}, {"role": "user", "content": city}], f"[f(x='{city}')]")
    for city in ("Paris", "Rio de Janeiro, please", "the weather in Oslo", "Rome", "Bonn", "Kyoto or Nara")
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("frozen") / "base")


def trained(base, folder, epochs=3, save_every=9):
    settle(1, 3)
    losses = []
    hyper = SFTHyper(epochs=epochs, batch_size=2, learning_rate=1e-2, lora_rank=4, lora_layers=1,
                     save_every=save_every, seed=3, dtype="float32")  # fmt: skip
    job = SFTJob(ROWS, base, None, folder / "out", hyper, "SFT")
    job.run(folder / "work", lambda step, found: losses.append(found["loss"]))
    return load_peft_weights(str(folder / "out")), losses


def test_only_the_uppermost_layers_get_an_adapter(base, tmp_path):
    number = len(new_adapter(base, 4, None, "float32").get_base_model().get_decoder().layers)
    weights, _ = trained(base, tmp_path, epochs=1)
    assert number > 1
    assert {name.split(".layers.")[1].split(".")[0] for name in weights} == {str(number - 1)}
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["layers_to_transform"] == [number - 1]
    assert "q_proj" in config["target_modules"]


def test_more_layers_than_there_are_is_wrong_input(base):
    with pytest.raises(InputError, match="99 layers are to have adapters, the model has"):
        new_adapter(base, 4, 99, "float32")


def test_kept_states_teach_what_reading_anew_teaches(base, tmp_path, monkeypatch):
    kept, losses = trained(base, tmp_path / "kept")
    monkeypatch.setattr("sparring.training.sft.frozen_layers", lambda *_: None)
    anew, expected = trained(base, tmp_path / "anew")
    assert losses == pytest.approx(expected, abs=1e-4)
    assert losses[-1] < losses[0]
    for name, weights in anew.items():
        assert torch.allclose(kept[name], weights, atol=1e-4), name


def test_in_a_second_epoch_nothing_below_is_computed(base, tmp_path, monkeypatch):
    read = []
    model = new_adapter(base, 4, 1, "float32")
    layer = type(model.get_base_model().get_decoder().layers[0])
    forward = layer.forward
    monkeypatch.setattr(
        layer,
        "forward",
        lambda self, *given, **named: read.append(self.self_attn.layer_idx) or forward(self, *given, **named),
    )
    trained(base, tmp_path, epochs=1)
    once = {number: read.count(number) for number in set(read)}
    read.clear()
    trained(base, tmp_path / "thrice", epochs=3)
    top = max(once)
    assert read.count(0) <= once[0]
    assert read.count(top) >= 3 * once[top]


def test_a_row_that_was_read_has_the_states_of_a_whole_pass_and_zeros_behind(base):
    model = new_adapter(base, 4, 1, "float32")
    rows = [[5, 6, 7, 8], [5, 6, 9]]
    found = frozen_layers(model, rows, "reading").states(torch.tensor([[5, 6, 7, 8], [5, 6, 9, 0]]), [4, 3])
    with torch.no_grad():
        whole = model.get_base_model().get_decoder()(input_ids=torch.tensor(rows[:1]), output_hidden_states=True)
    assert torch.allclose(found[0], whole.hidden_states[-2][0], atol=1e-5)
    assert found[1, 3].abs().max() == 0


def test_nothing_is_kept_where_all_layers_train_or_too_much_would_be(base, monkeypatch):
    assert frozen_layers(new_adapter(base, 4, None, "float32"), [[5, 6]], "reading") is None
    monkeypatch.setattr("sparring.engine.frozen_layers.MOST_BYTES", 10)
    assert frozen_layers(new_adapter(base, 4, 1, "float32"), [[5, 6]], "reading") is None


def test_a_model_that_is_more_than_its_parts_is_read_whole(base, monkeypatch):
    model = new_adapter(base, 4, 1, "float32")
    decoder = model.get_base_model().get_decoder()
    forward = type(decoder).forward

    def scaled(self, *given, inputs_embeds=None, **named):  # as models that scale their embeddings do
        return forward(self, *given, inputs_embeds=None if inputs_embeds is None else 2 * inputs_embeds, **named)

    monkeypatch.setattr(type(decoder), "forward", scaled)
    assert frozen_layers(model, [[5, 6, 7]], "reading") is None


def test_a_training_that_goes_on_ends_in_the_same_bytes(base, tmp_path):
    whole = tmp_path / "whole"
    trained(base, whole, save_every=2)
    cut = tmp_path / "cut"
    cut.mkdir()
    (whole / "work").rename(cut / "work")
    for later in sorted((cut / "work").glob("checkpoint-*"), key=lambda path: int(path.name[11:]))[1:]:
        for path in later.iterdir():
            path.unlink()
        later.rmdir()
    trained(base, cut, save_every=2)
    assert (cut / "out" / "adapter_model.safetensors").read_bytes() == (
        whole / "out" / "adapter_model.safetensors"
    ).read_bytes()
