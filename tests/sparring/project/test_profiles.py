"""Profiles change what they name and nothing else."""

import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sparring.config import load_params
from sparring.errors import InputError
from sparring.project.profiles import apply_profile, profile_names

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


def test_a_profile_over_another_sets_what_differs_and_nothing_twice(recipe, tmp_path):
    other = Path(shutil.copy2(recipe, tmp_path / "other.yaml"))
    apply_profile(other, PROFILES / "gpu.yaml")
    apply_profile(recipe, PROFILES / "cluster.yaml")
    gpu, cluster = load_params(other), load_params(recipe)
    assert (cluster.training.processes, cluster.workers.engine) == (8, "ray")
    differ = {name for name in type(gpu).model_fields if getattr(gpu, name) != getattr(cluster, name)}
    assert differ == {"experiment", "training", "workers"} == profile_keys("cluster") - {"over"}


def profile_keys(name):
    return YAML(typ="safe").load((PROFILES / f"{name}.yaml").read_text(encoding="utf-8")).keys()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("over: moon", "over: expected another profile: below, mine, other"),
        ("over: mine", "over: expected another profile"),
        ("over: 3", "over: expected another profile"),
        ("over: other", "over: other must set keys itself"),
        ("over: below\nrl: {stepz: 3}", "unknown key rl.stepz"),
    ],
)
def test_a_profile_over_one_that_it_cannot_stand_on_is_refused(recipe, tmp_path, text, said):
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "below.yaml").write_text("rl: {steps: 3}\n")
    (folder / "other.yaml").write_text("over: below\nrl: {steps: 4}\n")
    (folder / "mine.yaml").write_text(f"{text}\n")
    with pytest.raises(InputError, match=said):
        apply_profile(recipe, folder / "mine.yaml")


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
