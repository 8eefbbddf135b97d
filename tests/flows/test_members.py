"""A warm start of several trainings: they differ in their random seed alone, and the target is their mean."""

import dataclasses
import shutil

import pytest

from sparring.config import load_params
from sparring.engine.adapter_weights import mean_of, read_adapter, write_adapter
from sparring.project.workspace import Project
from sparring.seals import is_sealed
from sparring.storage import hash_tree
from tasks.dials import TRAINED
from tasks.rounds import Round
from tasks.warm_start import MEMBER_STEP, target_jobs, warm_start_target

pytestmark = pytest.mark.timeout(900)


class Logged:
    """Keeps the steps that are logged."""

    def __init__(self):
        self.steps = []

    def logger(self, prefix):
        return lambda step, metrics: self.steps.append((prefix, step))


@pytest.fixture
def played(reproduced, tmp_path):
    """A baseline whose target is the mean of two."""
    root = tmp_path / "project"
    shutil.copytree(reproduced, root, ignore=shutil.ignore_patterns("rounds", ".work", "mlartifacts"))
    params = load_params(root / "params.yaml")
    twice = params.target.warm_start.model_copy(update={"members": 2})
    target = params.target.model_copy(update={"warm_start": twice, "no_call_share": 0.5})
    return Round(Project(root, params.model_copy(update={"target": target})), "r00", None)


def test_members_learn_rows_of_their_own_and_their_mean_is_the_target(played, tmp_path):
    out, run = played.bench.folder / TRAINED, Logged()
    jobs = target_jobs(played, out)
    assert [job.hyper.seed for job in jobs] == [played.project.params.seed + step for step in (0, MEMBER_STEP)]
    assert [job.out.name for job in jobs] == [f"{TRAINED}-1", f"{TRAINED}-2"]
    assert [row.messages for row in jobs[0].rows] != [row.messages for row in jobs[1].rows]
    warm_start_target.fn(played, run)
    first, second = (read_adapter(job.out) for job in jobs)
    write_adapter(mean_of([first, second]), tmp_path / "mean")
    assert hash_tree(out) == hash_tree(tmp_path / "mean")
    assert len({hash_tree(job.out) for job in jobs} | {hash_tree(out)}) == 3
    steps = [step for prefix, step in run.steps if prefix == "target_warm_start"]
    assert steps == sorted(set(steps))  # the second member's follow the first one's


def test_a_member_that_is_there_is_not_trained_again(played):
    warm_start_target.fn(played, Logged())
    out, again = played.bench.folder / TRAINED, Logged()
    made = hash_tree(out)
    for name in (TRAINED, f"{TRAINED}-2", "target-sft-2"):
        shutil.rmtree(played.bench.folder / name)
    warm_start_target.fn(played, again)
    assert hash_tree(out) == made
    assert again.steps
    assert min(step for _, step in again.steps) > 1
    assert is_sealed(played.bench.seals, out)


def test_one_training_alone_is_the_target_itself(played):
    once = played.project.params.target.warm_start.model_copy(update={"members": 1})
    target = played.project.params.target.model_copy(update={"warm_start": once})
    params = played.project.params.model_copy(update={"target": target})
    alone = dataclasses.replace(played, project=dataclasses.replace(played.project, params=params))
    out = alone.bench.folder / TRAINED
    assert [job.out for job in target_jobs(alone, out)] == [out]
    assert "members" not in once.model_dump()
