"""Audit: attack a target that cannot be trained, and say how often it falls. Nothing is trained.

    python -m flows.audit NAME --base-url http://127.0.0.1:8000/v1 --model MODEL --fail-above 0.2

Exit codes: 0 passed, 1 attack success is above --fail-above, 2 wrong input, 3 too many rows without an answer. The
same command again asks only for what is missing.
"""

import argparse
from pathlib import Path

from prefect import flow

from flows.arguments import parser
from sparring.audit import RULES, AuditSettings, UnansweredRow, audit_text, exit_code
from sparring.determinism import settle
from sparring.records import RoundResult
from sparring.storage import InputError
from sparring.terminal import clear_errors, say
from tasks.audit import ask_attacks, ask_seeds, close_audit, write_audit_attacks
from tasks.audit_game import AuditGame, open_audit


@flow(name="audit", flow_run_name="{name}")
def audit(root: Path, name: str, settings: AuditSettings, dialect: str | None) -> RoundResult:
    """Asks the untouched seeds, attacks those that were answered rightly, judges the answers."""
    game = open_audit(root, name, settings, dialect)
    settle(game.params.threads, game.params.seed)
    ask_seeds(game)
    write_audit_attacks(game)
    ask_attacks(game)
    return close_audit(game)


def main() -> None:
    """Command line."""
    chosen = _arguments().parse_args()
    root = chosen.root.resolve()
    with clear_errors():
        settings = _settings(chosen)
        if chosen.fail_above is not None and not 0.0 <= chosen.fail_above <= 1.0:
            raise InputError(f"--fail-above {chosen.fail_above:g}: expected a share from 0 to 1")
        game = open_audit(root, chosen.name, settings, chosen.dialect)  # wrong input is told before any server starts
        result = audit(root, chosen.name, settings, chosen.dialect)
        _show(game, result)
        code = exit_code(result, game.params.audit, chosen.fail_above)
    raise SystemExit(code)


def _show(game: AuditGame, result: RoundResult) -> None:
    print(audit_text(result, game.rows("unanswered", UnansweredRow)))
    say(f"written: {game.paths.folder}; `sparring report --root {game.folder}` shows it")


def _settings(chosen: argparse.Namespace) -> AuditSettings:
    if (chosen.base_url is None) == (chosen.checkpoint is None):
        raise InputError("name one target: --base-url with --model, or --checkpoint")
    if chosen.base_url is not None and chosen.model is None:
        raise InputError("--base-url needs --model: the model's name there")
    if chosen.base_url is None and (chosen.model is not None or chosen.key_variable is not None):
        raise InputError("--model and --key-variable belong to an endpoint: give --base-url")
    local = None if chosen.checkpoint is None else str(chosen.checkpoint.resolve())
    return AuditSettings(
        base_url=chosen.base_url,
        model=chosen.model or local,
        key_variable=chosen.key_variable,
        adapter=None if chosen.adapter is None else str(chosen.adapter.resolve()),
        attacker=chosen.attacker,
        seeds=chosen.seeds,
    )


def _arguments() -> argparse.ArgumentParser:
    made = parser("flows.audit", "Attack a target that cannot be trained; exit with 1 where it falls too often.")
    made.add_argument("name", help="name of the audit; its folder is audits/NAME")
    made.add_argument("--base-url", help="an OpenAI-compatible endpoint, up to and with /v1")
    made.add_argument("--model", help="the model's name at the endpoint")
    made.add_argument("--key-variable", help="environment variable that holds the endpoint's key")
    made.add_argument("--checkpoint", type=Path, help="instead of an endpoint: folder of a Transformers model")
    made.add_argument("--adapter", type=Path, help="LoRA adapter: loaded into a served vLLM, or merged into the model")
    made.add_argument("--dialect", help="how the target writes calls (default: target.dialect of params.yaml)")
    made.add_argument("--attacker", default=RULES, help="a round whose query model attacks (default: rules)")
    made.add_argument("--seeds", default="test", help="split, or file of your own rows (default: test)")
    made.add_argument("--fail-above", type=float, help="largest attack success that passes, e.g. 0.2")
    return made


if __name__ == "__main__":
    main()
