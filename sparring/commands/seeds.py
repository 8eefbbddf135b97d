"""`sparring seeds`: seeds of a team's own tools, and the certificate of a person who has read some of them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sparring.dialects.pythonic import signature
from sparring.errors import InputError
from sparring.gold import gold_calls
from sparring.records import Example
from sparring.secrets_in_text import secret_in
from sparring.seeds.certificate import Reading, drawn_rows, keep_reading, readings, readings_path, share_right
from sparring.seeds.making import Seeds, make_seeds, parts_of
from sparring.seeds.own_values import read_values
from sparring.seeds.rows import Row, read_rows, write_rows
from sparring.seeds.studied import LeftOut
from sparring.sources.jsonl import read_row
from sparring.storage import must_exist, write_text
from sparring.tables import rate_text
from sparring.tools.frozen import read_toolbox
from sparring.visible_text import visible

if TYPE_CHECKING:
    from sparring.targets.endpoint import EndpointParams

MAX_NAMED = 10
KEYS = "right? y(es), n(o), q(uit)"


def seeds(
    out: Annotated[Path, typer.Option(help="the seeds, JSON lines as `data.source: jsonl` reads them")] = Path(
        "seeds.jsonl"
    ),
    tools: Annotated[Path | None, typer.Option(help="tools.json of `sparring tools`: make seeds of these")] = None,
    count: Annotated[int, typer.Option(help="seeds at most, a fifth of them without a right call", min=1)] = 200,
    seed: Annotated[int, typer.Option(help="decides every draw")] = 17,
    values: Annotated[
        Path | None, typer.Option(help="CSV of your own values, a column named ARGUMENT or TOOL.ARGUMENT")
    ] = None,
    reword_with: Annotated[
        str | None, typer.Option(help="an endpoint, up to and with /v1, whose model words each request anew")
    ] = None,
    model: Annotated[str | None, typer.Option(help="with --reword-with: the model's name there")] = None,
    key_variable: Annotated[str | None, typer.Option(help="environment variable that holds the endpoint's key")] = None,
    read: Annotated[
        int | None, typer.Option(help="show this many seeds one by one, and ask which are right", min=1)
    ] = None,
) -> None:
    """Make seeds of your own tools, the right call first; or read some of them for their certificate."""
    if tools is None and read is None:
        raise InputError("nothing to do: give --tools FILE to make seeds, --read N to read some of those in --out")
    endpoint = None if reword_with is None else _endpoint(reword_with, model, key_variable)
    if endpoint is None and (model is not None or key_variable is not None):
        raise InputError("--model and --key-variable belong to an endpoint that words requests: give --reword-with")
    if endpoint is not None and tools is None:
        raise InputError("--reword-with words seeds that are made: give --tools")
    if tools is not None:
        toolbox = read_toolbox(tools)
        made = make_seeds(toolbox.tools, read_values(values, toolbox.tools), *parts_of(count), seed)
        if not made.rows:
            raise InputError(f"{tools}: no seed can be made; {made.left_out[0] if made.left_out else 'no tools'}")
        if endpoint is not None:
            _reword(made, endpoint, out, seed)
        write_rows(out, made.rows)
        write_text(left_out_path(out), "".join(f"{one}\n" for one in made.left_out))
        _show_made(made, out, len(toolbox.tools))
    if read is not None:
        must_exist(out, "make seeds first: --tools FILE")
        _read(out, read, seed)


def _endpoint(base_url: str, model: str | None, key_variable: str | None) -> "EndpointParams":
    """Who words the requests, with the recipe's patience and budget.

    Raises:
        InputError: No model is named, the address is none, or the key's variable is not set.
    """
    from sparring.config import load_params
    from sparring.project.audits import recipe_file
    from sparring.targets.endpoint import check_endpoint, endpoint_of
    from sparring.targets.settings import TargetSettings

    if model is None:
        raise InputError("--reword-with needs --model: the model's name there")
    if (found := secret_in(base_url)) is not None:
        raise InputError(f"--reword-with: holds {found}; keys come from the environment only: --key-variable")
    asked = TargetSettings(base_url=base_url, model=model, key_variable=key_variable, adapter=None)
    endpoint = endpoint_of(asked, load_params(recipe_file(Path.cwd())))
    check_endpoint(endpoint)
    return endpoint


def _reword(made: Seeds, endpoint: "EndpointParams", out: Path, seed: int) -> None:
    """Puts a model's words in the place of the plain ones, where they are confirmed."""
    from sparring.config import load_params
    from sparring.project.audits import recipe_file
    from sparring.project.rewording import reword

    gates = load_params(recipe_file(Path.cwd())).gates
    found = reword(made.rows, endpoint, out.with_name(f"{out.stem}.reword.jsonl"), gates, seed)
    made.rows = found.rows
    told = [f"{found.anew} of {len(found.rows)} requests in the words of {endpoint.model}"]
    for what, reasons in (("thrown away", found.thrown_away), ("no answer", found.unanswered)):
        if reasons:
            told.append(f"{what}: " + ", ".join(f"{times} x {reason}" for reason, times in reasons.most_common()))
    typer.echo(visible("; ".join(told)))


