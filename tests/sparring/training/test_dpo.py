"""DPO: TRL's loss from prompts that are read once, measured against the champion; rows without a lost answer learn by SFT."""

import shutil

import pytest
import torch
from peft import load_peft_weights

from sparring.config import DPOParams
from sparring.engine.adapters import new_adapter
from sparring.engine.determinism import settle
from sparring.errors import InputError
from sparring.storage import hash_tree
from sparring.training.dpo import DPOJob, PairTrainer
from sparring.training.sft import SFTHyper, SFTJob, SFTRow
from tests.tiny import make_adapter, make_language_model

SYSTEM = "Answer with a list of calls of these functions, and with nothing else."
ASKED = [
    ("Paris", "[f(x='Paris')]", "[f(x='Rome')]"),
    ("Rio de Janeiro, please", "[f(x='Rio de Janeiro')]", None),
    ("the weather in Oslo", "[f(x='Oslo')]", "I cannot say"),
    ("Who wrote Faust?", "None of the functions fits.", "[f(x='Faust')]"),
    ("Rome", "[f(x='Rome')]", None),
    ("Paris", "[f(x='Paris')]", ""),
    ("Kyoto or Nara", "[f(x='Kyoto')]", "[f(x='Nara')]"),
    ("Bonn", "[f(x='Bonn')]", None),
]


def asked(query, text, rejected=None):
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": query}]
    return SFTRow(messages, text, rejected=rejected)


ROWS = [asked(*row) for row in ASKED]
SINGLE = [asked(query, text) for query, text, _ in ASKED]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("dpo") / "base")


@pytest.fixture(scope="module")
def champion(base, tmp_path_factory):
    """An adapter on the upper of two layers that does something."""
    return make_adapter(base, tmp_path_factory.mktemp("champion") / "adapter")


def hyper(**changes):
    given = {"epochs": 1, "batch_size": 4, "learning_rate": 1e-2, "lora_rank": 4, "lora_layers": 1,
             "save_every": 9, "seed": 3, "dtype": "float32"}  # fmt: skip
    return SFTHyper(**given | changes)


def trained(base, champion, folder, rows=ROWS, start="champion", beta=0.5, sft_weight=1.0, **changes):
    settle(1, 3)
    logged = []
    job = DPOJob(rows, base, champion, champion if start == "champion" else None, folder / "out", hyper(**changes),
                 DPOParams(beta=beta, sft_weight=sft_weight), "DPO")  # fmt: skip
    job.run(folder / "work", lambda step, found: logged.append(found))
    return load_peft_weights(str(folder / "out")), logged


def close(found, expected, tolerance=2e-4):
    assert found.keys() == expected.keys()
    for name, weights in expected.items():
        assert torch.allclose(found[name], weights, atol=tolerance), name


@pytest.mark.parametrize("epochs", [1, 3])
def test_reading_a_prompt_once_for_both_answers_gives_trls_own_loss(base, champion, tmp_path, monkeypatch, epochs):
    ours, logged = trained(base, champion, tmp_path / "ours", epochs=epochs)
    monkeypatch.setattr("sparring.training.dpo.takes_masks", lambda model: False)
    monkeypatch.setattr("sparring.training.dpo.frozen_layers", lambda *_: None)
    theirs, expected = trained(base, champion, tmp_path / "theirs", epochs=epochs)
    close(ours, theirs)
    assert len(logged) == 2 * epochs
    for name in ("loss", "margin", "preferred", "pairs", "grad_norm"):
        values = [found[name] for found in logged]
        assert values == pytest.approx([found[name] for found in expected], abs=2e-3), name


