"""An audit in steps: untouched seeds, attacks, answers. A row that no answer came to is named and judges nobody.

Interrupted, an audit goes on: attacks are written once, answers are in a journal before anything judges them. More
seeds or attacks under the same name add what is missing.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from sparring.attacker.archive import Archive
from sparring.attacker.attacks import gate, ungated, untouched_attacks
from sparring.attacker.changed_tools import first_of_each_kind, schema_attacks, with_changed_tools
from sparring.attacker.program import ProgramError, parse_program, play_program, render_program
from sparring.attacker.rl_log import logged_steps
from sparring.attacker.rollout import complete, trials_of
from sparring.dialects import DIALECTS
from sparring.dialects.base import shows_tools_by_api
from sparring.errors import InputError
from sparring.project.audits import Audit, audit_seeds
from sparring.project.versions import moment, versions
from sparring.records import Attack, Example, GatedAttack, RoundResult, Trial, by_id
from sparring.storage import RoundPaths, write_json, write_jsonl, write_text
from sparring.studies.arms import rule_attacks
from sparring.studies.audit import AUDIT, ENDPOINT, AuditChoices, Judged, UnansweredRow, summarise_audit
from sparring.studies.audit_text import audit_markdown
from sparring.studies.junit import audit_junit
from sparring.studies.served import about_audit, cautions, read_served, served_sentences, write_served
from sparring.targets.asked import asked_target
from sparring.targets.endpoint import EndpointTarget, endpoint_of
from sparring.targets.exported_model import exported_by
from sparring.targets.served_prompt import served_prompt
from sparring.targets.tool_use import ASKED, not_strict
from sparring.terminal import say
from sparring.visible_text import shorten

RULE_ARM = "composed_rules"
WRONG = "wrong_answers.jsonl"  # of a model that answers no seed rightly: its audit ends there
RL_LOG = "rl_log.json"
FILES = ("attacks", "completions", "trials", "clean", "schema", "unanswered")


def play(audit: Audit, choices: AuditChoices) -> RoundResult:
    """The whole audit, step by step."""
    look_at_server(audit, choices)
    ask_seeds(audit)
    if audit.settings.learn:
        from sparring.project.audit_learning import learn  # needs torch, which who asks by rules does without

        learn(audit)
    write_audit_attacks(audit)
    ask_attacks(audit)
    return close_audit(audit, choices)


def look_at_server(audit: Audit, choices: AuditChoices) -> None:
    """Says what the model reads and how it is asked, before anything is answered; keeps it for the report."""
    if audit.settings.base_url is None:
        return
    params, known = audit.project.params, read_served(audit.folder)
    endpoint, dialect = endpoint_of(audit.settings, params), DIALECTS[params.target.dialect]
    exported = Path(choices.exported) if choices.exported is not None else exported_by(endpoint)
    prompt = served_prompt(endpoint, dialect, exported) if exported is not None else known.prompt
    asked = audit.tool_use
    tools = {tool.name: tool for row in audit.rows for tool in row.tools} if asked.strict else {}
    served = known.model_copy(
        update={
            "prompt": prompt,
            "asked": str(asked),
            "left_out": 0 if asked.is_usual else sum(not asked.fits(row) for row in audit.rows),
            "not_strict": not_strict(list(tools.values())),
        }
    )
    write_served(audit.folder, served)
    for sentence in (*cautions(audit.folder), *served_sentences(audit.folder)):
        say(f"{audit.name}: {sentence}")


def ask_seeds(audit: Audit) -> None:
    """Writes seeds.jsonl, clean.jsonl and clean_unanswered.jsonl."""
    pool = audit_seeds(audit)
    if not any(seed.gold for seed in pool):
        asked = "" if audit.tool_use.is_usual else f", asked {audit.tool_use}"
        raise InputError(f"{audit.settings.seeds}: no seed wants a call{asked}")
    wanted, there = audit.project.params.audit.seeds, sum(bool(seed.gold) for seed in pool)
    if there < wanted:
        say(f"{audit.settings.seeds}: {wanted} seeds with a call are asked for, {there} are there")
    write_jsonl(audit.bench.file("seeds"), pool)
    examples = by_id(pool)
    trials, unanswered = answered(audit, ungated(untouched_attacks(pool, AUDIT)), examples)
    calling = [trial for trial in trials if examples[trial.attack.example_id].gold]
    wrong = audit.folder / WRONG
    if all(trial.first_right is False for trial in calling):
        write_jsonl(wrong, calling)
        first = calling[0]
        raise InputError(
            f"{audit.settings.shown} answers none of {len(calling)} untouched seeds rightly, there is nothing to "
            f"attack: {shorten(first.completions[0].text, 200)!r} is the first answer, to "
            f"{shorten(first.attack.text, 100)!r}, all are in {wrong}; {_hint(audit.project.params.target.dialect)}"
        )
    wrong.unlink(missing_ok=True)
    write_jsonl(audit.bench.file("clean"), trials)
    write_jsonl(audit.bench.file("clean_unanswered"), unanswered)


def _hint(dialect: str) -> str:
    """What may be wrong with a model that is never right."""
    if shows_tools_by_api(DIALECTS[dialect]):
        return "tools were shown by its API or chat template; a model that is prompted in text wants --dialect"
    return f"is {dialect} its dialect?"


def write_audit_attacks(audit: Audit) -> None:
    """Writes attacks.jsonl: on the seeds that the target answers rightly, of both kinds; earlier ones stay."""
    params = audit.project.params
    seeds, per_seed = _passed(audit), params.audit.attacks_per_seed
    known = (
        {attack.id: attack for attack in audit.bench.rows("attacks", Attack)}
        if audit.bench.file("attacks").exists()
        else {}
    )
    if audit.by_rules:
        made = rule_attacks(RULE_ARM, seeds, per_seed, AUDIT, audit.attack_seed, audit.settings.without)
    else:
        wanted = [seed for seed in seeds if len([a for a in known.values() if a.example_id == seed.id]) < per_seed]
        made = _written(audit, wanted, per_seed)
    asked = {seed.id for seed in seeds}
    known = {name: attack for name, attack in known.items() if attack.example_id in asked}
    missing = len(seeds) * per_seed - len({attack.id for attack in made} | known.keys())
    if missing > 0:
        say(f"{audit.name}: {missing} attacks say what their seed or another attack says: not made")
    write_jsonl(audit.bench.file("attacks"), [*known.values(), *(attack for attack in made if attack.id not in known)])


def ask_attacks(audit: Audit) -> None:
    """Writes completions, trials and schema, and unanswered.jsonl: seeds and attacks of both families together."""
    attacks, seeds = audit.bench.rows("attacks", Attack), audit.bench.rows("seeds", Example)
    tools = [tool for seed in seeds for tool in seed.tools]
    chosen = first_of_each_kind(_passed(audit), audit.project.params.audit.schema_seeds)
    changed = with_changed_tools(schema_attacks(AUDIT, audit.attack_seed, chosen), chosen, tools)
    renamed = [
        attack.model_copy(update={"example_id": attack.id}) for attack, _ in changed
    ]  # each has tools of its own
    examples = by_id(seeds) | {attack.id: example for attack, example in changed}
    gated = [*gate(audit.gatekeeper, attacks, seeds), *ungated(renamed)]
    found, unanswered = answered(audit, gated, examples)
    trials, schema = found[: len(attacks)], found[len(attacks) :]
    write_jsonl(audit.bench.file("completions"), [answer for trial in trials for answer in trial.completions])
    write_jsonl(audit.bench.file("unanswered"), [*audit.bench.rows("clean_unanswered", UnansweredRow), *unanswered])
    pairs = zip(schema, changed, strict=True)
    write_jsonl(
        audit.bench.file("schema"), [trial.model_copy(update={"attack": attack}) for trial, (attack, _) in pairs]
    )
    write_jsonl(audit.bench.file("trials"), trials)


def close_audit(audit: Audit, choices: AuditChoices) -> RoundResult:
    """Puts the files to their places, shaped like a project with one round; round.json last."""
    seeds = audit.bench.rows("seeds", Example)
    audit.paths.manifest.unlink(missing_ok=True)
    clean, trials, schema = (audit.bench.rows(name, Trial) for name in ("clean", "trials", "schema"))
    unanswered = audit.bench.rows("unanswered", UnansweredRow)
    result = summarise_audit(
        settings=audit.settings,
        choices=choices,
        params=audit.project.params,
        judged=Judged(clean, trials, schema, unanswered, logged_steps(audit.bench.folder / RL_LOG)),
        examples=by_id(seeds),
        inputs=audit.inputs,
        versions=versions(),
    )
    result = result.model_copy(update={"finished": moment()})
    write_jsonl(audit.folder / "data" / "splits" / "train.jsonl", seeds)
    write_jsonl(audit.folder / "data" / "splits" / "val.jsonl", [])
    write_json(audit.folder / "params.yaml", audit.project.params.model_dump(mode="json"))  # JSON is YAML
    for name in FILES:
        shutil.copyfile(audit.bench.file(name), _made(audit.paths.file(f"{name}.jsonl")))
    write_text(audit.folder / "summary.md", audit_markdown(result, unanswered, *about_audit(audit.folder)))
    write_text(
        audit.folder / "junit.xml", audit_junit(audit.name, result, audit.project.params.audit, choices.fail_above)
    )
    write_text(audit.paths.manifest, result.model_dump_json(indent=2) + "\n")
    return result


def _passed(audit: Audit) -> list[Example]:
    """The seeds of both kinds that were answered rightly, in their order."""
    passed = {trial.attack.example_id for trial in audit.bench.rows("clean", Trial) if trial.first_right}
    return [seed for seed in audit.bench.rows("seeds", Example) if seed.can_be_attacked and seed.id in passed]


def _written(audit: Audit, seeds: Sequence[Example], per_seed: int) -> list[Attack]:
    """The query model's attacks that change their seed, by what they changed."""
    from sparring.project.query_attacks import Attacker  # needs torch, which who asks by rules does without

    examples = by_id(seeds)
    archive, journal = _archive(audit), audit.bench.file("attacker")
    writer = Attacker(audit.project, audit.attacking_adapter, AUDIT, archive, journal, audit.settings.without)
    written = writer.write(seeds, per_seed) if seeds else []
    changed = [attack for attack in written if attack.text.strip() != examples[attack.example_id].query.strip()]
    return [attack.model_copy(update={"strategy": _played(attack, examples[attack.example_id])}) for attack in changed]


