"""Dials in a played round, and on a target that was made to decline: what is chosen is what the adapter answers."""

import dataclasses
import json
import shutil
import sys

import pytest

from sparring.config import load_params
from sparring.engine.adapter_weights import WITHIN, read_adapter, with_offset, write_adapter
from sparring.project.workspace import Project, Workbench
from sparring.storage import hash_tree
from sparring.targets.local import LocalTarget
from tasks.dials import set_dials, validation_seeds, where_decided
from tasks.players import gold_text
from tasks.tuning import learnt_answers
from tests.flows.test_doors import killed_once_there_is, results
from tests.running import run

pytestmark = pytest.mark.timeout(1200)
OFFSETS = [-8.0, -4.0, 4.0, 8.0]
AGAINST = -7.0  # turns its answers, and is not beyond what an offset brings back: -10 was, on a processor with AVX2
FEWEST_TURNED = 3  # rows of five whose loss makes another offset surely better


@pytest.mark.parametrize("round", ["r00", "r01"])
def test_the_manifest_says_what_the_dials_were_set_to_and_all_that_was_tried(reproduced, round):
    dial = json.loads((reproduced / "data" / "rounds" / round / "round.json").read_text(encoding="utf-8"))["dial"]
    tried = [(one["scale"], one["offset"]) for one in dial["settings"]]
    assert tried[:6] == [(1.0, 0.0), (1.0, -1.0), (1.0, 1.0), (0.5, 0.0), (0.5, -1.0), (0.5, 1.0)]
    assert (dial["scale"], dial["offset"]) in tried
    assert dial["rows"]["clean/call"] == dial["rows"]["clean/no_call"] == 3
    attacked = {part for part in dial["rows"] if part.startswith("attacked/")}
    assert round != "r00" or attacked == set()  # nobody has attacked a baseline yet


@pytest.mark.slow
def test_a_round_killed_while_its_dials_are_set_gives_the_same_bytes(pristine, reproduced):
    root = pristine.with_name("killed-in-dials")
    shutil.copytree(reproduced, root, ignore=shutil.ignore_patterns("r01", "r02", ".work"))
    play = (sys.executable, "-m", "flows.adversarial_round", "r01", "--after", "r00")
    killed_once_there_is(root, "r01-*/dial-1.jsonl", *play)
    killed_once_there_is(root, "r01-*/mean-0.5/adapter_model.safetensors", *play)
    assert "reusing finished dial-1.jsonl" in run(root, *play).stderr
    assert results(root, "r01") == results(reproduced, "r01")


@pytest.fixture
def project(reproduced):
    """The recipe with offsets that turn a target that knows its rows by heart."""
    params = load_params(reproduced / "params.yaml")
    dials = params.dials.model_copy(update={"scales": [], "offsets": OFFSETS, "examples": 6})
    return Project(reproduced, params.model_copy(update={"dials": dials}))


@pytest.fixture
def bench(tmp_path):
    (tmp_path / "bench").mkdir()
    return Workbench(tmp_path / "bench", "dials")


def right(project, adapter):
    target = LocalTarget(project.base, adapter, project.params)
    seeds = validation_seeds(project)
    return [
        answer == gold_text(project, seed)
        for seed, (answer,) in zip(seeds, target.answer(seeds, 1, 0.0, 1), strict=True)
    ]


def test_a_target_that_declines_everything_is_set_to_call_again(project, bench, tmp_path):
    trained = project.root / "models" / "r00" / "target"
    declining = tmp_path / "declining"
    made_to_decline(project, trained, declining)
    before, kept = right(project, declining), right(project, trained)
    lost = [seed for seed, now, once in zip(validation_seeds(project), before, kept, strict=True) if once and not now]
    if len(lost) < FEWEST_TURNED or any(seed.wants_no_call for seed in lost):
        pytest.skip("an offset against calling does not turn the tiny target's calls alone")
    dial = set_dials(project, declining, trained, [], bench, tmp_path / "set")
    assert dial.offset > 0
    assert dial.chosen.score > dial.settings[0].score
    assert sum(right(project, tmp_path / "set")) > sum(before)
    again = set_dials(project, declining, trained, [], bench, tmp_path / "again")
    assert again == dial
    assert hash_tree(tmp_path / "again") == hash_tree(tmp_path / "set")


def made_to_decline(project, trained, out):
    """Writes an adapter with an offset against calling that turns its answers."""
    target = LocalTarget(project.base, trained, project.params)
    examples, texts = map(list, zip(*learnt_answers(project), strict=True))
    module = "model.layers.1.mlp.down_proj"
    piece = target.fit_piece(module, examples, texts, where_decided(project))
    write_adapter(with_offset(read_adapter(trained), WITHIN + module, piece, AGAINST), out)


@pytest.mark.parametrize("changes", [{"scales": [], "offsets": []}, {"examples": 1}, {"baseline": False}])
def test_without_dials_or_without_rows_the_adapter_is_the_trained_one(project, bench, tmp_path, changes):
    trained = project.root / "models" / "r00" / "target"
    chosen = dataclasses.replace(
        project, params=project.params.model_copy(update={"dials": project.params.dials.model_copy(update=changes)})
    )
    if "examples" in changes:  # nothing in val
        (tmp_path / "data" / "splits").mkdir(parents=True)
        for name in ("val", "train"):
            (tmp_path / "data" / "splits" / f"{name}.jsonl").write_text("", encoding="utf-8")
        chosen = dataclasses.replace(chosen, root=tmp_path)
    assert set_dials(chosen, trained, None, [], bench, tmp_path / "out") is None
    assert hash_tree(tmp_path / "out") == hash_tree(trained)


def test_a_round_has_dials_where_the_baseline_has_none(project, bench, tmp_path):
    dials = project.params.dials.model_copy(update={"baseline": False})
    without = dataclasses.replace(project, params=project.params.model_copy(update={"dials": dials}))
    trained = project.root / "models" / "r00" / "target"
    assert set_dials(without, trained, trained, [], bench, tmp_path / "out").settings
