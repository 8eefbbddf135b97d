"""`sparring aliases`: what a judge called right beside the gold, for a person to accept or reject."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from sparring.visible_text import plain_text, visible


def aliases(
    accept: Annotated[list[str] | None, typer.Option(help="accept this entry: its value becomes right")] = None,
    reject: Annotated[list[str] | None, typer.Option(help="reject this entry: it is not proposed again")] = None,
    root: Annotated[Path, typer.Option(help="the project's folder")] = Path(),
) -> None:
    """Show, accept or reject additions to the gold that wait in data/alias_queue.jsonl."""
    from sparring.project.aliases import (  # brings torch: seconds that other commands need not wait
        Alias,
        decide,
        queue_path,
    )
    from sparring.storage import read_jsonl

    for ids, decision in ((accept, "accepted"), (reject, "rejected")):
        for alias in decide(root, ids, decision) if ids else ():  # type: ignore[arg-type]
            typer.echo(visible(f"{alias.id} {decision}: {alias.example_id} {alias.argument} {alias.value!r}"))
    if accept:
        typer.echo("written to aliases.jsonl; `sparring flow prepare` adds it to the gold")
    waiting = read_jsonl(queue_path(root), Alias) if queue_path(root).exists() else []
    names = ("id", "example", "attack", "argument", "accepted so far", "answered")
    columns = [Column(name, overflow="fold") for name in names]  # else a long word loses its end
    table = Table(*columns, title=f"{len(waiting)} waiting")
    for alias in waiting:
        place = "no addition helps" if alias.call is None else f"{alias.call}.{alias.argument}"
        value = alias.answer if alias.call is None else repr(alias.value)
        accepted = ", ".join(map(repr, alias.accepted))
        table.add_row(*map(plain_text, (alias.id, alias.example_id, alias.attack, place, accepted, value)))
    Console(width=140).print(table)
