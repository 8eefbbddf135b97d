"""An audit in steps: untouched seeds, attacks, answers. A row that no answer came to is named and judges nobody.

Interrupted, an audit goes on: attacks are written once, an endpoint's answers are in its journal. More seeds or more
attacks a seed under the same name add what is missing.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.program import ProgramError, parse_program, play_program, render_program
from sparring.attacker.rollout import complete, judge
from sparring.dialects import DIALECTS
from sparring.records import Attack, Completion, Example, RoundResult, Trial
from sparring.storage import InputError, write_json, write_jsonl, write_text
from sparring.studies.arms import rule_attacks
from sparring.studies.audit import AuditChoices, Judged, UnansweredRow, answered_rightly, summarise_audit
from sparring.studies.audit_text import audit_markdown
from sparring.studies.junit import audit_junit
from sparring.studies.metrics import operators_of
from sparring.targets import Target
from sparring.targets.endpoint import EndpointTarget
from sparring.targets.local import LocalTarget
from sparring.terminal import say
from tasks.asked import asked_target
from tasks.audit_game import AuditGame, audit_seeds
from tasks.clock import timed
from tasks.game import versions
from tasks.players import gate, untouched_attacks, write_attacks
from tasks.schema_trials import schema_attacks, with_changed_tools

RULE_ARM = "composed_rules"
FILES = ("attacks", "completions", "trials", "clean", "schema", "unanswered")


@task(name="untouched seeds", cache_policy=NO_CACHE)
@timed
def ask_seeds(game: AuditGame) -> None:
    """Writes seeds.jsonl, clean.jsonl and clean_unanswered.jsonl."""
    pool = audit_seeds(game)
    if not any(seed.gold for seed in pool):
        raise InputError(f"{game.settings.seeds}: no seed wants a call")
    write_jsonl(game.file("seeds"), pool)
    attacks, examples = untouched_attacks(game, pool), {seed.id: seed for seed in pool}
    trials, unanswered = _answered(game, attacks, examples, [None] * len(attacks))
    calling = [trial for trial in trials if examples[trial.attack.example_id].gold]
    if all(trial.scored and not answered_rightly(trial) for trial in calling):
        raise InputError(
            f"{game.settings.model} answers none of {len(calling)} untouched seeds rightly, there is nothing to "
            f"attack: is {game.params.target.dialect} its dialect?"
        )
    write_jsonl(game.file("clean"), trials)
    write_jsonl(game.file("clean_unanswered"), unanswered)


@task(name="attacks", cache_policy=NO_CACHE)
@timed
def write_audit_attacks(game: AuditGame) -> None:
    """Writes attacks.jsonl: on the seeds that the target answers rightly; what was written before stays."""
    seeds, per_seed = _passed(game), game.params.audit.attacks_per_seed
    known = {attack.id: attack for attack in game.rows("attacks", Attack)} if game.file("attacks").exists() else {}
    if game.query_adapter is None:
        made = rule_attacks(RULE_ARM, seeds, per_seed, game.round, game.params.seed, game.settings.without)
    else:
        wanted = [seed for seed in seeds if len([a for a in known.values() if a.example_id == seed.id]) < per_seed]
        made = _written(game, game.query_adapter, wanted, per_seed)
    missing = len(seeds) * per_seed - len({attack.id for attack in made} | known.keys())
    if missing > 0:
        say(f"{game.name}: {missing} attacks say what their seed or another attack says: not made")
    write_jsonl(game.file("attacks"), [*known.values(), *(attack for attack in made if attack.id not in known)])


@task(name="answers", cache_policy=NO_CACHE)
@timed
def ask_attacks(game: AuditGame) -> None:
    """Writes completions, trials and schema, and unanswered.jsonl: seeds and attacks of both families together."""
    attacks, seeds = game.rows("attacks", Attack), game.rows("seeds", Example)
    tools = [tool for seed in seeds for tool in seed.tools]
    chosen = _passed(game)[: game.params.audit.schema_seeds]
    changed = with_changed_tools(schema_attacks(game.round, game.params.seed, chosen), chosen, tools)
    renamed = [
        attack.model_copy(update={"example_id": attack.id}) for attack, _ in changed
    ]  # each has tools of its own
    examples = {seed.id: seed for seed in seeds} | {attack.id: example for attack, example in changed}
    rejections = [*gate(game, attacks, seeds), *([None] * len(renamed))]
    found, unanswered = _answered(game, [*attacks, *renamed], examples, rejections)
    trials, schema = found[: len(attacks)], found[len(attacks) :]
    write_jsonl(game.file("completions"), [answer for trial in trials for answer in trial.completions])
    write_jsonl(game.file("unanswered"), [*game.rows("clean_unanswered", UnansweredRow), *unanswered])
    pairs = zip(schema, changed, strict=True)
    write_jsonl(game.file("schema"), [trial.model_copy(update={"attack": attack}) for trial, (attack, _) in pairs])
    write_jsonl(game.file("trials"), trials)


@task(name="closing the audit", cache_policy=NO_CACHE)
def close_audit(game: AuditGame, choices: AuditChoices) -> RoundResult:
    """Puts the files to their places, shaped like a project with one round; round.json last."""
    seeds = game.rows("seeds", Example)
    game.paths.manifest.unlink(missing_ok=True)
    clean, trials, schema = (game.rows(name, Trial) for name in ("clean", "trials", "schema"))
    unanswered = game.rows("unanswered", UnansweredRow)
    result = summarise_audit(
        settings=game.settings,
        choices=choices,
        params=game.params,
        judged=Judged(clean, trials, schema, unanswered),
        examples={seed.id: seed for seed in seeds},
        inputs=game.inputs,
        versions=versions(),
    )
    write_jsonl(game.folder / "data" / "splits" / "train.jsonl", seeds)
    write_jsonl(game.folder / "data" / "splits" / "val.jsonl", [])
    write_json(game.folder / "params.yaml", game.params.model_dump(mode="json"))  # JSON is YAML
    for name in FILES:
        shutil.copyfile(game.file(name), _made(game.paths.file(f"{name}.jsonl")))
    write_text(game.folder / "summary.md", audit_markdown(result, unanswered))
    write_text(game.folder / "junit.xml", audit_junit(game.name, result, game.params.audit, choices.fail_above))
    write_text(game.paths.manifest, result.model_dump_json(indent=2) + "\n")
    return result


def _passed(game: AuditGame) -> list[Example]:
    """The seeds that want a call and were answered rightly, in their order."""
    passed = {trial.attack.example_id for trial in game.rows("clean", Trial) if answered_rightly(trial)}
    return [seed for seed in game.rows("seeds", Example) if seed.gold and seed.id in passed]


def _written(game: AuditGame, adapter: Path, seeds: Sequence[Example], per_seed: int) -> list[Attack]:
    """The query model's attacks that change their seed and use no operator that is left out, by what they changed."""
    examples = {seed.id: seed for seed in seeds}
    written = write_attacks(game, adapter, seeds, per_seed) if seeds else []
    changed = [attack for attack in written if attack.query.strip() != examples[attack.example_id].query.strip()]
    allowed = [one for one in changed if not set(operators_of(one.strategy)) & set(game.settings.without)]
    if left := len(changed) - len(allowed):
        say(f"{game.name}: {left} attacks use {', '.join(game.settings.without)}: left out")
    return [attack.model_copy(update={"strategy": _played(attack, examples[attack.example_id])}) for attack in allowed]


