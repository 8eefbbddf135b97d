"""Hardening arms on tiny models: as many rows in every arm, one battery for all, and a second start plays nothing again."""

import json
import shutil
import sys

import pytest

from sparring.records import SFTExample, Trial
from sparring.storage import read_jsonl
from sparring.studies.hardening import ABLATIONS, ARMS, BASE, MEASURES, NO_REPLAY
from tests.running import run

pytestmark = [pytest.mark.timeout(1200), pytest.mark.slow]


def test_every_arm_trains_on_as_many_rows_and_answers_the_same_battery(reproduced):
    root = reproduced.with_name("hardening")
    shutil.copytree(reproduced, root)
    command = (sys.executable, "-m", "flows.hardening", "--random-seeds", "5", "6", "--rows", "6", "--seeds", "4")
    waiting = run(root, *command, "--only", "6")
    assert "waits for the query model" in waiting.stderr
    assert not (root / "data" / "hardening").exists()
    done = run(root, *command)
    assert "reusing finished target-rl" in done.stderr + done.stdout
    assert "smallest difference" in done.stderr
    out = root / "data" / "hardening" / "r00"
    results = json.loads((out / "hardening.json").read_text())["results"]
    present = {each["measure"] for each in results}
    arms = (*ARMS, *ABLATIONS)
    assert {(each["arm"], each["measure"]) for each in results} == {(arm, name) for arm in arms for name in present}
    assert present >= set(MEASURES) - {"ood", "no_call"}
    works = sorted(path for number in (5, 6) for path in (root / ".work").glob(f"arms-r00-{number}-[!o]*"))
    assert len(works) == 2
    for work in works:
        rows = {arm: read_jsonl(work / f"sft-{arm}.jsonl", SFTExample) for arm in ARMS if arm != BASE}
        assert len({len(each) for each in rows.values()}) == 1
        assert not any(row.origin == "attack" for row in rows["clean_sft"])
        assert any(row.origin == "attack" for row in rows["rl"])
    alone = read_jsonl(works[0] / f"sft-{NO_REPLAY}.jsonl", SFTExample)
    assert {row.origin for row in alone} == {"attack"}
    assert len(alone) == len(read_jsonl(works[0] / "sft-rl.jsonl", SFTExample))
    for measure in present:
        asked = {
            arm: [trial.attack.id for trial in read_jsonl(out / f"{measure}-{arm}-5.jsonl", Trial)] for arm in arms
        }
        assert len({tuple(each) for each in asked.values()}) == 1, measure
    known = {trial.attack.example_id: trial for trial in read_jsonl(root / "data/rounds/r00/clean.jsonl", Trial)}
    answered = read_jsonl(out / "clean-base-5.jsonl", Trial)
    common = [(trial, known[trial.attack.example_id]) for trial in answered if trial.attack.example_id in known]
    assert common
    for trial, before in common:  # the base answers with its adapter, not as the model that both players start from
        assert trial.completions[0].text == before.completions[0].text
    again = run(root, *command)
    assert "reusing finished target-rl" in again.stderr + again.stdout
    assert again.stdout.splitlines()[-5:] == done.stdout.splitlines()[-5:]
