"""Hardening arms as steps: each arm's training set and target, and what every target is asked.

They play within rounds of arms, which are never published; each step's result is a file of its work folder.
"""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attacks import gate, ungated, untouched_attacks
from sparring.attacker.changed_tools import first_of_each_kind, schema_attacks, with_changed_tools
from sparring.operators import OPERATORS
from sparring.project.splits import UNTOUCHED
from sparring.records import KINDS, Attack, Example, GatedAttack, Trial
from sparring.storage import read_jsonl, write_jsonl
from sparring.studies.arms import rule_attacks
from sparring.studies.hardening import ARMS, BASE, DIALLED, UNSEEN
from tasks.arms import heldout_seeds
from tasks.correctness_check import correctness_check
from tasks.dials import TRAINED, dials, validation_attacks
from tasks.players import answer, attacker, target
from tasks.query_sampling import query_sampling
from tasks.rl_update import rl_update
from tasks.rounds import Round
from tasks.schema_trials import ask_changed, other_tools
from tasks.sft_augmentation import sft_augmentation
from tasks.target_rollout import target_rollout
from tasks.tracking import open_run

FRESH = 1_000_003  # added to the seed of randomness of attacks that no arm trained on
SHARED = ("pool", "greeted", "dial_attacks")  # what the arms of a random seed have in common, beside its trials


@dataclass(frozen=True)
class Battery:
    """What targets answer for one measure: attacks (or untouched rows), as the gates see them, and their seeds."""

    attacks: list[GatedAttack]
    seeds: list[Example]


def attackers(played: Round) -> None:
    """What all arms of a random seed learn from: a query model, its attacks, the answers of the target before."""
    run = open_run(played)
    rl_update(played, run)
    query_sampling(played)
    target_rollout(played)
    correctness_check(played)
    validation_attacks(played)
    run.finish()


def arm_round(played: Round, arm: str) -> Round:
    """The round as an arm plays it from the training set on, with what it shares with the others."""
    wanted, sft = ARMS[arm], played.project.params.sft
    sizes = {"examples": wanted.times * sft.examples, "without": UNSEEN}
    return update_round(played, arm, dict(wanted.sft) | sizes, wanted.attacked)


def update_round(played: Round, name: str, sft: Mapping[str, Any], attacked: Collection[str] = KINDS) -> Round:
    """A round that shares the attackers of another one, and updates its target in another way.

    Args:
        played: The round whose `attackers` wrote.
        name: Of the way, within the round's name.
        sft: What differs in the recipe's `sft`.
        attacked: Kinds of seeds whose attacks are learnt from.
    """
    params = played.project.params.sft
    changed = params.model_validate(params.model_dump() | dict(sft))
    made = replace(played, name=f"{played.name}-{name}", project=played.project.changed(sft=changed))
    for shared in SHARED:
        if not made.bench.done(made.bench.file(shared)):
            made.bench.write(shared, played.bench.rows(shared, GatedAttack if shared == "dial_attacks" else Trial))
    if not made.bench.done(made.bench.file("trials")):
        kinds = {example.id: example.kind for example in played.project.examples("train") if example.can_be_attacked}
        trials = played.bench.rows("trials", Trial)
        made.bench.write("trials", [trial for trial in trials if kinds[trial.attack.example_id] in attacked])
    return made


@task(name="hardening", task_run_name="{arm}", cache_policy=NO_CACHE)
def harden(played: Round, arm: str) -> dict[str, Path]:
    """The arm's adapters by name: as it was trained, and with its dials set."""
    made = arm_round(played, arm)
    run = open_run(made)
    sft_augmentation(made, run)
    dials(made)
    run.finish()
    return {arm: made.bench.folder / TRAINED, arm + DIALLED: made.bench.folder / "target"}


def against(played: Round, arm: str, adapter: Path) -> Round:
    """A round whose query model is trained anew against an arm's target."""
    made = replace(played, name=f"{played.name}-against-{arm}", opponent=adapter)
    run = open_run(made)
    rl_update(made, run)
    run.finish()
    return made


@task(name="battery", cache_policy=NO_CACHE)
def batteries(played: Round, rows: int, seeds: int, per_seed: int) -> dict[str, Battery]:
    """What is asked of every target alike, by measure: rows and seeds that nothing was chosen on."""
    test, live = (played.project.examples(split) for split in UNTOUCHED)
    attacked = heldout_seeds(played, seeds)
    fresh = f"{played.name}-fresh", played.project.params.seed + FRESH
    seen = set(OPERATORS) - set(UNSEEN)
    return {
        "clean": _untouched(played, [example for example in test if example.gold], rows),
        "no_call": _untouched(played, [example for example in test + live if example.wants_no_call], rows),
        "live": _untouched(played, [example for example in live if example.gold], rows),
        "met": written_by(played, "met", played, attacked, per_seed),
        "rules": _gated(played, "rules", lambda: rule_attacks("composed_rules", attacked, per_seed, *fresh), attacked),
        "tools": Battery(ungated(schema_attacks(*fresh, first_of_each_kind(attacked, seeds // 4))), attacked),
        "unseen": _gated(
            played, "unseen", lambda: rule_attacks("composed_rules", attacked, per_seed, *fresh, seen), attacked
        ),
    }


def written_by(played: Round, name: str, writer: Round, seeds: list[Example], per_seed: int) -> Battery:
    """Attacks of a round's query model on held-out seeds."""
    return _gated(played, name, lambda: attacker(writer, writer.bench.folder / "query").write(seeds, per_seed), seeds)


@task(name="battery answers", task_run_name="{arm}-{measure}", cache_policy=NO_CACHE)
def battery_trials(played: Round, arm: str, adapter: Path, measure: str, battery: Battery) -> list[Trial]:
    """The target's answers, from their file where that is there; the base's to the same rows serve as drafts."""
    path = played.bench.file(f"{measure}-{arm}")
    if not path.exists():
        opponent = target(played.project, adapter)
        if measure == "tools":
            pairs = with_changed_tools(
                [each.attack for each in battery.attacks], battery.seeds, other_tools(played.project)
            )
            write_jsonl(path, ask_changed(played, opponent, pairs))
        else:
            known = played.bench.file(f"{measure}-{BASE}")
            drafts = read_jsonl(known, Trial) if known.exists() else []
            write_jsonl(path, answer(played.project, opponent, battery.attacks, battery.seeds, drafts))
    return read_jsonl(path, Trial)


def _untouched(played: Round, pool: list[Example], wanted: int) -> Battery:
    """Rows drawn by a fixed seed: the same in every round."""
    random.Random("battery").shuffle(pool)
    chosen = pool[:wanted]
    return Battery(ungated(untouched_attacks(chosen, played.name)), chosen)


def _gated(played: Round, measure: str, write: Callable[[], list[Attack]], seeds: list[Example]) -> Battery:
    path = played.bench.file(f"battery-{measure}")
    if not path.exists():
        write_jsonl(path, write())
    attacks = read_jsonl(path, Attack)
    return Battery(gate(played.project.gatekeeper, attacks, seeds), seeds)
