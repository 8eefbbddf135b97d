"""An audit in steps: untouched seeds, attacks, answers. A row that no answer came to is named and judges nobody.

Interrupted, an audit goes on: attacks are written once, an endpoint's answers are in its journal, a local model's in a
file of their own before anything judges them.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.rollout import complete, judge
from sparring.dialects import DIALECTS
from sparring.records import Attack, Completion, Example, RoundResult, Trial
from sparring.storage import InputError, write_json, write_jsonl, write_text
from sparring.studies.audit import UnansweredRow, summarise_audit
from sparring.targets import Target
from sparring.targets.endpoint import EndpointTarget
from sparring.terminal import say
from tasks.arms import rule_attacks
from tasks.asked import asked_target
from tasks.audit_game import AuditGame, audit_seeds
from tasks.clock import timed
from tasks.game import versions
from tasks.players import gate, untouched_attacks, write_attacks

RULE_ARM = "composed_rules"


@task(name="untouched seeds", cache_policy=NO_CACHE)
@timed
def ask_seeds(game: AuditGame) -> None:
    """Writes seeds.jsonl, clean.jsonl and clean_unanswered.jsonl."""
    pool = audit_seeds(game)
    if not pool:
        raise InputError(f"{game.settings.seeds}: no seed wants a call")
    write_jsonl(game.file("seeds"), pool)
    attacks = untouched_attacks(game, pool)
    trials, unanswered = _answered(game, "clean_answers", attacks, pool, [None] * len(attacks))
    if all(trial.scored and not trial.scored[0].correct for trial in trials):
        raise InputError(
            f"{game.settings.model} answers none of {len(trials)} untouched seeds rightly, there is nothing to attack: "
            f"is {game.params.target.dialect} its dialect?"
        )
    write_jsonl(game.file("clean"), trials)
    write_jsonl(game.file("clean_unanswered"), unanswered)


@task(name="attacks", cache_policy=NO_CACHE)
@timed
def write_audit_attacks(game: AuditGame) -> None:
    """Writes attacks.jsonl: on the seeds that the target answers rightly; what was written before stays."""
    passed = {
        trial.attack.example_id for trial in game.rows("clean", Trial) if trial.scored and trial.scored[0].correct
    }
    known = game.rows("attacks", Attack) if game.file("attacks").exists() else []
    attacked = {attack.example_id for attack in known}
    seeds = [seed for seed in game.rows("seeds", Example) if seed.id in passed - attacked]
    per_seed = game.params.audit.attacks_per_seed
    if game.query_adapter is None:
        attacks = rule_attacks(game, RULE_ARM, seeds, per_seed)
    else:
        attacks = write_attacks(game, game.query_adapter, seeds, per_seed) if seeds else []
    write_jsonl(game.file("attacks"), [*known, *attacks])


@task(name="answers", cache_policy=NO_CACHE)
@timed
def ask_attacks(game: AuditGame) -> None:
    """Writes completions.jsonl, trials.jsonl and unanswered.jsonl, seeds and attacks together."""
    attacks, seeds = game.rows("attacks", Attack), game.rows("seeds", Example)
    trials, unanswered = _answered(game, "answers", attacks, seeds, gate(game, attacks, seeds))
    write_jsonl(game.file("completions"), [answer for trial in trials for answer in trial.completions])
    write_jsonl(game.file("unanswered"), [*game.rows("clean_unanswered", UnansweredRow), *unanswered])
    write_jsonl(game.file("trials"), trials)


@task(name="closing the audit", cache_policy=NO_CACHE)
def close_audit(game: AuditGame) -> RoundResult:
    """Puts the files to their places, shaped like a project with one round; round.json last."""
    seeds = game.rows("seeds", Example)
    game.paths.manifest.unlink(missing_ok=True)
    result = summarise_audit(
        settings=game.settings,
        clean=game.rows("clean", Trial),
        trials=game.rows("trials", Trial),
        unanswered=game.rows("unanswered", UnansweredRow),
        examples={seed.id: seed for seed in seeds},
        seed=game.params.seed,
        inputs=game.inputs,
        versions=versions(),
    )
    write_jsonl(game.folder / "data" / "splits" / "train.jsonl", seeds)
    write_jsonl(game.folder / "data" / "splits" / "val.jsonl", [])
    write_json(game.folder / "params.yaml", game.params.model_dump(mode="json"))  # JSON is YAML
    for name in ("attacks", "completions", "trials", "clean", "unanswered"):
        shutil.copyfile(game.file(name), _made(game.paths.file(f"{name}.jsonl")))
    write_text(game.paths.manifest, result.model_dump_json(indent=2) + "\n")
    return result


def _answered(
    game: AuditGame, name: str, attacks: Sequence[Attack], seeds: Sequence[Example], rejections: Sequence[str | None]
) -> tuple[list[Trial], list[UnansweredRow]]:
    """Trials of all attacks; those without an answer are in the second list, and have no verdict."""
    examples = {seed.id: seed for seed in seeds}
    rollout, seed, dialect = game.params.rollout, game.params.seed, DIALECTS[game.params.target.dialect]
    with asked_target(game.settings, game.params, game.file("journal")) as target:
        lost = _lost(game, target, attacks, examples, rejections)
        open_ = [lost.get(attack.id, reason) for attack, reason in zip(attacks, rejections, strict=True)]
        completions = _kept(game, name, attacks, open_) if game.settings.base_url is None else None
        if completions is None:
            completions = complete(attacks, examples, open_, target, rollout, seed)
            write_jsonl(game.file(name), completions)
    if lost:
        say(f"{game.name}: {len(lost)} of {sum(reason is None for reason in rejections)} rows have no answer")
    trials = judge(attacks, completions, rejections, examples, dialect)
    return trials, [UnansweredRow(attack_id=attack_id, reason=reason) for attack_id, reason in lost.items()]


def _kept(
    game: AuditGame, name: str, attacks: Sequence[Attack], rejections: Sequence[str | None]
) -> list[Completion] | None:
    """The answers of a local model that an earlier start wrote; None where there are none, or others were asked."""
    if not game.file(name).exists():
        return None
    kept = game.rows(name, Completion)
    asked = {attack.id for attack, reason in zip(attacks, rejections, strict=True) if reason is None}
    return kept if {completion.attack_id for completion in kept} == asked else None


def _lost(
    game: AuditGame,
    target: Target,
    attacks: Sequence[Attack],
    examples: dict[str, Example],
    rejections: Sequence[str | None],
) -> dict[str, str]:
    """By attack the reason why no answer came; the other answers are in the journal then. A local model loses none."""
    if not isinstance(target, EndpointTarget):
        return {}
    rollout = game.params.rollout
    asked = [attack for attack, reason in zip(attacks, rejections, strict=True) if reason is None]
    rows = [examples[attack.example_id].with_query(attack.query) for attack in asked]
    replies = target.ask(rows, rollout.samples, rollout.temperature, game.params.seed)
    return {attack.id: reason for attack, reason in zip(asked, replies.reasons, strict=True) if reason is not None}


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
