"""The whole pipeline on tiny models, through each of its doors: the same bytes, also after a kill at a bad moment."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from datasets import load_from_disk
from mlflow import MlflowClient

from sparring.config import load_params
from sparring.records import Example, Trial
from sparring.storage import hash_tree, read_jsonl
from sparring.targets.local import LocalTarget
from sparring.yaml_text import read_yaml
from tests.chat_server import answering
from tests.running import BIN, killed_once_there_is, run

DATA = (
    "attacks",
    "completions",
    "trials",
    "mistakes",
    "archive",
    "sft",
    "clean",
    "heldout",
    "heldout_before",
    "schema",
    "schema_before",
)

pytestmark = pytest.mark.timeout(1200)  # the fixtures play whole rounds, on a machine that may be busy


def results(root: Path, round: str) -> dict[str, str]:
    folder = root / "data" / "rounds" / round
    found = {name: hash_tree(folder / f"{name}.jsonl") for name in DATA}
    return found | {name: hash_tree(root / "models" / round / name) for name in ("query", "target")}


def test_dvc_repro_leaves_nothing_to_do(reproduced):
    assert "up to date" in run(reproduced, "dvc", "status").stdout
    before = (reproduced / "data" / "rounds" / "r01" / "round.json").stat().st_mtime_ns
    run(reproduced, "dvc", "repro")
    assert (reproduced / "data" / "rounds" / "r01" / "round.json").stat().st_mtime_ns == before


def test_the_campaign_gives_the_same_bytes(pristine, reproduced):
    root = pristine.with_name("campaign")
    shutil.copytree(pristine, root)
    done = run(root, sys.executable, "-m", "flows.training")
    assert "clean accuracy" in done.stdout
    lines = done.stdout.splitlines()[-5:]
    assert [line.split(":")[0] for line in lines] == ["verdict", "report", "MLflow", "champion", "next"]
    assert lines[0].startswith("verdict:   r01, too little to say. ")
    assert lines[1].endswith(str(root / "report" / "report.html"))
    assert (root / "report" / "report.html").exists()
    assert "'aliases.jsonl' is empty" not in done.stderr + done.stdout
    assert results(root, "r01") == results(reproduced, "r01")
    assert "up to date" in run(root, "dvc", "status").stdout


@pytest.mark.slow
def test_a_round_by_hand_killed_in_rl_and_in_sft_gives_the_same_bytes(pristine, reproduced):
    root = pristine.with_name("by-hand")
    shutil.copytree(reproduced, root, ignore=shutil.ignore_patterns("r01", "r02", ".work"))
    play = (sys.executable, "-m", "flows.adversarial_round", "r01", "--after", "r00")
    killed_once_there_is(root, "r01-*/rl/checkpoint-2", *play)
    killed_once_there_is(root, "r01-*/sft/checkpoint-1", *play)
    done = run(root, *play)
    assert "reusing finished" in done.stderr
    assert results(root, "r01") == results(reproduced, "r01")
    assert "up to date" in run(root, "dvc", "status").stdout
    assert "already played" in run(root, *play).stderr


@pytest.mark.slow
def test_a_finished_round_that_dvc_has_no_record_of_is_kept_and_a_changed_recipe_plays_it_anew(reproduced):
    root = reproduced.with_name("unrecorded")
    shutil.copytree(reproduced, root)
    round_file, lock = root / "data" / "rounds" / "r01" / "round.json", root / "dvc.lock"
    played_at = round_file.stat().st_mtime_ns
    recorded = read_yaml(lock.read_text(encoding="utf-8"), "dvc.lock")
    del recorded["stages"]["rounds@r01"]  # as after a stage that ended with an error once its round was written
    lock.write_text(json.dumps(recorded), encoding="utf-8")
    assert "already played" in run(root, "dvc", "repro").stderr
    assert round_file.stat().st_mtime_ns == played_at
    assert results(root, "r01") == results(reproduced, "r01")
    recipe = root / "params.yaml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("cluster_weight: 0.3", "cluster_weight: 0.4"))
    assert "already played" not in run(root, "dvc", "repro").stderr
    assert round_file.stat().st_mtime_ns != played_at
    assert "up to date" in run(root, "dvc", "status").stdout


def test_what_mining_found_is_learnt_before_rl_and_logged(reproduced):
    round_file = reproduced / "data" / "rounds" / "r01" / "round.json"
    run_id = json.loads(round_file.read_text(encoding="utf-8"))["mlflow_run_id"]
    found = MlflowClient(f"sqlite:///{reproduced / 'mlflow.db'}").get_run(run_id).data.metrics
    assert found["mining/played"] >= found["mining/valid"] >= found["mining/learnt"] > 0
    assert 0 < found["mining/learnt_hits"] <= found["mining/hits"]
    assert "mining_sft/loss" in found


def test_a_reward_weight_touches_the_rounds_alone(reproduced):
    recipe = reproduced / "params.yaml"
    kept = recipe.read_text(encoding="utf-8")
    try:
        recipe.write_text(kept.replace("cluster_weight: 0.3", "cluster_weight: 0.4"), encoding="utf-8")
        assert set(json.loads(run(reproduced, "dvc", "status", "--json").stdout)) == {"rounds@r01"}
    finally:
        recipe.write_text(kept, encoding="utf-8")


def test_a_round_more_plays_only_that_one(reproduced):
    recipe = reproduced / "params.yaml"
    kept = recipe.read_text(encoding="utf-8")
    first = results(reproduced, "r01")
    played_at = (reproduced / "data" / "rounds" / "r01" / "round.json").stat().st_mtime_ns
    recipe.write_text(kept.rstrip() + "\n  r02: {after: r01}\n", encoding="utf-8")
    done = run(reproduced, "dvc", "repro")
    assert "r02" in done.stdout
    assert results(reproduced, "r01") == first
    assert (reproduced / "data" / "rounds" / "r01" / "round.json").stat().st_mtime_ns == played_at
    assert "up to date" in run(reproduced, "dvc", "status").stdout
    lost = json.loads((reproduced / "data" / "rounds" / "r01" / "round.json").read_text(encoding="utf-8"))
    assert lost["promoted"] is False
    assert lost["outcome"] == "not_shown"
    assert lost["verdict"].startswith("not shown: ")
    assert lost["champion"] == "r00"
    second = json.loads((reproduced / "data" / "rounds" / "r02" / "round.json").read_text(encoding="utf-8"))
    assert "models/r00/target" in second["inputs"], "after a lost round the champion plays again"
    table = run(reproduced, sys.executable, "-m", "flows.adversarial_round", "r02", "--after", "r01").stdout
    assert "r01" in table
    assert "r02" in table


def test_an_exported_round_answers_like_its_adapter_and_its_suite_runs(reproduced, tmp_path):
    out = tmp_path / "out"
    assert "was not promoted" in run(reproduced, str(BIN / "sparring"), "export", "r01", str(out), expect=2).stderr
    run(reproduced, str(BIN / "sparring"), "export", "r01", str(out), "--not-promoted")
    recipe = load_params(reproduced / "params.yaml")
    base, adapter = reproduced / "models" / "base", reproduced / "models" / "r01" / "target"
    examples = read_jsonl(reproduced / "data" / "examples.jsonl", Example)
    exported = LocalTarget(out / "checkpoint", None, recipe).answer(examples, 1, 0.0, 1)
    assert exported == LocalTarget(base, adapter, recipe).answer(examples, 1, 0.0, 1)
    assert "95 % interval" in (out / "checkpoint" / "README.md").read_text(encoding="utf-8")
    won = [
        trial for trial in read_jsonl(reproduced / "data" / "rounds" / "r01" / "trials.jsonl", Trial) if trial.success
    ]
    assert load_from_disk(str(out / "failures" / "dataset"))["attack"] == [trial.attack.query for trial in won]
    suite = out / "regression"
    rights = {row["messages"][-1]["content"]: row["right"] for row in map(json.loads, (suite / "prompts.json").open())}
    with answering(lambda messages: rights[messages[-1]["content"]]) as server:
        good = run_suite(suite, server.url)
    with answering(lambda messages: "[nothing()]") as server:
        bad = run_suite(suite, server.url)
    assert f"{len(won)} passed" in good
    assert f"{len(won)} failed" in bad
    assert (
        "is not empty"
        in run(reproduced, str(BIN / "sparring"), "export", "r01", str(out), "--not-promoted", expect=2).stderr
    )


def test_the_champion_is_exported_by_name_and_nothing_that_its_hashes_deny(reproduced, tmp_path):
    export = (str(BIN / "sparring"), "export", "champion")
    run(reproduced, *export, str(tmp_path / "out"))
    card = (tmp_path / "out" / "checkpoint" / "README.md").read_text(encoding="utf-8")
    assert "(r00)" in card
    assert "| heldout\\_success |" in card or "| heldout_success |" in card
    assert "attack_success |" not in card.replace("heldout", "")
    weights = reproduced / "models" / "r00" / "target" / "adapter_config.json"
    kept = weights.read_bytes()
    try:
        weights.write_bytes(kept + b" ")
        refused = run(reproduced, *export, str(tmp_path / "other"), expect=2).stderr
    finally:
        weights.write_bytes(kept)
    assert "models/r00/target: is not what round r00 had" in refused
    assert not (tmp_path / "other").exists()


def test_mlflow_loads_the_champion_as_a_chat_model(reproduced, tmp_path):
    """In a process of its own: what MLflow keeps of a store is no business of other tests."""
    asked = {"messages": [{"role": "user", "content": "What is the weather in Paris for the next 3 days?"}], "tools": [
        {"type": "function", "function": {"name": "get_weather", "description": "Weather.", "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]}  # fmt: skip
    store = f"sqlite:///{reproduced / 'mlflow.db'}"
    name = load_params(reproduced / "params.yaml").experiment
    program = tmp_path / "ask.py"
    program.write_text(
        f"import json, mlflow\nmlflow.set_tracking_uri({store!r})\n"
        f"print(json.dumps(mlflow.pyfunc.load_model('models:/{name}-target@champion').predict({asked!r})))\n"
    )
    (choice,) = json.loads(run(reproduced, sys.executable, str(program)).stdout.splitlines()[-1])["choices"]
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"] is not None or choice["message"]["tool_calls"]


def test_a_run_has_its_main_figures_its_verdict_as_note_and_a_table_of_the_evaluation(reproduced):
    manifest = json.loads((reproduced / "data" / "rounds" / "r01" / "round.json").read_text(encoding="utf-8"))
    client = MlflowClient(f"sqlite:///{reproduced / 'mlflow.db'}")
    found = client.get_run(manifest["mlflow_run_id"])
    assert found.data.metrics["broken_under_attack"] == manifest["rates"]["heldout_success"]["value"]
    assert found.data.tags["mlflow.note.content"].startswith("**Too little to say.** ")
    table = json.loads(Path(client.download_artifacts(found.info.run_id, "evaluation.json")).read_text())
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    assert {row["rows"] for row in rows} == {"untouched", "attack"}
    untouched = [row for row in rows if row["rows"] == "untouched" and row["kind"] == "call"]
    right = [row["right"] for row in untouched if row["right"] is not None]
    assert sum(right) / len(right) == manifest["rates"]["clean_accuracy"]["value"]
    parents = client.search_runs([found.info.experiment_id], "tags.kind = 'experiment'")
    assert [parent.info.run_id for parent in parents] == [found.data.tags["mlflow.parentRunId"]]


def run_suite(suite: Path, endpoint: str) -> str:
    environment = os.environ | {"SPARRING_ENDPOINT": endpoint}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_regression.py"]
    return subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("cluster_weight: 0.3", "cluster_wait: 0.3"), "unknown key reward.cluster_wait; allowed: "),
        (("hardness: zero_sum", "hardness: hard"), "reward.hardness: "),
        (("source: jsonl", "source: jsonx"), "data.source: 'jsonx' is unknown; allowed: "),
        (("path: tiny/rows.jsonl", "path: tiny/nowhere.jsonl"), "tiny/nowhere.jsonl: no such file"),
        (("base: tiny/base", "base: tiny/nowhere"), "tiny/nowhere"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(pristine, tmp_path, change, message):
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy2(pristine / name, tmp_path / name)
    shutil.copytree(pristine / "tiny", tmp_path / "tiny")
    text = (tmp_path / "params.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "params.yaml").write_text(text.replace(*change), encoding="utf-8")
    done = run(tmp_path, sys.executable, "-m", "flows.prepare", expect=2)
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "splits").exists()


def test_a_broken_row_is_left_out_by_file_line_and_field(pristine, tmp_path):
    shutil.copy2(pristine / "params.yaml", tmp_path / "params.yaml")
    shutil.copytree(pristine / "tiny", tmp_path / "tiny")
    with (tmp_path / "tiny" / "rows.jsonl").open("a", encoding="utf-8") as handle:
        handle.write('{"id": "broken", "tools": [], "messages": []}\n')
    done = run(tmp_path, sys.executable, "-m", "flows.prepare")
    assert "rows.jsonl:61" in done.stderr
    assert "broken" not in (tmp_path / "data" / "examples.jsonl").read_text()
    assert (tmp_path / "data" / "splits" / "train.jsonl").read_text()


@pytest.mark.parametrize("module", ["training", "prepare", "baseline", "adversarial_round"])
def test_every_flow_says_what_it_does(module, tmp_path):
    assert "--root" in run(tmp_path, sys.executable, "-m", f"flows.{module}", "--help").stdout
