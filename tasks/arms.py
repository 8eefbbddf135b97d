"""Control arms as steps: each attacker writes, the gates judge, the frozen target answers. One file an arm, resumable.

It plays a round that is never published: its work folder is named by its inputs, as any round's is.
"""

import hashlib
from pathlib import Path

from filelock import FileLock
from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.attacks import gate
from sparring.attacker.changed_tools import changed_in_turns
from sparring.attacker.expert_iteration import best_of_groups, seeds_of_steps
from sparring.attacker.query_model import QueryModel
from sparring.attacker.query_prompts import query_messages
from sparring.attacker.seeds import answered_rightly, of_both_kinds
from sparring.project.splits import UNTOUCHED
from sparring.records import Attack, Example, Trial
from sparring.storage import hash_tree, read_jsonl, write_jsonl
from sparring.studies.arms import RULES, rule_attacks
from sparring.studies.held_out import pool_for_studies
from sparring.training.sft import SFTJob, SFTRow
from tasks.clock import timed
from tasks.players import (
    answer,
    answer_greeted,
    answer_seeds,
    archive_before,
    attacker,
    own_answers,
    target,
    warm_start_hyper,
)
from tasks.rl_update import passing_seeds
from tasks.rounds import Round
from tasks.schema_trials import ask_changed, other_tools
from tasks.tracking import RoundRun
from tasks.training import train

TRAINED = {"expert_iteration": "expert", "rl": "query"}  # the folder of each arm's adapter
CHANGED_TOOLS = "changed_tools"  # the requests stay
ARMS = (*RULES, "untrained", "warm_start", *TRAINED, CHANGED_TOOLS)


@task(name="held-out seeds", cache_policy=NO_CACHE)
def heldout_seeds(played: Round, wanted: int) -> list[Example]:
    """Untouched seeds of both kinds that the target answers rightly, greeted or not; drawn by a fixed seed.

    The target's answers are kept by the target's hash: every round of arms against it asks the same seeds. Processes
    that share the work wait for the one that asks; a near tie in bfloat16 may fall the other way in a second asking.
    """
    rows = [row for split in UNTOUCHED for row in played.project.examples(split)]
    pool = pool_for_studies(rows, wanted, played.project.params.sampling.no_call_share)
    key = hashlib.sha256(f"{hash_tree(played.target_adapter)}{[example.id for example in pool]}".encode()).hexdigest()[
        :12
    ]
    kept = played.project.root / ".work" / f"heldout-{key}"
    kept.parent.mkdir(exist_ok=True)
    with FileLock(kept.with_suffix(".lock")):
        passed = _right_twice(played, pool, kept)
    return of_both_kinds(passed, wanted, played.project.params.sampling.no_call_share)


def _right_twice(played: Round, pool: list[Example], kept: Path) -> list[Example]:
    """Rows of the pool that the target answers rightly as they are and with a greeting; its answers lie in `kept`."""
    clean, greeted = kept / "clean.jsonl", kept / "greeted.jsonl"
    opponent = None if greeted.exists() else target(played.project, played.target_adapter)
    if opponent is not None and not clean.exists():
        write_jsonl(clean, answer_seeds(played.project, opponent, pool, played.name))
    untouched = read_jsonl(clean, Trial)
    pool = answered_rightly(pool, untouched)
    if opponent is not None:
        write_jsonl(greeted, answer_greeted(played.project, opponent, pool, untouched, played.name))
    return answered_rightly(pool, read_jsonl(greeted, Trial))


@task(name="expert iteration", cache_policy=NO_CACHE)
@timed
def expert_iteration(played: Round, run: RoundRun) -> None:
    """Best of group_size: as many attacks of the warm start as RL plays, then SFT on each seed's best valid one."""
    out = played.bench.folder / TRAINED["expert_iteration"]
    if played.bench.done(out):
        return
    rl, action = played.project.params.rl, played.project.params.query_model.action
    seeds = seeds_of_steps(passing_seeds(played), rl.steps, rl.prompts_per_step)
    writer = QueryModel(played.project.base, played.before.query_adapter, played.project.params)
    archive = archive_before(played)
    prompts = [query_messages(seed, action, archive.strategies(seed)) for seed in seeds]
    written = writer.write(prompts, rl.group_size, rl.temperature, played.project.params.seed)
    reward = AttackReward(
        own_answers(played.bench.rows("pool", Trial)),
        played.project.gatekeeper,
        target(played.project, played.target_adapter),
        played.project.params,
        archive,
        played.project.embedder,
    )
    best = best_of_groups(seeds, written, reward, rl.prompts_per_step)
    rows = [SFTRow(prompts[number], text) for number, text in best]
    hyper = warm_start_hyper(played.project, played.project.params.query_model.warm_start)
    job = SFTJob(rows, played.project.base, played.before.query_adapter, out, hyper, "expert iteration")
    train(played, job, played.bench.folder / "expert-sft", run.logger("expert_iteration"))
    played.bench.finished(out)


@task(name="arm", task_run_name="{arm}", cache_policy=NO_CACHE)
def play_arm(played: Round, arm: str, seeds: list[Example], per_seed: int, adapter: Path | None = None) -> list[Trial]:
    """The trials of an arm, from its file where that is there. An adapter given plays in place of the arm's own."""
    path = played.bench.file(f"arm-{arm}-{len(seeds)}x{per_seed}")
    if not path.exists():
        write_jsonl(path, _played(played, arm, seeds, per_seed, adapter))
    return read_jsonl(path, Trial)


def _played(played: Round, arm: str, seeds: list[Example], per_seed: int, adapter: Path | None) -> list[Trial]:
    """Nothing of a request changes where its tools do: no gate judges that."""
    project = played.project
    if arm == CHANGED_TOOLS:
        wanted = per_seed * len(seeds)
        pairs = changed_in_turns(played.name, project.params.seed, seeds, other_tools(project), wanted)
        return ask_changed(played, target(project, played.target_adapter), pairs)
    attacks = arm_attacks(played, arm, seeds, per_seed, adapter)
    opponent = target(project, played.target_adapter)
    return answer(project, opponent, gate(project.gatekeeper, attacks, seeds), seeds)


def arm_attacks(
    played: Round, arm: str, seeds: list[Example], per_seed: int, adapter: Path | None = None
) -> list[Attack]:
    """What an arm writes on the seeds; a trained arm plays its own adapter, or the one given."""
    if arm not in RULES:
        own = {"warm_start": played.before.query_adapter} | {
            name: played.bench.folder / to for name, to in TRAINED.items()
        }
        return attacker(played, adapter or own.get(arm)).write(seeds, per_seed)
    return rule_attacks(arm, seeds, per_seed, played.name, played.project.params.seed)
