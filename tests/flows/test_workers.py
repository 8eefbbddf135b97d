"""A round shared over workers gives the files of a round that one process played; training shared likewise, nearly."""

import importlib.util
import os
import shutil
import sys
import time
from dataclasses import dataclass, replace

import pytest
import torch
from safetensors.torch import load_file

from sparring.config import DPOParams
from sparring.engine.adapters import new_adapter, save_adapter
from sparring.engine.determinism import settle
from sparring.errors import InputError
from sparring.storage import hash_tree
from sparring.training.dpo import DPOJob
from sparring.training.launching import Launch, launch
from sparring.training.reference import Champion
from sparring.training.sft import Hold, SFTHyper, SFTJob, SFTRow
from tests.running import run
from tests.tiny import make_language_model

LINE = "workers: {engine: null, count: 2, address: null}"
ALONE = "training: {processes: 1, launch_config: null}"
PACKAGES = {"process": "prefect", "ray": "prefect_ray", "dask": "prefect_dask"}


def _replayed(reproduced, name, old, new):
    """A copy of the project that plays r01 again with a changed line of its recipe."""
    root = reproduced.with_name(name)
    shutil.copytree(reproduced, root, ignore=shutil.ignore_patterns(".work"))
    recipe = root / "params.yaml"
    text = recipe.read_text(encoding="utf-8")
    assert old in text
    recipe.write_text(text.replace(old, new), encoding="utf-8")
    for folder in (root / "data" / "rounds" / "r01", root / "models" / "r01"):
        shutil.rmtree(folder)
    return root, run(root, sys.executable, "-m", "flows.adversarial_round", "r01", "--after", "r00")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("engine", PACKAGES)
def test_a_round_shared_over_two_workers_is_the_same_round(reproduced, engine):
    if importlib.util.find_spec(PACKAGES[engine]) is None:
        pytest.skip(f"{PACKAGES[engine]} is not installed: pip install -e '.[{engine}]'")
    root, _ = _replayed(reproduced, f"on-{engine}", LINE, LINE.replace("null", engine, 1))
    rows, models = (root / "data" / "rounds" / "r01", root / "models" / "r01")
    files = sorted(path for path in rows.glob("*.jsonl"))
    assert len(files) > 5
    for path in files:
        assert path.read_bytes() == (reproduced / path.relative_to(root)).read_bytes(), path.name
    assert hash_tree(models) == hash_tree(reproduced / "models" / "r01")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_round_trained_by_two_processes_finishes_with_all_its_steps_logged(reproduced):
    root, done = _replayed(reproduced, "trained-by-two", ALONE, ALONE.replace("1", "2", 1))
    assert "RL reward, first to last" in done.stdout
    assert hash_tree(root / "models" / "r01" / "target") != hash_tree(reproduced / "models" / "r01" / "target")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A model, with an adapter that does something beside it."""
    made = make_language_model(tmp_path_factory.mktemp("launched") / "base")
    model = new_adapter(made, 4, None, "float32")
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.05)
    save_adapter(model, made.with_name("champion"))
    return made


def _job(base, out, batch_size=4):
    words = ("Rome", "Oslo", "Bonn", "Rio de Janeiro", "Ulan Bator", "Porto", "Lima", "Cairo")
    rows = [SFTRow([{"role": "user", "content": f"Weather in {w}?"}], f"[get_weather(city='{w}')]") for w in words]
    hyper = SFTHyper(
        epochs=2,
        batch_size=batch_size,
        learning_rate=1e-3,
        lora_rank=4,
        lora_layers=None,
        save_every=1,
        seed=3,
        dtype="float32",
    )
    return SFTJob(rows, base, None, out, hyper, "SFT")


def _held(base, out):
    """Half of its rows are held to another adapter."""
    champion = Champion(base, base.with_name("champion"), "float32")
    return replace(_job(base, out), hold=Hold(1.0, champion, (0, 2, 4, 6)))


def _preferring(base, out):
    """Every other row has a lost answer, as long as the right one: a token weighs the same in either process."""
    plain = _job(base, out)
    rows = [
        replace(row, completion="[f(x=1)]", rejected="[f(x=2)]" if i % 2 else None) for i, row in enumerate(plain.rows)
    ]
    return DPOJob(
        rows, base, base.with_name("champion"), None, out, plain.hyper, DPOParams(beta=0.5, sft_weight=1.0), "DPO"
    )


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("make", [_job, *(pytest.param(make, marks=pytest.mark.slow) for make in (_held, _preferring))])
def test_two_processes_learn_what_one_learns(base, tmp_path, make):
    alone, shared = [], []
    settle(1, 3)
    make(base, tmp_path / "alone").run(tmp_path / "alone-work", lambda step, found: alone.append((step, found)))
    job = make(base, tmp_path / "two")
    how = Launch(processes=2, config=None, threads=1, seed=3)
    launch(job, tmp_path / "work", lambda step, found: shared.append((step, found)), how)
    assert [step for step, _ in shared] == [step for step, _ in alone] == [1, 2, 3, 4]
    for (_, found), (_, expected) in zip(shared, alone, strict=True):
        assert found["loss"] == pytest.approx(expected["loss"], rel=1e-3)
        for name in {"pairs", "margin", "preferred"} & expected.keys():
            assert found[name] == pytest.approx(expected[name], abs=1e-4), name
    one, two = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("alone", "two"))
    assert one.keys() == two.keys()
    for name, weights in one.items():
        assert (weights - two[name]).abs().max() < 1e-4, name


def test_a_batch_that_cannot_be_shared_out_is_refused_by_name(base, tmp_path):
    job = _job(base, tmp_path / "out", batch_size=3)
    with pytest.raises(InputError, match="3 rows cannot be shared out among 2 processes"):
        launch(job, tmp_path / "work", lambda step, found: None, Launch(2, None, 1, 3))
    assert not (tmp_path / "out").exists()


@dataclass(frozen=True)
class Refusing:
    """A training that one of its processes refuses, while the others wait for it."""

    rank: int

    def run(self, work, on_log):
        if os.environ["RANK"] == str(self.rank):
            raise InputError("params.yaml: sft.examples: too few")
        time.sleep(600)


@pytest.mark.parametrize("rank", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_what_any_process_refuses_is_said(tmp_path, rank):
    with pytest.raises(InputError, match="examples: too few"):
        launch(Refusing(rank), tmp_path, lambda step, found: None, Launch(2, None, 1, 3))
