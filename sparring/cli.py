"""The command `sparring`: what needs no orchestration. One file a command in sparring/commands/.

A command's module is imported when it is the one that was asked for: the list of all of them costs no library.
"""

import re
from importlib import import_module
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from sparring.engine.memory import end_quickly
from sparring.terminal import clear_errors

COMMANDS = {
    "aliases": "Show, accept or reject additions to the gold that wait in data/alias_queue.jsonl.",
    "audit": "Attack a model that is served. Exit codes: 0 passed, 1 failed, 3 incomplete, 4 too little to say.",
    "check": "Score recorded answers on BFCL's single-turn categories; the accuracy is the reference's own.",
    "compare": "Every metric of two rounds with intervals, differences and tests.",
    "doctor": "Say what would fail before it does: versions, disk, servers, keys, state.",
    "export": "Export a round: merged checkpoint with a model card, the attacks that won, a regression suite.",
    "flow": "Play one of the flows of the project in this folder, as `python -m flows.NAME` does.",
    "gates": "Precision, recall and rejections by reason and kind of the validity gates on labelled rewrites.",
    "init": "Write a project's recipe, pipeline, flows and tasks into a folder; what is there stays as it is.",
    "probe": "Fit a linear probe by which a local model judges whether a rewrite still wants the same call.",
    "profile": "Lay a profile over params.yaml (comments stay), and say what the recipe costs here and can show.",
    "report": "Write report.html, a Markdown summary, and every figure as SVG, PNG and CSV.",
    "seeds": "Make seeds of your own tools, the right call first; or read some of them for their certificate.",
    "tools": "Read tools from where they are described and freeze them in one file. Nothing is called.",
    "validate": "Read examples and name every bad row; exit code 1 where there is one.",
}
HANDS_ON = {"flow"}  # whose arguments after the first, --help too, are another program's


class Commands(TyperGroup):
    """The commands by name, each imported when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the list."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """What the list of commands shows of one."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that was asked for, whole."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _loaded(name or ""), rest


def _loaded(name: str) -> Any:
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    settings = {"allow_interspersed_args": name not in HANDS_ON}
    single.command(name, context_settings=settings)(getattr(import_module(f"sparring.commands.{name}"), name))
    return typer.main.get_command(single)


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def about() -> None:
    """Find the weaknesses of a function-calling model."""


def main() -> None:
    """Entry point; a wrong input is one line and exit code 2."""
    end_quickly()
    with clear_errors(Path(), missing_package):
        app()


def missing_package(error: BaseException, root: Path) -> str | None:
    """The line that names what this installation lacks; None where it lacks nothing."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None or error.name.startswith("sparring"):
        return None
    package = error.name.partition(".")[0]
    lines = [line for line in requires("sparring") or [] if re.split(r"[^\w-]", line)[0] == package]
    extra = next((found[1] for line in lines if (found := re.search(r"extra == ['\"](\w+)", line))), "pipeline")
    return f"{package} is not installed here: pip install 'sparring[{extra}]' brings it"
