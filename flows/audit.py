"""Audit: attack a target that cannot be trained, and say how often it falls. Nothing is trained.

    python -m flows.audit NAME --base-url http://127.0.0.1:8000/v1 --model MODEL --fail-above 0.2

Exit codes: 0 passed, 1 attack success is above --fail-above, 2 wrong input, 3 too many rows without an answer. The
same command again asks only for what is missing.
"""

import argparse
from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.costs import say_cost
from flows.machine_faults import ends_clearly
from flows.target_arguments import add_target_arguments, target_settings
from sparring.engine.determinism import settle
from sparring.project.estimate import Study
from sparring.records import RoundResult
from sparring.storage import InputError
from sparring.studies.audit import RULES, AuditSettings, UnansweredRow, audit_text, exit_code
from sparring.terminal import say
from tasks.audit import ask_attacks, ask_seeds, close_audit, write_audit_attacks
from tasks.audit_game import AuditGame, open_audit


@flow(name="audit", flow_run_name="{name}")
def audit(root: Path, name: str, settings: AuditSettings, dialect: str | None) -> RoundResult:
    """Asks the untouched seeds, attacks those that were answered rightly, judges the answers."""
    played = open_audit(root, name, settings, dialect)
    settle(played.project.params.threads, played.project.params.seed)
    ask_seeds(played)
    write_audit_attacks(played)
    ask_attacks(played)
    return close_audit(played)


def main() -> None:
    """Command line."""
    chosen = _arguments().parse_args()
    root = chosen.root.resolve()
    with ends_clearly(root):
        settings = _settings(chosen)
        if chosen.fail_above is not None and not 0.0 <= chosen.fail_above <= 1.0:
            raise InputError(f"--fail-above {chosen.fail_above:g}: expected a share from 0 to 1")
        played = open_audit(root, chosen.name, settings, chosen.dialect)  # wrong input is told before any server starts
        if settings.base_url is None:
            attacked = played.project.params.audit.seeds * played.project.params.audit.attacks_per_seed
            asked = Study(untouched=played.project.params.audit.seeds, written=attacked, attacked=attacked)
            say_cost(root, asked, Path(settings.model))
        result = audit(root, chosen.name, settings, chosen.dialect)
        _show(played, result)
        code = exit_code(result, played.project.params.audit, chosen.fail_above)
    raise SystemExit(code)


def _show(played: AuditGame, result: RoundResult) -> None:
    print(audit_text(result, played.bench.rows("unanswered", UnansweredRow)))
    say(f"written: {played.paths.folder}; `sparring report --root {played.folder}` shows it")


def _settings(chosen: argparse.Namespace) -> AuditSettings:
    return AuditSettings(
        **target_settings(chosen).model_dump(),
        attacker=chosen.attacker,
        seeds=chosen.seeds,
    )


def _arguments() -> argparse.ArgumentParser:
    made = parser("flows.audit", "Attack a target that cannot be trained; exit with 1 where it falls too often.")
    made.add_argument("name", help="name of the audit; its folder is audits/NAME")
    add_target_arguments(made)
    made.add_argument("--attacker", default=RULES, help="a round whose query model attacks (default: rules)")
    made.add_argument("--seeds", default="test", help="split, or file of your own rows (default: test)")
    made.add_argument("--fail-above", type=float, help="largest attack success that passes, e.g. 0.2")
    return made


if __name__ == "__main__":
    main()
