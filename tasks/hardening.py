"""Hardening arms as steps: training attacks of each arm, SFT on the round's own mix, answers to one held-out battery.

It plays within an arms game, which is never published; each step's result is a file of its work folder.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, islice
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.gates import NoGates
from sparring.records import Attack, Example, SFTExample, Trial
from sparring.storage import InputError, read_jsonl, write_jsonl
from sparring.studies.arms import rule_attacks
from sparring.studies.hardening import BASE, CLEAN, NO_GATES, NO_REPLAY
from sparring.training.mix import mix
from tasks.arms import arm_attacks, heldout_seeds
from tasks.clock import timed
from tasks.game import Game
from tasks.players import answer, gate, gold_text, target, untouched_attacks, write_attacks
from tasks.rl_update import passing_seeds
from tasks.target_update import completed, update_target
from tasks.tracking import RoundRun

FRESH = 1_000_003  # added to the seed of randomness of attacks that no arm trained on


@dataclass(frozen=True)
class Battery:
    """What every arm answers for one measure: attacks (or untouched rows), their seeds, and the gates' reasons."""

    attacks: list[Attack]
    seeds: list[Example]
    rejections: list[str | None]


class UngatedGame(Game):
    """An arms game in which whatever the query model writes counts as valid."""

    @cached_property
    def gatekeeper(self) -> NoGates:
        """No gates."""
        return NoGates()


def ungated(game: Game) -> UngatedGame:
    """The same game without gates: the same training seeds, with the same answers to them untouched."""
    made = UngatedGame(game.root, game.params, f"{game.round}-open", game.after)
    for name in ("pool", "greeted"):
        if not made.done(made.file(name)):
            made.write(name, game.rows(name, Trial))
    return made


@task(name="training attacks", task_run_name="{arm}", cache_policy=NO_CACHE)
def training_trials(game: Game, arm: str) -> list[Trial]:
    """The arm's attacks on the training seeds, as many as a round plays; none for arms that train on no attack."""
    if arm in (BASE, CLEAN):
        return []
    attacker = "rl" if arm in (NO_GATES, NO_REPLAY) else arm
    if arm == NO_GATES:
        game = ungated(game)
    path = game.file(f"train-{attacker}")
    if not path.exists():
        seeds = passing_seeds(game)[: game.params.sampling.seeds]
        attacks = arm_attacks(game, attacker, seeds, game.params.sampling.attacks_per_seed)
        opponent, known = target(game, game.champion.target_adapter), game.rows("pool", Trial)
        write_jsonl(path, answer(game, opponent, attacks, seeds, gate(game, attacks, seeds), known))
    return read_jsonl(path, Trial)


@task(name="hardening", task_run_name="{arm}", cache_policy=NO_CACHE)
@timed
def harden(game: Game, arm: str, fresh: Sequence[Trial], run: RoundRun) -> Path:
    """The adapter of the arm's target: the champion's for the base, else fine-tuned on the round's mix."""
    if arm == BASE:
        return game.champion.target_adapter
    out = game.work / f"target-{arm}"
    if game.done(out):
        return out
    attacks = [trial.attack for trial in fresh]
    rows = completed(game, _attacks_alone(game, fresh) if arm == NO_REPLAY else _mixed(game, fresh), attacks)
    write_jsonl(game.file(f"sft-{arm}"), rows)
    update_target(game, rows, attacks, out, game.work / f"sft-{arm}", f"SFT of {arm}", run.logger(f"sft-{arm}"))
    game.finished(out)
    return out


def _mixed(game: Game, fresh: Sequence[Trial], **changes: float) -> list[SFTExample]:
    """The round's own mix, with an empty mistake book."""
    train = game.examples("train")
    return mix(
        fresh=fresh,
        book=[],
        clean=train,
        examples={example.id: example for example in train},
        render=lambda example: gold_text(game, example),
        params=game.params.sft.model_copy(update=changes),
        seed=game.params.seed,
    )


def _attacks_alone(game: Game, fresh: Sequence[Trial]) -> list[SFTExample]:
    """As many rows as the mix has, all of them lost attacks: each as often as it takes, nothing clean, no abstention.

    Raises:
        InputError: No attack was lost.
    """
    rows = [row for row in _mixed(game, fresh, attack_share=1.0, no_call_share=0.0) if row.origin == "attack"]
    if not rows:
        raise InputError(f"{game.round}: the target lost no attack, so there is nothing that {NO_REPLAY} could learn")
    return list(islice(cycle(rows), game.params.sft.examples))


@task(name="battery", cache_policy=NO_CACHE)
def batteries(game: Game, other: Path | None, rows: int, seeds: int, per_seed: int) -> dict[str, Battery]:
    """What is asked of every arm, by measure; `other` is the query model trained from another seed of randomness."""
    heldout = [example for split in ("val", "test") for example in game.examples(split)]
    found = {
        "clean": _untouched(game, [example for example in heldout if example.gold], rows),
        "no_call": _untouched(game, [example for example in heldout if example.wants_no_call], rows),
    }
    attacked = heldout_seeds(game, seeds)
    fresh = f"{game.round}-fresh", game.params.seed + FRESH
    found["met"] = _gated(game, "met", lambda: write_attacks(game, game.work / "query", attacked, per_seed), attacked)
    found["fresh_rules"] = _gated(
        game, "fresh_rules", lambda: rule_attacks("composed_rules", attacked, per_seed, *fresh), attacked
    )
    if other is not None:
        found["fresh_rl"] = _gated(game, "fresh_rl", lambda: write_attacks(game, other, attacked, per_seed), attacked)
    found["ood"] = _untouched(game, [example for example in game.examples("ood") if example.gold], rows)
    return found


@task(name="battery answers", task_run_name="{arm}-{measure}", cache_policy=NO_CACHE)
def battery_trials(game: Game, arm: str, adapter: Path, measure: str, battery: Battery) -> list[Trial]:
    """The arm's answers, from their file where that is there; the base's answers to the same rows serve as drafts."""
    path = game.file(f"{measure}-{arm}")
    if not path.exists():
        known = game.file(f"{measure}-{BASE}")
        drafts = read_jsonl(known, Trial) if known.exists() else []
        opponent = target(game, adapter)
        write_jsonl(path, answer(game, opponent, battery.attacks, battery.seeds, battery.rejections, drafts))
    return read_jsonl(path, Trial)


def _untouched(game: Game, pool: list[Example], wanted: int) -> Battery:
    """Rows drawn by a fixed seed: the same in every game."""
    random.Random("battery").shuffle(pool)
    chosen = pool[:wanted]
    return Battery(untouched_attacks(game, chosen), chosen, [None] * len(chosen))


def _gated(game: Game, measure: str, write: Callable[[], list[Attack]], seeds: list[Example]) -> Battery:
    path = game.file(f"battery-{measure}")
    if not path.exists():
        write_jsonl(path, write())
    attacks = read_jsonl(path, Attack)
    return Battery(attacks, seeds, gate(game, attacks, seeds))
