"""Hardening arms on tiny models: what each arm learns, one battery for all, and a second start plays nothing again."""

import json
import shutil
import sys

import pytest

from sparring.operators import OPERATORS
from sparring.records import SFTExample, Trial
from sparring.storage import read_jsonl
from sparring.studies.hardening import ARMS, BASE, DIALLED, MEASURES, UNSEEN
from sparring.studies.metrics import operators_of
from tests.running import run

pytestmark = [pytest.mark.timeout(1800), pytest.mark.slow]
ASKED = ("clean", "one_sided", "own_more")


def test_every_arm_learns_what_it_says_and_answers_the_same_battery(reproduced):
    root = reproduced.with_name("hardening")
    shutil.copytree(reproduced, root)
    command = (sys.executable, "-m", "flows.hardening", "--random-seeds", "5", "6", "--rows", "6", "--seeds", "4",
               "--arms", *ASKED)  # fmt: skip
    run(root, *command, "--only", "6")
    out = root / "data" / "hardening" / "r00"
    assert not (out / "hardening.json").exists()
    done = run(root, *command)
    assert "reusing finished query" in done.stderr + done.stdout
    assert "smallest difference" in done.stderr
    results = json.loads((out / "hardening.json").read_text())["results"]
    arms = [BASE, *(name + dials for name in ASKED for dials in ("", DIALLED))]
    assert {each["arm"] for each in results} == set(arms)
    present = {each["measure"] for each in results}
    assert present >= set(MEASURES) - {"live", "no_call"}
    for arm in ASKED:
        works = sorted((root / ".work").glob(f"arms-r00-[56]-{arm}-*"))
        works = [work for work in works if (work / "sft.jsonl").exists()]
        assert len(works) == 2, arm
        for work in works:
            rows = read_jsonl(work / "sft.jsonl", SFTExample)
            attacked = [row for row in rows if row.origin == "attack"]
            assert bool(attacked) == bool(ARMS[arm].attacked)
            trials = {trial.attack.id: trial for trial in read_jsonl(work / "trials.jsonl", Trial)}
            used = {name for row in attacked if (trial := trials.get(row.id.partition(":")[2]))
                    for name in operators_of(trial.attack.strategy)}  # fmt: skip
            assert not used & set(UNSEEN)
    sizes = {arm: len(read_jsonl(next((root / ".work").glob(f"arms-r00-5-{arm}-*/sft.jsonl")), SFTExample)) for arm in ASKED}  # fmt: skip
    assert sizes["one_sided"] == sizes["clean"]
    assert sizes["own_more"] == ARMS["own_more"].times * sizes["clean"]
    for measure in present - {"anew"}:
        asked = [[trial.attack.id for trial in read_jsonl(out / f"{measure}-{arm}-5.jsonl", Trial)] for arm in arms]
        assert asked == [asked[0]] * len(arms), measure
    faced = {path.name for path in out.glob("anew-*-5.jsonl")}
    assert faced == {f"anew-{BASE}-5.jsonl", *(f"anew-{arm}{DIALLED}-5.jsonl" for arm in ASKED)}
    assert (out / f"anew-{BASE}-5.jsonl").read_bytes() == (out / f"met-{BASE}-5.jsonl").read_bytes()
    unseen = read_jsonl(out / f"unseen-{BASE}-5.jsonl", Trial)
    assert {name for trial in unseen for name in operators_of(trial.attack.strategy)} <= set(UNSEEN) < set(OPERATORS)
    again = run(root, *command)
    assert "reusing finished trained" in again.stderr + again.stdout
    assert again.stdout.splitlines()[-5:] == done.stdout.splitlines()[-5:]
