"""An audit in steps: untouched seeds, attacks, answers. A row that no answer came to is named and judges nobody.

Interrupted, an audit goes on: attacks are written once, an endpoint's answers are in its journal.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.rollout import complete, trials_of
from sparring.dialects import DIALECTS
from sparring.records import Attack, Example, RoundResult, Trial, by_id
from sparring.storage import InputError, write_json, write_jsonl, write_text
from sparring.studies.audit import UnansweredRow, summarise_audit
from sparring.targets import Target
from sparring.targets.endpoint import EndpointTarget
from sparring.terminal import say
from tasks.arms import rule_attacks
from tasks.asked import asked_target
from tasks.audit_game import AuditGame, audit_seeds
from tasks.clock import timed
from tasks.players import gate, untouched_attacks, write_attacks
from tasks.rounds import versions

RULE_ARM = "composed_rules"


@task(name="untouched seeds", cache_policy=NO_CACHE)
@timed
def ask_seeds(played: AuditGame) -> None:
    """Writes seeds.jsonl, clean.jsonl and clean_unanswered.jsonl."""
    pool = audit_seeds(played)
    if not pool:
        raise InputError(f"{played.settings.seeds}: no seed wants a call")
    write_jsonl(played.bench.file("seeds"), pool)
    attacks = untouched_attacks(played, pool)
    trials, unanswered = _answered(played, attacks, pool, [None] * len(attacks))
    if all(trial.first_right is False for trial in trials):
        raise InputError(
            f"{played.settings.model} answers none of {len(trials)} untouched seeds rightly, there is nothing to attack: "
            f"is {played.project.params.target.dialect} its dialect?"
        )
    write_jsonl(played.bench.file("clean"), trials)
    write_jsonl(played.bench.file("clean_unanswered"), unanswered)


@task(name="attacks", cache_policy=NO_CACHE)
@timed
def write_audit_attacks(played: AuditGame) -> None:
    """Writes attacks.jsonl: on the seeds that the target answers rightly; what was written before stays."""
    passed = {trial.attack.example_id for trial in played.bench.rows("clean", Trial) if trial.first_right}
    known = played.bench.rows("attacks", Attack) if played.bench.file("attacks").exists() else []
    attacked = {attack.example_id for attack in known}
    seeds = [seed for seed in played.bench.rows("seeds", Example) if seed.id in passed - attacked]
    per_seed = played.project.params.audit.attacks_per_seed
    if played.query_adapter is None:
        attacks = rule_attacks(played, RULE_ARM, seeds, per_seed)
    else:
        attacks = write_attacks(played, played.query_adapter, seeds, per_seed) if seeds else []
    write_jsonl(played.bench.file("attacks"), [*known, *attacks])


@task(name="answers", cache_policy=NO_CACHE)
@timed
def ask_attacks(played: AuditGame) -> None:
    """Writes completions.jsonl, trials.jsonl and unanswered.jsonl, seeds and attacks together."""
    attacks, seeds = played.bench.rows("attacks", Attack), played.bench.rows("seeds", Example)
    trials, unanswered = _answered(played, attacks, seeds, gate(played.gatekeeper, attacks, seeds))
    write_jsonl(played.bench.file("completions"), [answer for trial in trials for answer in trial.completions])
    write_jsonl(played.bench.file("unanswered"), [*played.bench.rows("clean_unanswered", UnansweredRow), *unanswered])
    write_jsonl(played.bench.file("trials"), trials)


@task(name="closing the audit", cache_policy=NO_CACHE)
def close_audit(played: AuditGame) -> RoundResult:
    """Puts the files to their places, shaped like a project with one round; round.json last."""
    seeds = played.bench.rows("seeds", Example)
    played.paths.manifest.unlink(missing_ok=True)
    result = summarise_audit(
        settings=played.settings,
        clean=played.bench.rows("clean", Trial),
        trials=played.bench.rows("trials", Trial),
        unanswered=played.bench.rows("unanswered", UnansweredRow),
        examples=by_id(seeds),
        seed=played.project.params.seed,
        inputs=played.inputs,
        versions=versions(),
    )
    write_jsonl(played.folder / "data" / "splits" / "train.jsonl", seeds)
    write_jsonl(played.folder / "data" / "splits" / "val.jsonl", [])
    write_json(played.folder / "params.yaml", played.project.params.model_dump(mode="json"))  # JSON is YAML
    for name in ("attacks", "completions", "trials", "clean", "unanswered"):
        shutil.copyfile(played.bench.file(name), _made(played.paths.file(f"{name}.jsonl")))
    write_text(played.paths.manifest, result.model_dump_json(indent=2) + "\n")
    return result


def _answered(
    played: AuditGame, attacks: Sequence[Attack], seeds: Sequence[Example], rejections: Sequence[str | None]
) -> tuple[list[Trial], list[UnansweredRow]]:
    """Trials of all attacks; those without an answer are in the second list, and have no verdict."""
    examples = by_id(seeds)
    rollout, seed, dialect = (
        played.project.params.rollout,
        played.project.params.seed,
        DIALECTS[played.project.params.target.dialect],
    )
    with asked_target(played.settings, played.project.params, played.bench.file("journal")) as target:
        lost = _lost(played, target, attacks, examples, rejections)
        open_ = [lost.get(attack.id, reason) for attack, reason in zip(attacks, rejections, strict=True)]
        completions = complete(attacks, examples, open_, target, rollout, seed)
    if lost:
        say(f"{played.name}: {len(lost)} of {sum(reason is None for reason in rejections)} rows have no answer")
    trials = trials_of(attacks, completions, rejections, examples, dialect)
    return trials, [UnansweredRow(attack_id=attack_id, reason=reason) for attack_id, reason in lost.items()]


def _lost(
    played: AuditGame,
    target: Target,
    attacks: Sequence[Attack],
    examples: dict[str, Example],
    rejections: Sequence[str | None],
) -> dict[str, str]:
    """By attack the reason why no answer came; the other answers are in the journal then. A local model loses none."""
    if not isinstance(target, EndpointTarget):
        return {}
    rollout = played.project.params.rollout
    asked = [attack for attack, reason in zip(attacks, rejections, strict=True) if reason is None]
    rows = [examples[attack.example_id].with_query(attack.query) for attack in asked]
    replies = target.ask(rows, rollout.samples, rollout.temperature, played.project.params.seed)
    return {attack.id: reason for attack, reason in zip(asked, replies.reasons, strict=True) if reason is not None}


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
