"""Rows at which a fine-tuning is held to the champion: how far it has moved there counts, whatever it starts from."""

import shutil

import pytest
import torch
from peft import load_peft_weights

from sparring.engine.adapters import new_adapter, trained_adapter
from sparring.engine.determinism import settle
from sparring.engine.models import load_tokenizer
from sparring.storage import hash_tree
from sparring.training.completion_trainer import CompletionTrainer
from sparring.training.reference import Champion, HeldRows, kept_states, likelihood
from sparring.training.sft import Hold, SFTHyper, SFTJob, SFTRow, _tokenised, parted
from tests.tiny import make_adapter, make_language_model

SYSTEM = "Answer with a list of calls of these functions, and with nothing else."
ASKED = ("Paris", "Rio de Janeiro, please", "the weather in Oslo", "Rome", "Bonn", "Kyoto or Nara")
ROWS = [
    SFTRow([{"role": "system", "content": SYSTEM}, {"role": "user", "content": city}], f"[f(x='{city}')]")
    for city in ASKED
]
HELD = (0, 2, 5)
ALL = tuple(range(len(ROWS)))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("reference") / "base")


@pytest.fixture(scope="module")
def champion(base, tmp_path_factory):
    return Champion(base, make_adapter(base, tmp_path_factory.mktemp("champion") / "adapter"), "float32")


def tokens(base):
    return [_tokenised(load_tokenizer(base), row) for row in ROWS]


def logits(model, base, numbers=ALL):
    """Per row what the model says before each token of the completion, by a pass of its own."""
    found = []
    for number in numbers:
        prompt, answer = parted(tokens(base)[number])
        with torch.no_grad():
            said = model(input_ids=torch.tensor([[*prompt, *answer]])).logits[0]
        found.append(said[len(prompt) - 1 : -1])
    return found


def divergence(before, now):
    """KL(before, now), summed over tokens."""
    return sum(
        (torch.softmax(a, -1) * (torch.log_softmax(a, -1) - torch.log_softmax(b, -1))).sum().item()
        for a, b in zip(before, now, strict=True)
    )


def trained(base, champion, folder, weight=0.0, start=True, rows=HELD, **changes):
    settle(1, 3)
    losses = []
    given = {"epochs": 3, "batch_size": 3, "learning_rate": 1e-2, "lora_rank": 4, "lora_layers": 1,
             "save_every": 99, "seed": 3, "dtype": "float32"}  # fmt: skip
    hold = Hold(weight, champion, rows) if weight else None
    job = SFTJob(ROWS, base, champion.adapter if start else None, folder / "out", SFTHyper(**given | changes), "SFT", hold)  # fmt: skip
    job.run(folder / "work", lambda step, found: losses.append(found["loss"]))
    return losses


def test_what_is_read_of_the_champion_is_what_it_says(base, champion):
    rows = [parted(row) for row in tokens(base)]
    model = trained_adapter(base, champion.adapter, "float32")
    head = model.get_base_model().get_output_embeddings()
    states, found = champion.read(rows, kept_states, "reads"), champion.read(rows, likelihood, "reads")
    for (_, answer), of_row, value, said in zip(rows, states, found, logits(model, base), strict=True):
        assert torch.allclose(head(of_row), said, atol=1e-4)
        expected = torch.log_softmax(said, -1).gather(1, torch.tensor(answer)[:, None]).sum().item()
        assert value == pytest.approx(expected, abs=1e-3)


def test_the_pull_is_the_divergence_at_held_rows_and_nothing_elsewhere(base, champion):
    other = logits(new_adapter(base, 4, 1, "float32"), base)
    mine = logits(trained_adapter(base, champion.adapter, "float32"), base)
    ids = [row["input_ids"] for row in tokens(base)]
    states = champion.read([parted(tokens(base)[number]) for number in HELD], kept_states, "reads")
    held = HeldRows(2.0, {tuple(ids[number]): of for number, of in zip(HELD, states, strict=True)})
    head = trained_adapter(base, champion.adapter, "float32").get_base_model().get_output_embeddings()

    def pull(said, numbers):
        counts = torch.tensor([len(said[number]) for number in numbers])
        return held.pull([ids[n] for n in numbers], torch.cat([said[n] for n in numbers]), counts, head).item()

    expected = 2.0 * divergence([mine[n] for n in HELD], [other[n] for n in HELD])
    assert expected > 0.1
    assert pull(other, range(len(ROWS))) == pytest.approx(expected, rel=1e-3)
    assert pull(other, [1, 3]) == 0.0
    assert pull(mine, range(len(ROWS))) == pytest.approx(0.0, abs=1e-4)


def test_a_challenger_that_is_held_moves_less_where_it_is_held(base, champion, tmp_path):
    before = logits(trained_adapter(base, champion.adapter, "float32"), base, HELD)
    moved = {}
    for weight in (0.0, 500.0):
        trained(base, champion, tmp_path / str(weight), weight, epochs=8)
        now = logits(trained_adapter(base, tmp_path / str(weight) / "out", "float32"), base, HELD)
        moved[weight] = divergence(before, now)
    assert moved[500.0] < moved[0.0] / 4


def test_at_the_first_step_it_costs_nothing_from_the_champion_and_something_from_the_base(base, champion, tmp_path):
    free = trained(base, champion, tmp_path / "free")
    from_champion = trained(base, champion, tmp_path / "held", 1.0)
    assert from_champion[0] == pytest.approx(free[0], abs=1e-4)
    free = trained(base, champion, tmp_path / "free-base", start=False)
    from_base = trained(base, champion, tmp_path / "held-base", 1.0, start=False)
    assert from_base[0] > free[0] + 1e-3  # more than from the champion may differ


def test_it_is_the_same_over_kept_states_of_frozen_layers_and_in_several_passes(base, champion, tmp_path, monkeypatch):
    trained(base, champion, tmp_path / "kept", 1.0)
    monkeypatch.setattr("sparring.training.sft.frozen_layers", lambda *_: None)
    passes, compute = [], CompletionTrainer.compute_loss
    monkeypatch.setattr(CompletionTrainer, "compute_loss", lambda self, model, inputs, *others, **named:
                        passes.append(len(inputs["input_ids"])) or compute(self, model, inputs, *others, **named))  # fmt: skip
    monkeypatch.setattr("sparring.training.completion_trainer.BYTES_AT_ONCE", 400)
    trained(base, champion, tmp_path / "parts", 1.0)
    assert max(passes) < 3
    expected, found = (load_peft_weights(str(tmp_path / name / "out")) for name in ("kept", "parts"))
    for name, weights in expected.items():
        assert torch.allclose(found[name], weights, atol=2e-4), name


def test_a_held_training_that_was_killed_ends_in_the_same_bytes(base, champion, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    trained(base, champion, whole, 1.0, save_every=1)
    cut.mkdir()
    (whole / "work").rename(cut / "work")
    shutil.rmtree(max((cut / "work").glob("checkpoint-*"), key=lambda path: int(path.name[11:])))
    assert len(trained(base, champion, cut, 1.0, save_every=1)) == 1
    assert hash_tree(cut / "out") == hash_tree(whole / "out")