def left_out_path(out: Path) -> Path:
    """Where what no seed is made of is named."""
    return out.with_name(f"{out.stem}.left_out.txt")


def _show_made(made: Seeds, out: Path, num_tools: int) -> None:
    table = Table("seeds", "rows", "tools")
    for kind, rows in made.by_kind.items():
        named = {row["metadata"]["tool"] for row in made.rows if row["metadata"]["kind"] == kind} - {None}
        table.add_row(kind, str(rows), str(len(named)) if named else "-")
    Console(width=120).print(table)
    calling = {row["metadata"]["tool"] for row in made.rows if row["gold"]}
    typer.echo(
        f"{out}: {len(made.rows)} seeds of {len(calling)} of {num_tools} tools; of {made.planned} patterns, options "
        f"and types {made.covered} are shown"
    )
    for line in _shortened(made.left_out):
        typer.echo(visible(line))


def _shortened(left: Sequence[LeftOut]) -> list[str]:
    """The first that are left out: whole tools before arguments."""
    ordered = sorted(left, key=lambda one: bool(one.field))
    lines = [f"left out: {one}" for one in ordered[:MAX_NAMED]]
    return lines + (
        [f"left out: {len(left) - MAX_NAMED} more, see the .left_out.txt beside"] if left[MAX_NAMED:] else []
    )


def _read(path: Path, number: int, seed: int) -> None:
    """Asks about the rows that are not read yet, and prints the share."""
    rows = read_rows(path)
    chosen = drawn_rows(rows, number, seed)
    known = {one.id for one in readings(path, rows)}
    for place, row in enumerate(chosen, start=1):
        if row["id"] in known:
            continue
        typer.echo(visible(f"\n{place} of {len(chosen)}\n{shown_row(row)}"))
        answer = _answer()
        if answer is None:
            break
        keep_reading(path, Reading(id=row["id"], right=answer[0], reason=answer[1]))
    found = readings(path, rows)
    if not found:
        typer.echo("nothing was read")
        return
    wrong = Counter(one.reason or "no reason" for one in found if not one.right)
    typer.echo(f"right: {rate_text(share_right(found))} of {len(rows)} seeds; {readings_path(path)} keeps the answers")
    for reason, times in wrong.most_common():
        typer.echo(visible(f"  wrong {times} x: {reason}"))


def shown_row(row: Row) -> str:
    """A row as a person reads it: the request, the tools, the right call."""
    example: Example = read_row(row)
    calls = [f"{call.name}({', '.join(f'{key}={value!r}' for key, value in call.arguments.items())})"
             for call in gold_calls(example)]  # fmt: skip
    tools = "\n".join(f"    {line}" for tool in example.tools for line in signature(tool).split("\n"))
    return f"  request: {example.query}\n  tools:\n{tools}\n  right:   {'; '.join(calls) or 'no call'}"


def _answer() -> tuple[bool, str] | None:
    """What a person says of a row, with a reason where it is wrong; None where they stop."""
    while True:
        key = typer.prompt(KEYS).strip().lower()[:1]
        if key == "q":
            return None
        if key == "y":
            return True, ""
        if key == "n":
            return False, typer.prompt("reason", default="", show_default=False).strip()