def test_long_rows_in_several_passes_teach_what_one_pass_teaches(base, champion, tmp_path, monkeypatch):
    whole, expected = trained(base, champion, tmp_path / "whole", batch_size=8, epochs=2)
    passes, read = [], PairTrainer._read
    monkeypatch.setattr(PairTrainer, "_read", lambda self, **inputs: passes.append(len(inputs["input_ids"]) // 2)
                        or read(self, **inputs))  # fmt: skip
    monkeypatch.setattr("sparring.training.dpo.BYTES_AT_ONCE", 1000)
    parts, logged = trained(base, champion, tmp_path / "parts", batch_size=8, epochs=2)
    assert len(passes) > 2
    assert sum(passes) == 2 * len(ROWS)
    close(parts, whole)
    assert [found["loss"] for found in logged] == pytest.approx([found["loss"] for found in expected], abs=1e-4)


def test_what_frozen_layers_made_of_both_answers_is_kept_over_epochs(base, champion, tmp_path, monkeypatch):
    read = []
    layer = type(new_adapter(base, 4, 1, "float32").get_base_model().get_decoder().layers[0])
    forward = layer.forward
    monkeypatch.setattr(layer, "forward", lambda self, *given, **named: read.append(self.self_attn.layer_idx)
                        or forward(self, *given, **named))  # fmt: skip
    trained(base, champion, tmp_path / "kept", epochs=5)
    kept = [read.count(number) for number in (0, 1)]
    read.clear()
    monkeypatch.setattr("sparring.training.dpo.frozen_layers", lambda *_: None)
    trained(base, champion, tmp_path / "anew", epochs=5)
    assert kept[0] < kept[1]
    assert read.count(0) == read.count(1)


def test_a_challenger_that_starts_as_the_champion_prefers_nothing_yet_and_learns_to(base, champion, tmp_path):
    _, logged = trained(base, champion, tmp_path, epochs=6, save_every=99)
    assert logged[0]["margin"] == pytest.approx(0.0, abs=1e-4)
    assert logged[-1]["margin"] > 0.5
    assert logged[-1]["preferred"] == 1.0
    assert logged[0]["pairs"] + logged[1]["pairs"] == pytest.approx(2 * 5 / 8)


def test_the_reference_is_the_champion_even_where_training_begins_at_the_base(base, champion, tmp_path):
    _, logged = trained(base, champion, tmp_path, start="base")
    assert abs(logged[0]["margin"]) > 1e-3


def test_a_row_without_a_lost_answer_learns_by_cross_entropy_alone(base, champion, tmp_path):
    before = load_peft_weights(str(champion))
    still, _ = trained(base, champion, tmp_path / "still", rows=SINGLE, sft_weight=0.0)
    close(still, before, tolerance=1e-7)
    learnt, logged = trained(base, champion, tmp_path / "learnt", rows=SINGLE)
    assert all(found["pairs"] == 0.0 and "margin" not in found for found in logged)
    settle(1, 3)
    job = SFTJob(SINGLE, base, champion, tmp_path / "sft", hyper(), "SFT")
    job.run(tmp_path / "sft-work", lambda step, found: None)
    moved = {name: (learnt[name] - weights).abs().max().item() for name, weights in before.items()}
    assert max(moved.values()) > 1e-3
    close(learnt, load_peft_weights(str(tmp_path / "sft")))


def test_neither_the_adapter_nor_a_checkpoint_holds_a_copy_of_the_champion(base, champion, tmp_path):
    trained(base, champion, tmp_path, save_every=1)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    for checkpoint in (tmp_path / "work").glob("checkpoint-*"):
        assert not [path for path in checkpoint.iterdir() if path.is_dir()]


@pytest.mark.parametrize("start", ["champion", "base"])
def test_a_training_that_was_killed_ends_in_the_same_bytes(base, champion, tmp_path, start):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    trained(base, champion, whole, start=start, epochs=3, save_every=1)
    cut.mkdir()
    (whole / "work").rename(cut / "work")
    last = max((cut / "work").glob("checkpoint-*"), key=lambda path: int(path.name[11:]))
    shutil.rmtree(last)
    _, logged = trained(base, champion, cut, start=start, epochs=3, save_every=1)
    assert len(logged) == 1
    assert hash_tree(cut / "out") == hash_tree(whole / "out")


def test_nothing_to_learn_and_a_batch_that_cannot_be_shared_out_are_said(base, champion, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="no rows to train on"):
        trained(base, champion, tmp_path, rows=[])
    monkeypatch.setattr("sparring.training.sft.number_of_processes", lambda: 3)
    with pytest.raises(InputError, match="a batch of 4 rows cannot be shared out among 3 processes"):
        trained(base, champion, tmp_path)


def test_two_rows_of_one_prompt_are_read_apart(base, champion, tmp_path, monkeypatch):
    rows = [asked("Paris", "[f(x='Paris')]", wrong) for wrong in ("[f(x='Rome')]", "no", None, "[g()]")]
    kept, _ = trained(base, champion, tmp_path / "kept", rows=rows, epochs=3)
    monkeypatch.setattr("sparring.training.dpo.takes_masks", lambda model: False)
    theirs, _ = trained(base, champion, tmp_path / "theirs", rows=rows, epochs=3)
    close(kept, theirs)
