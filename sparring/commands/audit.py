"""`sparring audit`: attack a model that somebody serves. Without torch, Prefect or a project, where rules attack.

The one surprise: an endpoint gets the tools as its own API takes them and the rows' own system prompt; a model that is
prompted in text is named by --dialect.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparring.project.audit_words import DEFAULT_SEEDS, chosen_seeds, left_out

if TYPE_CHECKING:
    from sparring.studies.audit import AuditChoices, AuditSettings

OWN_TOOLS = "hermes"  # shows tools through the API alone, and adds nothing to the messages
PASSED = typer.Option(help="largest attack success that passes, e.g. 0.2", min=0.0, max=1.0)


def audit(
    name: Annotated[str, typer.Argument(help="name of the audit; its folder is audits/NAME")],
    base_url: Annotated[str | None, typer.Option(help="an OpenAI-compatible endpoint, up to and with /v1")] = None,
    model: Annotated[str | None, typer.Option(help="the model's name at the endpoint")] = None,
    key_variable: Annotated[str | None, typer.Option(help="environment variable that holds the key")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="instead of an endpoint: folder of a model")] = None,
    adapter: Annotated[Path | None, typer.Option(help="LoRA adapter to ask with")] = None,
    body: Annotated[str | None, typer.Option(metavar="JSON", help="further fields of each request")] = None,
    backend: Annotated[str | None, typer.Option(help="local, endpoint or vllm (default: what fits)")] = None,
    dialect: Annotated[
        str | None, typer.Option(help="how a model that is prompted in text writes calls (default: the API's tools)")
    ] = None,
    attacker: Annotated[str, typer.Option(help="rules, endpoint, or a round whose query model attacks")] = "rules",
    learn: Annotated[
        int, typer.Option(help="RL steps in which the attacker learns against the target first", min=0)
    ] = 0,
    learn_seeds: Annotated[str, typer.Option(help="where it learns: a split, or a file of your own rows")] = "train",
    seeds: Annotated[str, typer.Option(help="split, file of your own rows, or number of test's rows")] = DEFAULT_SEEDS,
    tools: Annotated[Path | None, typer.Option(help="tools.json of `sparring tools`: seeds are made of these")] = None,
    values: Annotated[Path | None, typer.Option(help="with --tools: CSV of your own values")] = None,
    num_seeds: Annotated[int | None, typer.Option(help="seeds that are asked untouched", min=1)] = None,
    attacks_per_seed: Annotated[int | None, typer.Option(help="attacks on each", min=1)] = None,
    max_new_tokens: Annotated[int | None, typer.Option(help="longest answer", min=1)] = None,
    concurrency: Annotated[int | None, typer.Option(help="requests at a time", min=1)] = None,
    strict: Annotated[bool | None, typer.Option("--strict", help="the API's tools in strict mode")] = None,
    tool_choice: Annotated[str | None, typer.Option(help="auto, required, or the tool that must be called")] = None,
    parallel_calls: Annotated[bool | None, typer.Option(help="whether one answer may hold several calls")] = None,
    exported: Annotated[Path | None, typer.Option(help="what `sparring export` wrote of the served model")] = None,
    without: Annotated[list[str] | None, typer.Option(metavar="OPERATOR", help="no attack may use it")] = None,
    fail_above: Annotated[float | None, PASSED] = None,
    root: Annotated[Path, typer.Option(help="the project's folder, or any other with rows of your own")] = Path(),
) -> None:
    """Attack a model that is served. Exit codes: 0 passed, 1 failed, 3 incomplete, 4 too little to say."""
    from sparring.studies.audit import AuditChoices, AuditSettings
    from sparring.targets.named import named_target

    where, number = chosen_seeds(seeds, num_seeds)
    target = named_target(base_url, model, key_variable, checkpoint, adapter, body, backend)
    settings = AuditSettings(
        **target.model_dump(),
        attacker=attacker,
        seeds=where,
        without=left_out(without or ()),
        learn=learn,
        learn_seeds=learn_seeds,
    )
    choices = AuditChoices(
        dialect=dialect or (None if base_url is None else OWN_TOOLS),
        seeds=number,
        attacks_per_seed=attacks_per_seed,
        max_new_tokens=max_new_tokens,
        concurrency=concurrency,
        fail_above=fail_above,
        strict=strict,
        tool_choice=tool_choice,
        parallel_tool_calls=parallel_calls,
        exported=None if exported is None else str(exported),
    )
    root = root.resolve()
    _refuse_models(settings)
    if tools is not None:
        from sparring.project.own_seeds import with_own_tools

        given = where if where != DEFAULT_SEEDS else None
        settings, choices = with_own_tools(root, name, tools, values, given, settings, choices)
    raise typer.Exit(_played(root, name, settings, choices))


def _refuse_models(settings: "AuditSettings") -> None:
    """Says at once where a model of this machine would take part, and this installation cannot load one.

    Raises:
        InputError: It cannot.
    """
    from importlib.util import find_spec

    from sparring.errors import InputError
    from sparring.project.audits import without_torch

    try:
        can_load = find_spec("torch") is not None
    except ModuleNotFoundError:
        can_load = False
    if can_load or without_torch(settings):
        return
    wanted = "--checkpoint asks a model" if settings.backend == "local" else f"--attacker {settings.attacker} is one"
    raise InputError(
        f"{wanted} of this machine, which needs torch: pip install 'sparring[train]'; --base-url with rules as the "
        "attacker needs none"
    )


def _played(root: Path, name: str, settings: "AuditSettings", choices: "AuditChoices") -> int:
    """Plays the audit and says what came of it; its exit code."""
    from sparring.engine.determinism import settle
    from sparring.errors import InputError
    from sparring.project.audit_steps import play
    from sparring.project.audits import SPLITS, open_audit, without_torch
    from sparring.studies.audit import UnansweredRow, decide
    from sparring.studies.audit_text import audit_text
    from sparring.studies.served import about_audit
    from sparring.terminal import leave_when_terminated, say

    if settings.seeds in SPLITS and not (root / "params.yaml").exists():
        raise InputError(f"{root}: no project; --seeds FILE attacks rows of your own, --root names a project's folder")
    played = open_audit(root, name, settings, choices)
    leave_when_terminated()
    if not without_torch(settings):
        settle(played.project.params.threads, played.project.params.seed)
    result = play(played, choices)
    typer.echo(audit_text(result, played.bench.rows("unanswered", UnansweredRow), *about_audit(played.folder)))
    say(f"written: {played.paths.folder}, summary.md and junit.xml in {played.folder}")
    return decide(result.rates, played.project.params.audit, choices.fail_above).exit_code
