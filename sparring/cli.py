"""The command `sparring`: what needs no orchestration. One file a command in sparring/commands/."""

import typer

from sparring.commands.aliases import aliases
from sparring.commands.check import check
from sparring.commands.compare import compare
from sparring.commands.doctor import doctor
from sparring.commands.export import export
from sparring.commands.gates import gates
from sparring.commands.profile import profile
from sparring.commands.report import report
from sparring.commands.seeds import seeds
from sparring.commands.tools import tools
from sparring.commands.validate import validate
from sparring.terminal import clear_errors

app = typer.Typer(
    help="Find the weaknesses of a function-calling model.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.command()(aliases)
app.command()(check)
app.command()(compare)
app.command()(doctor)
app.command()(export)
app.command()(gates)
app.command()(profile)
app.command()(report)
app.command()(seeds)
app.command()(tools)
app.command()(validate)


def main() -> None:
    """Entry point; a wrong input is one line and exit code 2."""
    with clear_errors():
        app()