def _played(attack: Attack, seed: Example) -> str:
    """The steps of its program that changed something; its own words where it is no program."""
    try:
        return render_program(play_program(parse_program(attack.strategy), seed, attack.seed)[1])
    except ProgramError:
        return attack.strategy


def _answered(
    game: AuditGame, attacks: Sequence[Attack], examples: Mapping[str, Example], rejections: Sequence[str | None]
) -> tuple[list[Trial], list[UnansweredRow]]:
    """Trials of all attacks; those without an answer are in the second list, and have no verdict."""
    rollout, seed, dialect = game.params.rollout, game.params.seed, DIALECTS[game.params.target.dialect]
    with asked_target(game.settings, game.params, game.file("journal")) as target:
        lost = _lost(game, target, attacks, examples, rejections)
        open_ = [lost.get(attack.id, reason) for attack, reason in zip(attacks, rejections, strict=True)]
        completions = complete(attacks, examples, open_, target, rollout, seed)
        if isinstance(target, LocalTarget):
            lost = _cut(target, completions)
            completions = [answer for answer in completions if answer.attack_id not in lost]
    if lost:
        say(f"{game.name}: {len(lost)} of {sum(reason is None for reason in rejections)} rows have no answer")
    trials = judge(attacks, completions, rejections, examples, dialect)
    return trials, [UnansweredRow(attack_id=attack_id, reason=reason) for attack_id, reason in lost.items()]


def _lost(
    game: AuditGame,
    target: Target,
    attacks: Sequence[Attack],
    examples: Mapping[str, Example],
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


def _cut(target: LocalTarget, completions: Sequence[Completion]) -> dict[str, str]:
    """By attack that a local model had more to say than it may: no answer, as at an endpoint."""
    longest = target.params.target.max_new_tokens
    reason = f"cut at {longest} tokens"
    return {answer.attack_id: reason for answer in completions if target.is_cut(answer.text)}


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
