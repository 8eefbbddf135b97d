"""Profiles change what they name and nothing else; what a recipe costs is counted from its numbers."""

import shutil
from pathlib import Path

import pytest

from sparring.config import load_params
from sparring.estimate import estimate, parameters_in
from sparring.profiles import apply_profile, profile_names
from sparring.storage import InputError

ROOT = Path(__file__).parents[2]
PROFILES = ROOT / "profiles"


@pytest.fixture
def recipe(tmp_path):
    return Path(shutil.copy2(ROOT / "params.yaml", tmp_path / "params.yaml"))


def test_the_quickstart_is_the_default_and_leads_back_to_it_byte_by_byte(recipe):
    before = recipe.read_bytes()
    assert apply_profile(recipe, PROFILES / "quickstart.yaml") == []
    for name in profile_names(PROFILES):
        apply_profile(recipe, PROFILES / f"{name}.yaml")
        assert load_params(recipe)
        apply_profile(recipe, PROFILES / "quickstart.yaml")
        assert recipe.read_bytes() == before, name


def test_every_profile_keeps_all_comments_and_says_what_it_changed(recipe):
    comments = [line.partition("#")[2] for line in recipe.read_text().splitlines() if "#" in line]
    changed = apply_profile(recipe, PROFILES / "cpu.yaml")
    assert any(line.startswith("rl.steps: ") for line in changed)
    assert [line.partition("#")[2] for line in recipe.read_text().splitlines() if "#" in line] == comments
    assert list(load_params(recipe).rounds) == ["r01", "r02", "r03"]


def test_a_wrong_profile_is_named_and_changes_nothing(recipe, tmp_path):
    before = recipe.read_bytes()
    broken = tmp_path / "mine.yaml"
    broken.write_text("rl: {stepz: 3}\n")
    with pytest.raises(InputError, match=r"mine.yaml: unknown key rl.stepz"):
        apply_profile(recipe, broken)
    with pytest.raises(InputError, match=r"no such file; there are cluster, cpu, "):
        apply_profile(recipe, PROFILES / "moon.yaml")
    assert recipe.read_bytes() == before
    assert not list(tmp_path.glob(".params*"))


def test_twice_the_work_costs_more_and_more_held_out_attacks_show_less(params):
    base = estimate(params)
    more = params.model_copy(update={"rl": params.rl.model_copy(update={"steps": 2 * params.rl.steps})})
    assert estimate(more).rows["RL completion"] == 2 * base.rows["RL completion"]
    assert estimate(more).hours > base.hours
    wide = params.evaluation.model_copy(update={"attacks_per_seed": 4})
    assert estimate(params.model_copy(update={"evaluation": wide})).attack_effect == pytest.approx(
        base.attack_effect / 2
    )
    assert "RL completions" in base.sentence()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("smollm2-135m-instruct", 135e6),
        ("Qwen/Qwen3-0.6B", 0.6e9),
        ("meta/Llama-3.1-8B-Instruct", 8e9),
        ("./mine", None),
    ],
)
def test_the_size_is_read_from_the_name(name, number):
    assert parameters_in(name) == number
