"""Names are checked where they are read: in params.yaml and on every command line, before anything is made or played."""

import shutil
import sys
from pathlib import Path

import pytest

from flows.arms import arms_round
from sparring.cli import main
from sparring.config import load_params
from sparring.errors import InputError
from sparring.names import checked, model_name, plain_name, round_name
from sparring.project.audits import open_audit
from sparring.sources.models import prepare_model
from sparring.studies.audit import RULES, AuditChoices, AuditSettings
from sparring.targets.settings import TargetSettings
from tasks.rounds import open_round
from tasks.suite_game import SuiteSettings, open_suite

ROOT = Path(__file__).parents[2]
HOSTILE = (
    "", ".", "..", "../..", "/", "/tmp/x", "a/b", "a\\b", "a\0b", "a\nb", "a\n", "x" * 300, "é" * 60, "'a'", '"a"', "`a`", "a b",
    "-a", ".a", "a?b", "a#b", "a:b", "a;b", "\u202ea", "a\u200bb", "\ud800",
)  # fmt: skip
ROUNDS = ("r1", "r", "R01", "r01 ", "r01\n", "r-1", "r00001", "r٠١", "round1", "01")


@pytest.fixture
def root(tmp_path):
    shutil.copy2(ROOT / "params.yaml", tmp_path / "params.yaml")
    return tmp_path


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_a_folder_and_a_model_everywhere_is_no_name(name):
    with pytest.raises(InputError) as refused:
        checked("--name", name, plain_name)
    assert str(refused.value).startswith("--name: ")
    assert len(str(refused.value)) < 250
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("name", ["nightly-2026-11-28", "gpt-4.1_mini", "7b", "größe", "版本1", "x" * 100])
def test_usual_names_pass(name):
    assert checked("--name", name, plain_name) == name


@pytest.mark.parametrize("name", [*HOSTILE, *ROUNDS])
def test_a_round_is_r_and_digits_as_dvc_knows_it(name):
    with pytest.raises(InputError, match="is no round's name: r and two to four digits"):
        checked("--after", name, round_name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "./", "../..", "/", "~", "a\0b", "x" * 300, "a/" * 600, "'m'", '"m"', "a\nb"]
)
def test_what_can_be_neither_a_folder_nor_on_a_hub_is_no_model(name):
    with pytest.raises(InputError):
        checked("models.base", name, model_name)


@pytest.mark.parametrize(
    "name", ["smollm2-135m-instruct", "Qwen/Qwen3-0.6B", "/models/my model", "tiny/base", "../base"]
)
def test_names_of_the_catalogue_and_the_hub_and_folders_are_models(name):
    assert model_name(name) == name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("experiment: sparring-quickstart", 'experiment: "../.."', "experiment: '../..' is no name"),
        ("experiment: sparring-quickstart", "experiment: it's", 'experiment: "it\'s" is no name'),
        ("experiment: sparring-quickstart", f"experiment: {'x' * 300}", "100 bytes at most"),
        ("base: smollm2-135m-instruct", "base: .", "models.base: '.' names no model"),
        ("base: smollm2-135m-instruct", 'base: "a\\0b"', "models.base: "),
        ("embedding: all-minilm-l6-v2", 'embedding: ""', "models.embedding: '' names no model"),
        ("round_trip: {model: null", 'round_trip: {model: ".."', "gates.round_trip.model: '..' names no model"),
        ("r01: {after: r00}", "r1: {after: r00}", "rounds.r1: 'r1' is no round's name"),
        ("r01: {after: r00}", "r00: {after: r00}", "rounds.r00: "),
        ("r01: {after: r00}", "r٠١: {after: r00}", "is no round's name"),
    ],
)
def test_a_recipe_names_the_key_of_a_wrong_name(root, old, new, message):
    recipe = root / "params.yaml"
    text = recipe.read_text(encoding="utf-8")
    assert old in text
    recipe.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_params(recipe)
    assert message in str(refused.value)
    assert str(refused.value).count("\n") == 0


@pytest.mark.parametrize("unfit", ["a?b", "a#b", "a\nb"])
def test_a_project_whose_path_cannot_stand_in_an_address_is_refused(tmp_path, unfit):
    (tmp_path / unfit).mkdir()
    shutil.copy2(ROOT / "params.yaml", tmp_path / unfit / "params.yaml")
    with pytest.raises(InputError, match="the project's path holds"):
        load_params(tmp_path / unfit / "params.yaml")


@pytest.mark.parametrize("name", ["../..", "/abs", "", "a\0b", "x" * 300, "it's", "a/b"])
def test_audits_suites_and_rounds_are_refused_before_anything_is_made(root, name):
    target = TargetSettings(base_url="http://127.0.0.1:9/v1", model="m", key_variable=None, adapter=None)
    audited = AuditSettings(**target.model_dump(), attacker=RULES, seeds="test")
    suite = SuiteSettings(target=target, rows="bfcl", categories=[], max_new_tokens=8)
    before = sorted(root.parent.rglob("*"))
    for opened in (
        lambda: open_audit(root, name, audited, AuditChoices()),
        lambda: open_audit(root, "night", audited.model_copy(update={"attacker": name}), AuditChoices()),
        lambda: open_suite(root, name, suite, None),
        lambda: open_round(root, name, "r00"),
        lambda: open_round(root, "r01", name),
        lambda: arms_round(root, name, 17),
    ):
        with pytest.raises(InputError, match=r"is no name|is no round's name"):
            opened()
    assert sorted(root.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments", [("export", "../../r01", "out"), ("compare", "../r1", "r01"), ("compare", "r01", "r1")]
)
def test_commands_refuse_a_round_of_no_name(root, arguments, monkeypatch, capsys):
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "argv", ["sparring", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "is no round's name" in line


def test_a_folder_that_is_no_model_or_holds_the_project_is_never_copied(tmp_path):
    place = tmp_path / "project" / "models" / "base"
    (tmp_path / "project" / "large").mkdir(parents=True)
    with pytest.raises(InputError, match=r"no config\.json"):
        prepare_model(str(tmp_path / "project"), place, tmp_path)
    (tmp_path / "project" / "config.json").write_text("{}")
    with pytest.raises(InputError, match="holds this project's own models"):
        prepare_model(str(tmp_path / "project"), place, tmp_path)
    assert not list(place.parent.iterdir())