def _archive(audit: Audit) -> Archive:
    """What won in the project's last round, which a chat model is shown; empty where none was played."""
    if audit.settings.attacker != ENDPOINT:
        return Archive()
    root = audit.project.root
    files = [RoundPaths(root, name).file("archive.jsonl") for name in reversed(audit.project.params.rounds)]
    return next((Archive.load(path) for path in files if path.exists()), Archive())


def _played(attack: Attack, seed: Example) -> str:
    """The steps of its program that changed something; its own words where it is no program."""
    try:
        return render_program(play_program(parse_program(attack.strategy), seed, attack.seed)[1])
    except ProgramError:
        return attack.strategy


def answered(
    audit: Audit, attacks: Sequence[GatedAttack], examples: Mapping[str, Example]
) -> tuple[list[Trial], list[UnansweredRow]]:
    """Trials of all attacks; those without an answer are in the second list, and have no verdict."""
    params = audit.project.params
    with asked_target(audit.settings, params, audit.bench.file("journal")) as target:
        found = complete(attacks, examples, target, params.rollout, params.seed)
        if isinstance(target, EndpointTarget):
            _keep_not_taken(audit, target.not_taken)
    if lost := found.unanswered:
        say(f"{audit.name}: {len(lost)} of {sum(each.rejected_by is None for each in attacks)} rows have no answer")
    trials = trials_of(attacks, found.completions, examples, DIALECTS[params.target.dialect])
    return trials, [UnansweredRow(attack_id=attack_id, reason=reason) for attack_id, reason in lost.items()]


def _keep_not_taken(audit: Audit, fields: frozenset[str]) -> None:
    """Remembers which of the fields that somebody asked for the endpoint refused."""
    served = read_served(audit.folder)
    refused = sorted({*served.not_taken, *(fields & set(ASKED))})
    write_served(audit.folder, served.model_copy(update={"not_taken": refused}))


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
