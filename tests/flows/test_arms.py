"""Control arms on tiny models: every arm attacks the same seeds, and a second start plays nothing again."""

import json
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from flows.arms import arms_round
from sparring.project.splits import UNTOUCHED
from sparring.records import Example, Trial
from sparring.storage import read_jsonl
from tasks import arms
from tasks.arms import ARMS, CHANGED_TOOLS
from tests.running import run

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def project(reproduced):
    root = reproduced.with_name("arms")
    shutil.copytree(reproduced, root)
    return root


@pytest.mark.slow
def test_every_arm_attacks_the_same_seeds_and_a_second_start_reuses_all(project):
    command = (sys.executable, "-m", "flows.arms", "--random-seeds", "5", "--heldout", "4", "--probe", "2")
    done = run(project, *command)
    written = json.loads((project / "data" / "arms" / "r00" / "arms.json").read_text())
    assert [found["arm"] for found in written["arms"]] == list(ARMS)
    assert [found["arm"] for found in written["curve"]] == [f"step {step}" for step in range(5)]
    attacked = {arm: read_jsonl(project / "data" / "arms" / "r00" / f"{arm}-5.jsonl", Trial) for arm in ARMS}
    changed = attacked.pop(CHANGED_TOOLS)
    rows = [row for split in UNTOUCHED for row in read_jsonl(project / "data" / "splits" / f"{split}.jsonl", Example)]
    queries = {row.id: row.query for row in rows}
    seeds = [[trial.attack.example_id for trial in trials] for trials in attacked.values()]
    assert seeds == [seeds[0]] * len(attacked)
    assert {trial.attack.example_id for trial in changed} <= set(seeds[0])
    assert [trial.attack.query for trial in changed] == [queries[trial.attack.example_id] for trial in changed]
    assert len(seeds[0]) == 2 * len(set(seeds[0])) >= 4
    splits = {name: (project / "data" / "splits" / f"{name}.jsonl").read_text() for name in ("train", "val", "test")}
    assert all(f'"{seed}"' not in splits["train"] for seed in seeds[0])
    assert {trial.attack.strategy for trial in attacked["single_rules"]} != {
        trial.attack.strategy for trial in attacked["composed_rules"]
    }
    again = run(project, *command)
    assert "reusing finished query" in again.stdout + again.stderr
    assert "rl update: step" not in again.stdout.lower()
    assert done.stdout.splitlines()[-3:] == again.stdout.splitlines()[-3:]
    assert "success of valid attacks by what carries them" in done.stdout
    assert "operators of rl" in done.stdout


def test_two_that_share_the_work_attack_the_seeds_that_one_of_them_asked(project, monkeypatch):
    shutil.rmtree(project / ".work", ignore_errors=True)
    asking, others_wait, asked = Event(), Event(), []

    def slowly(*given):
        asked.append(given)
        asking.set()
        others_wait.wait(2)  # time in which the other one would ask too
        return answer_seeds(*given)

    answer_seeds = arms.answer_seeds
    monkeypatch.setattr(arms, "answer_seeds", slowly)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(arms.heldout_seeds.fn, arms_round(project, "r00", 5), 4)
        assert asking.wait(60)
        second = pool.submit(arms.heldout_seeds.fn, arms_round(project, "r00", 6), 4)
        assert first.result() == second.result() != []
    assert len(asked) == 1


def test_a_round_that_is_not_there_is_named(project):
    refused = run(project, sys.executable, "-m", "flows.arms", "--after", "r09", expect=2)
    assert "r09" in refused.stderr
    assert "Traceback" not in refused.stderr
