"""The number format of a campaign: chosen by rates, fixed by the baseline, never mixed in silence."""

import shutil

import pytest
import torch

from sparring.config import load_params
from sparring.engine import number_format
from sparring.engine.machine_rates import machine_rates
from sparring.engine.model_shape import ModelShape
from sparring.engine.number_format import begin_campaign, best_format, campaign_format, load_recipe, slow_warning
from sparring.records import MachineRates, RoundResult
from sparring.storage import RoundPaths, write_text
from tests.conftest import ROOT


def made_up(bfloat16, float32):
    rates = {"bfloat16": bfloat16, "float32": float32}
    return MachineRates(processor="made up", threads=2, gflops=rates, copy_gb=20.0)


AMX, AVX2 = made_up(437.0, 120.0), made_up(2.0, 66.0)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with the shipped recipe, on a machine whose rates a test sets."""
    shutil.copy2(ROOT / "params.yaml", tmp_path)
    number_format.say_once.cache_clear()
    machine = {"rates": AMX}
    monkeypatch.setattr("sparring.engine.machine_rates.machine_rates", lambda shape, threads: machine["rates"])
    return tmp_path, machine


def baseline_played_in(root, dtype):
    found = RoundResult(
        round="r00", after=None, seed=1, counts={}, rates={}, comparisons={}, rejections={}, operators={}, failures=[],
        rewards={}, payoffs={}, seconds={}, inputs={}, versions={}, promoted=None, champion="r00", verdict="baseline",
        mlflow_run_id=None, dtype=dtype, machine=AMX,
    )  # fmt: skip
    write_text(RoundPaths(root, "r00").manifest, found.model_dump_json())


@pytest.mark.parametrize(
    ("bfloat16", "float32", "chosen"),
    [
        (437.0, 120.0, "bfloat16"),  # AMX
        (2.0, 66.0, "float32"),  # AVX2 alone
        (100.0, 100.0, "float32"),  # no difference: the exacter one
        (105.0, 100.0, "float32"),
        (150.0, 100.0, "bfloat16"),
    ],
)
def test_the_clearly_quicker_format_is_chosen(bfloat16, float32, chosen, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert best_format(made_up(bfloat16, float32)) == chosen


@pytest.mark.parametrize("natively", [True, False])
def test_an_accelerator_computes_in_bfloat16_where_it_can(natively, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: natively)
    assert best_format(made_up(1.0, 100.0)) == ("bfloat16" if natively else "float32")


def test_auto_is_what_this_machine_multiplies_faster(project):
    root, machine = project
    assert load_params(root / "params.yaml").models.dtype == "auto"
    assert load_recipe(root).models.dtype == "bfloat16"
    machine["rates"] = AVX2
    assert load_recipe(root).models.dtype == "float32"


def test_a_campaign_begun_in_one_format_goes_on_in_it_elsewhere_and_says_so(project, capsys):
    root, machine = project
    begin_campaign(root, load_recipe(root).models.dtype)
    assert capsys.readouterr().err == ""
    machine["rates"] = AVX2
    assert load_recipe(root).models.dtype == "bfloat16"
    said = capsys.readouterr().err
    assert "r00 was begun in bfloat16" in said
    assert "float32 (66 GFLOP/s), bfloat16 (2 GFLOP/s)" in said


def test_the_baselines_manifest_decides_for_every_later_round(project, capsys):
    root, machine = project
    begin_campaign(root, "bfloat16")
    baseline_played_in(root, "float32")
    assert campaign_format(root) == "float32"
    assert load_recipe(root).models.dtype == "float32"
    assert "this machine would choose bfloat16" in capsys.readouterr().err
    machine["rates"] = AVX2
    assert load_recipe(root).models.dtype == "float32"
    assert capsys.readouterr().err == ""


def test_a_manifest_older_than_the_field_leaves_the_choice_to_the_machine(project):
    root, _ = project
    baseline_played_in(root, None)
    assert campaign_format(root) is None
    assert load_recipe(root).models.dtype == "bfloat16"


def test_a_format_that_is_named_is_kept_with_a_warning_where_it_is_slow_or_another_than_the_campaigns(project, capsys):
    root, machine = project
    recipe = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(recipe.replace("dtype: auto ", "dtype: bfloat16 "))
    assert load_recipe(root).models.dtype == "bfloat16"
    assert capsys.readouterr().err == ""
    machine["rates"] = AVX2
    baseline_played_in(root, "float32")
    assert load_recipe(root).models.dtype == "bfloat16"
    said = capsys.readouterr().err
    assert "bfloat16 is slow here: float32 (66 GFLOP/s), bfloat16 (2 GFLOP/s)" in said
    assert "r00 was played in float32" in said


def test_only_a_format_that_is_much_slower_is_warned_of():
    assert slow_warning("bfloat16", AVX2) is not None
    assert slow_warning("float32", AVX2) is None
    assert slow_warning("float32", made_up(150.0, 100.0)) is None


def test_the_measurement_is_quick_and_positive_in_both_formats():
    shape = ModelShape(layers=2, hidden=64, inner=128, attention=4 * 64 * 64, kept=128, vocabulary=700)
    threads = torch.get_num_threads()
    found = machine_rates(shape, 1)
    assert set(found.gflops) == {"bfloat16", "float32"}
    assert min(*found.gflops.values(), found.copy_gb) > 0
    assert torch.get_num_threads() == threads
    assert machine_rates(shape, 1) is found
