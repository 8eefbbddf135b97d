"""Profiles change what they name and nothing else."""

import shutil
from pathlib import Path

import pytest

from sparring.config import load_params
from sparring.project.profiles import apply_profile, profile_names
from sparring.storage import InputError

ROOT = Path(__file__).parents[3]
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
