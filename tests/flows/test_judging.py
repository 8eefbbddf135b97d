"""The judge in a round: asked before anything is trained, what it left unjudged is told, a dead one stops the round."""

import json
import threading
from dataclasses import replace

import pytest

from flows.adversarial_round import adversarial_round
from flows.baseline import baseline
from sparring.checker import check
from sparring.config import JudgeParams, load_params
from sparring.dialects import DIALECTS
from sparring.errors import UnreachableError
from sparring.project.workspace import Project
from sparring.records import Attack, Completion, Example, RoundResult, Trial
from sparring.storage import RoundPaths, read_jsonl, write_jsonl, write_text
from sparring.studies.round_table import round_table
from tasks.closing import summarise
from tasks.judging import judge_lost
from tasks.rounds import Round
from tests.chat_server import ChatServer
from tests.conftest import ROOT

PYTHONIC = DIALECTS["pythonic"]


@pytest.fixture
def judge_server():
    """A judge that finds the gold right and does not answer about Oslo; `dead` makes it answer nothing."""

    def plan(question, number, attempt):
        return "500" if server.dead or "Oslo" in question else None

    def opines(question, body):
        return {"content": "FIRST" if "Paris" in question.split("Answer 1: ")[1].split("\n")[0] else "SECOND"}

    server = ChatServer(plan, opines)
    server.dead = False
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_game(tmp_path, make_weather, judge_server):
    """A project with what decides a baseline, and a round in it, with the judge or without."""
    recipe = (ROOT / "params.yaml").read_text(encoding="utf-8")
    judge = {
        "base_url": judge_server.url, "model": "judge", "key_variable": None, "concurrency": 2, "timeout_s": 5.0,
        "max_attempts": 1, "max_requests": None, "max_tokens": None, "max_new_tokens": 20,
    }  # fmt: skip
    write_text(tmp_path / "params.yaml", recipe.replace("judge: null", f"judge: {json.dumps(judge)}"))
    for split, name in {"train": "learnt", "val": "w1", "proof": "w1"}.items():
        write_jsonl(tmp_path / "data" / "splits" / f"{split}.jsonl", [make_weather(name)])
    for name in ("models/base/weights", "models/embedding/weights"):
        write_text(tmp_path / name, name)
    asked = load_params(tmp_path / "params.yaml")
    formatted = asked.model_copy(update={"models": asked.models.model_copy(update={"dtype": "float32"})})
    played = Round(Project(tmp_path, formatted), "r00", None)
    return lambda judged: played if judged else replace(played, project=played.project.changed(judge=None))


def lost(seed: Example, city: str) -> Trial:
    attack = Attack(
        id=city, example_id=seed.id, query=f"{seed.query} ({city})", strategy="rewrite", round="r00", seed=0
    )
    text = f"[get_weather(city='{city}', days=3)]"
    answer = Completion(attack_id=city, sample=0, text=text)
    verdict = check(seed, text, parse=PYTHONIC.parse)
    return Trial(attack=attack, completions=[answer], rejected_by=None, verdicts=[verdict])


def finished(played, trials) -> RoundResult:
    played.bench.write("clean", [])
    played.bench.write("heldout", judge_lost(played, trials, played.project.examples("val")))
    return summarise(played, None)


def test_a_round_tells_how_many_lost_trials_are_unjudged(make_game, weather_seed, capsys):
    trials = [lost(weather_seed, city) for city in ("Rome", "Oslo", "Bern")]
    manifest = finished(make_game(True), trials)
    assert manifest.counts == {"heldout_attacks": 3, "heldout_unjudged": 1}
    assert manifest.rates["heldout_success"].total == manifest.rates["heldout_valid"].total == 2
    assert manifest.rejections == {}
    line = next(line for line in capsys.readouterr().err.splitlines() if "judge on 3" in line)
    assert "gold 2, unjudged 1; first unjudged: HTTP 500" in line
    assert "did not answer about, counted nowhere: 1" in round_table([manifest], color=False)


def test_a_recipe_without_a_judge_knows_nothing_of_it(make_game, weather_seed, capsys):
    trials = [lost(weather_seed, city) for city in ("Rome", "Oslo")]
    played = make_game(False)
    assert judge_lost(played, trials, []) == trials
    manifest = finished(played, trials)
    assert manifest.counts == {"heldout_attacks": 2}
    assert read_jsonl(played.bench.file("heldout"), Trial) == trials
    assert "judge" not in capsys.readouterr().err
    assert "judge" not in round_table([manifest], color=False)


def test_a_judge_that_answers_nothing_ends_the_round_and_a_restart_goes_on(make_game, weather_seed, judge_server):
    played, trials = make_game(True), [lost(weather_seed, "Rome"), lost(weather_seed, "Bern")]
    judge_server.dead = True
    with pytest.raises(UnreachableError, match="answers nothing about 2 lost trials: HTTP 500"):
        judge_lost(played, trials, played.project.examples("val"))
    judge_server.dead = False
    assert judge_lost(played, trials, played.project.examples("val")) == trials


def test_how_long_the_judge_is_waited_for_decides_no_round_and_who_judges_does(make_game):
    played = make_game(True)

    def inputs(**changed):
        judge = JudgeParams.model_validate(played.project.params.judge.model_dump() | changed)
        return replace(played, project=played.project.changed(judge=judge)).inputs

    patience = {"max_requests": 7, "max_tokens": 9, "timeout_s": 1.0, "max_attempts": 3, "max_new_tokens": 900}
    assert inputs(**patience) == played.inputs
    assert inputs(model="another") != played.inputs
    assert make_game(False).inputs != played.inputs


def test_a_dead_judge_ends_a_baseline_before_anything_is_trained(make_game, judge_server):
    root = make_game(True).project.root
    judge_server.dead = True
    with pytest.raises(UnreachableError, match=r"the judge at .* does not answer: HTTP 500"):
        baseline.fn(root)
    assert not (root / "mlflow.db").exists()


def test_a_dead_judge_ends_a_round_before_rl(make_game, weather_seed, judge_server):
    played = make_game(True)
    paths = RoundPaths(played.project.root, "r00")
    for adapter in (paths.query_adapter, paths.target_adapter):
        write_text(adapter / "adapter_config.json", "{}")
    manifest = finished(played, [lost(weather_seed, "Rome")])
    for name in ("clean", "schema"):
        write_jsonl(paths.file(f"{name}.jsonl"), [])
    write_text(paths.manifest, manifest.model_dump_json())
    judge_server.dead = True
    with pytest.raises(UnreachableError, match=r"the judge at .* does not answer: HTTP 500"):
        adversarial_round.fn(played.project.root, "r01", "r00")
    assert not (played.project.root / "mlflow.db").exists()
    assert not list((played.project.root / ".work").glob("r01-*/pool.jsonl"))
