"""Audit: attack a target that cannot be trained, and say how often it falls.

    python -m flows.audit NAME --base-url http://127.0.0.1:8000/v1 --model MODEL --fail-above 0.2
    python -m flows.audit NAME --attacker r00 --learn 16 --base-url http://127.0.0.1:8000/v1 --model MODEL
    python -m flows.audit NAME --tools tools.json --base-url http://127.0.0.1:8000/v1 --model MODEL

Exit codes: 0 passed (or no limit was given), 1 failed: the whole interval of attack success is above --fail-above, on
requests that need a call, on those that need none, or on both together, 2 wrong input, 3 too many rows without an
answer, 4 too little to say: an interval holds --fail-above. The same command again asks only for what is missing; with
more --attacks-per-seed or --num-seeds, for those that are new; with --tools that have changed, for those of new and
changed tools.
"""

import argparse
from pathlib import Path

from prefect import flow

from flows.arguments import parser, positive
from flows.costs import say_cost
from flows.machine_faults import ends_clearly
from flows.target_arguments import add_target_arguments, target_settings
from sparring.engine.determinism import settle
from sparring.errors import InputError
from sparring.project.audit_steps import look_at_server
from sparring.project.audit_words import DEFAULT_SEEDS, chosen_seeds, left_out
from sparring.project.audits import Audit, open_audit, without_torch
from sparring.project.counting import Study
from sparring.project.own_seeds import with_own_tools
from sparring.records import RoundResult
from sparring.studies.audit import LEARN_SEEDS, RULES, AuditChoices, AuditSettings, UnansweredRow, decide
from sparring.studies.audit_text import audit_text
from sparring.studies.served import about_audit
from sparring.terminal import say
from tasks.auditing import ask_attacks, ask_seeds, close_audit, learn_to_attack, write_audit_attacks


@flow(name="audit", flow_run_name="{name}")
def audit(root: Path, name: str, settings: AuditSettings, choices: AuditChoices) -> RoundResult:
    """Asks the untouched seeds, lets the attacker learn, attacks those answered rightly, judges the answers."""
    played = open_audit(root, name, settings, choices)
    if not without_torch(settings):
        settle(played.project.params.threads, played.project.params.seed)
    look_at_server(played, choices)
    ask_seeds(played)
    if settings.learn:
        learn_to_attack(played)
    write_audit_attacks(played)
    ask_attacks(played)
    return close_audit(played, choices)


def main() -> None:
    """Command line."""
    chosen = _arguments().parse_args()
    root = chosen.root.resolve()
    with ends_clearly(root):
        settings, choices = _settings(chosen), _choices(chosen)
        if chosen.tools is not None:
            given = settings.seeds if settings.seeds != DEFAULT_SEEDS else None
            own = (root, chosen.name, chosen.tools, chosen.values, given)
            settings, choices = with_own_tools(*own, settings, choices)
        played = open_audit(root, chosen.name, settings, choices)  # wrong input is told before any server starts
        if settings.backend == "local":
            untouched = played.project.params.audit.seeds + played.project.params.audit.no_call_seeds
            attacked = untouched * played.project.params.audit.attacks_per_seed
            learning = settings.learn / played.project.params.rl.steps
            cost = Study(rl_updates=learning, untouched=untouched, written=attacked, attacked=attacked)
            say_cost(root, cost, Path(settings.model))
        result = audit(root, chosen.name, settings, choices)
        _show(played, result)
        code = decide(result.rates, played.project.params.audit, choices.fail_above).exit_code
    raise SystemExit(code)


def _show(played: Audit, result: RoundResult) -> None:
    print(audit_text(result, played.bench.rows("unanswered", UnansweredRow), *about_audit(played.folder)))
    say(
        f"written: {played.paths.folder}, summary.md and junit.xml in {played.folder}; "
        f"`sparring report --root {played.folder}` shows it"
    )


def _settings(chosen: argparse.Namespace) -> AuditSettings:
    return AuditSettings(
        **target_settings(chosen).model_dump(),
        attacker=chosen.attacker,
        seeds=chosen_seeds(chosen.seeds, chosen.num_seeds)[0],
        without=left_out(chosen.without),
        learn=chosen.learn or 0,
        learn_seeds=chosen.learn_seeds,
    )


def _choices(chosen: argparse.Namespace) -> AuditChoices:
    if chosen.fail_above is not None and not 0.0 <= chosen.fail_above <= 1.0:
        raise InputError(f"--fail-above {chosen.fail_above:g}: expected a share from 0 to 1")
    return AuditChoices(
        dialect=chosen.dialect,
        seeds=chosen_seeds(chosen.seeds, chosen.num_seeds)[1],
        attacks_per_seed=chosen.attacks_per_seed,
        max_new_tokens=chosen.max_new_tokens,
        concurrency=chosen.concurrency,
        fail_above=chosen.fail_above,
        strict=chosen.strict,
        tool_choice=chosen.tool_choice,
        parallel_tool_calls=chosen.parallel_calls,
        exported=None if chosen.exported is None else str(chosen.exported),
    )


def _arguments() -> argparse.ArgumentParser:
    made = parser("flows.audit", "Attack a target that cannot be trained; exit with 1 where it falls too often.")
    made.add_argument("name", help="name of the audit; its folder is audits/NAME")
    add_target_arguments(made)
    made.add_argument("--attacker", default=RULES, help="a round whose query model attacks, endpoint, or rules")
    made.add_argument("--learn", type=positive, help="RL steps in which the attacker learns against the target first")
    made.add_argument("--learn-seeds", default=LEARN_SEEDS, help="where it learns: a split, or a file of your own rows")
    made.add_argument("--seeds", default=DEFAULT_SEEDS, help="split, file of your own rows, or a number of test's rows")
    made.add_argument("--tools", type=Path, help="tools.json of `sparring tools`: seeds are made of these")
    made.add_argument("--values", type=Path, help="with --tools: CSV of your own values, a column an argument")
    made.add_argument("--num-seeds", type=positive, help="seeds that are asked untouched (default: audit.seeds)")
    made.add_argument("--attacks-per-seed", type=positive, help="attacks on each (default: audit.attacks_per_seed)")
    made.add_argument("--max-new-tokens", type=positive, help="longest answer (default: audit.max_new_tokens)")
    made.add_argument("--concurrency", type=positive, help="requests at a time (default: audit.concurrency)")
    made.add_argument("--strict", action="store_true", default=None, help="an endpoint's own tools in strict mode")
    made.add_argument("--tool-choice", help="auto, required, or the tool that must be called")
    made.add_argument(
        "--parallel-calls", action=argparse.BooleanOptionalAction, help="whether one answer may hold several calls"
    )
    made.add_argument("--exported", type=Path, help="what `sparring export` wrote of the served model")
    made.add_argument(
        "--without", nargs="+", action="extend", default=[], metavar="OPERATOR", help="operators that no attack may use"
    )
    made.add_argument("--fail-above", type=float, help="largest attack success that passes, e.g. 0.2")
    return made


if __name__ == "__main__":
    main()
