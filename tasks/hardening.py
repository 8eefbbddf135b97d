"""Hardening arms as steps: training attacks of each arm, SFT on the round's own mix, answers to one held-out battery.

It plays within a round of arms, which is never published; each step's result is a file of its work folder.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.errors import InputError
from sparring.gates import NoGates
from sparring.records import Attack, Example, GatedAttack, Trial
from sparring.storage import read_jsonl, write_jsonl
from sparring.studies.arms import rule_attacks
from sparring.studies.hardening import BASE, CLEAN, NO_GATES, NO_REPLAY
from sparring.training.mix import Drawn, mix
from tasks.arms import arm_attacks, heldout_seeds
from tasks.attacks import gate, ungated, untouched_attacks
from tasks.clock import timed
from tasks.players import answer, attacker, target
from tasks.rl_update import passing_seeds
from tasks.rounds import Round
from tasks.target_update import completed, update_target
from tasks.teaching import Teaching
from tasks.tracking import RoundRun

FRESH = 1_000_003  # added to the seed of randomness of attacks that no arm trained on


@dataclass(frozen=True)
class Battery:
    """What every arm answers for one measure: attacks (or untouched rows), as the gates see them, and their seeds."""

    attacks: list[GatedAttack]
    seeds: list[Example]


def without_gates(played: Round) -> Round:
    """The same round without gates: the same training seeds, with the same answers to them untouched."""
    made = replace(played, name=f"{played.name}-open", gates=NoGates())
    for name in ("pool", "greeted"):
        if not made.bench.done(made.bench.file(name)):
            made.bench.write(name, played.bench.rows(name, Trial))
    return made


@task(name="training attacks", task_run_name="{arm}", cache_policy=NO_CACHE)
def training_trials(played: Round, arm: str) -> list[Trial]:
    """The arm's attacks on the training seeds, as many as a round plays; none for arms that train on no attack."""
    if arm in (BASE, CLEAN):
        return []
    writer = "rl" if arm in (NO_GATES, NO_REPLAY) else arm
    if arm == NO_GATES:
        played = without_gates(played)
    path = played.bench.file(f"train-{writer}")
    if not path.exists():
        seeds = passing_seeds(played)[: played.project.params.sampling.seeds]
        attacks = arm_attacks(played, writer, seeds, played.project.params.sampling.attacks_per_seed)
        opponent, known = target(played.project, played.champion.target_adapter), played.bench.rows("pool", Trial)
        write_jsonl(path, answer(played.project, opponent, gate(played.gatekeeper, attacks, seeds), seeds, known))
    return read_jsonl(path, Trial)


@task(name="hardening", task_run_name="{arm}", cache_policy=NO_CACHE)
@timed
def harden(played: Round, arm: str, fresh: Sequence[Trial], run: RoundRun) -> Path:
    """The adapter of the arm's target: the champion's for the base, else fine-tuned on the round's mix."""
    if arm == BASE:
        return played.champion.target_adapter
    out = played.bench.folder / f"target-{arm}"
    if played.bench.done(out):
        return out
    drawn = completed(played, _attacks_alone(played, fresh) if arm == NO_REPLAY else _mixed(played, fresh))
    rows, asked = [each.row for each in drawn], [each.asked for each in drawn]
    write_jsonl(played.bench.file(f"sft-{arm}"), rows)
    work, log = played.bench.folder / f"sft-{arm}", run.logger(f"sft-{arm}")
    update_target(played, rows, asked, out, work, f"SFT of {arm}", log)
    played.bench.finished(out)
    return out


def _mixed(played: Round, fresh: Sequence[Trial]) -> list[Drawn]:
    """The round's own mix, with these attacks alone in its attacked half, and an empty mistake book."""
    teaching, params = Teaching(played), played.project.params
    return mix(teaching.candidates(fresh, "query"), teaching.untouched, params.sft, params.seed)


def _attacks_alone(played: Round, fresh: Sequence[Trial]) -> list[Drawn]:
    """As many rows as the mix has, all of them attacked: each as often as it takes, nothing untouched.

    Raises:
        InputError: No attack was valid.
    """
    attacked = [each for each in _mixed(played, fresh) if each.row.origin == "attack"]
    if not attacked:
        raise InputError(f"{played.name}: no attack was valid, so there is nothing that {NO_REPLAY} could learn")
    return list(islice(cycle(attacked), played.project.params.sft.examples))


@task(name="battery", cache_policy=NO_CACHE)
def batteries(played: Round, other: Path | None, rows: int, seeds: int, per_seed: int) -> dict[str, Battery]:
    """What is asked of every arm, by measure; `other` is the query model trained from another seed of randomness."""
    heldout = [example for split in ("val", "test") for example in played.project.examples(split)]
    found = {
        "clean": _untouched(played, [example for example in heldout if example.gold], rows),
        "no_call": _untouched(played, [example for example in heldout if example.wants_no_call], rows),
    }
    attacked = heldout_seeds(played, seeds)
    fresh = f"{played.name}-fresh", played.project.params.seed + FRESH
    found["met"] = _gated(
        played, "met", lambda: attacker(played, played.bench.folder / "query").write(attacked, per_seed), attacked
    )
    found["fresh_rules"] = _gated(
        played, "fresh_rules", lambda: rule_attacks("composed_rules", attacked, per_seed, *fresh), attacked
    )
    if other is not None:
        found["fresh_rl"] = _gated(
            played, "fresh_rl", lambda: attacker(played, other).write(attacked, per_seed), attacked
        )
    found["ood"] = _untouched(played, [example for example in played.project.examples("ood") if example.gold], rows)
    return found


@task(name="battery answers", task_run_name="{arm}-{measure}", cache_policy=NO_CACHE)
def battery_trials(played: Round, arm: str, adapter: Path, measure: str, battery: Battery) -> list[Trial]:
    """The arm's answers, from their file where that is there; the base's answers to the same rows serve as drafts."""
    path = played.bench.file(f"{measure}-{arm}")
    if not path.exists():
        known = played.bench.file(f"{measure}-{BASE}")
        drafts = read_jsonl(known, Trial) if known.exists() else []
        opponent = target(played.project, adapter)
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
    return Battery(gate(played.gatekeeper, attacks, seeds), seeds)
