"""YAML of other people is plain values within bounds, or one line that says why not; the process survives it."""

import shutil
from pathlib import Path

import pytest

from sparring.config import load_params
from sparring.errors import InputError
from sparring.project.licence import licence_of
from sparring.project.profiles import apply_profile
from sparring.yaml_text import read_yaml

RECIPE = Path(__file__).parents[2] / "params.yaml"
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)
ODD = {
    "brackets without end": "[" * 50_000,
    "dashes without end": "- " * 40_000,
    "an object of Python": "!!python/object/apply:os.system ['true']",
    "a number that is none": "seed: !!int x",
    "a date that is none": "seed: 2024-13-45",
    "a time that is none": "seed: !!timestamp x",
    "a number that Python does not write": f"seed: 0x{'f' * 4_000}",
    "a key that is such a number": f"{{0x{'f' * 4_000}: 1}}",
    "an alias of itself": "seed: &a [*a]",
    "aliases that unfold": LAUGHS,
    "an alias of nothing": "seed: *b",
    "two keys": "seed: 1\nseed: 2\n",
    "half a character": 'seed: "\\ud83d"',
    "a tab": "seed:\n\t- 1",
    "too long": "a: 1\n" * 40_000,
    "a list": "- 1",
    "nothing": "",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_recipe_is_one_line(tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_params(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", [*ODD.values(), b"\xff", "seed: !!set {a}", "? [a]\n: b", "seed: {1: 2}"])
def test_an_odd_profile_is_one_line_and_changes_nothing(tmp_path, text):
    recipe = Path(shutil.copy2(RECIPE, tmp_path / "params.yaml"))
    profile = tmp_path / "own.yaml"
    profile.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        apply_profile(recipe, profile)
    assert "\n" not in str(caught.value)
    assert recipe.read_bytes() == RECIPE.read_bytes()


def test_a_profile_for_an_odd_recipe_is_one_line(tmp_path):
    recipe, profile = tmp_path / "params.yaml", tmp_path / "own.yaml"
    recipe.write_text("- 1\n")
    profile.write_text("seed: 3\n")
    with pytest.raises(InputError, match=r"params\.yaml: expected keys and values"):
        apply_profile(recipe, profile)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_card_names_no_licence(tmp_path, text):
    (tmp_path / "README.md").write_text(f"---\nlicense: mit\n{text}\n---\n", encoding="utf-8")
    assert licence_of(tmp_path) in {None, "mit"}


def test_aliases_and_dates_are_read_where_they_are_some():
    assert read_yaml("a: &a [1, 2]\nb: *a\n", "x")["b"] == [1, 2]
    assert str(read_yaml("a: 2024-01-02", "x")["a"]) == "2024-01-02"
