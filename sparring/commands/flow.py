"""`sparring flow`: a project's flows, played by the Python that this command is installed in.

It is `python -m flows.NAME` for whose shell does not know that Python: an installation by pipx, a stage of DVC.
"""

import ast
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sparring.errors import InputError


def flow(
    name: Annotated[str | None, typer.Argument(help="the flow; without it, which there are")] = None,
    arguments: Annotated[list[str] | None, typer.Argument(help="its own arguments, --help among them")] = None,
) -> None:
    """Play one of the flows of the project in this folder, as `python -m flows.NAME` does."""
    folder = Path.cwd() / "flows"
    names = startable(folder)
    if not names:
        raise InputError(
            f"{folder}: no flows here; `sparring init DIR` makes a project, start this command in its folder"
        )
    if name is None:
        for known, about in names.items():
            typer.echo(f"{known:<18}  {about}")
        return
    if name not in names:
        raise InputError(f"{name}: no flow; there are {', '.join(names)}")
    if find_spec("prefect") is None:
        raise ModuleNotFoundError("prefect", name="prefect")
    own = Path(sys.executable).parent  # what a flow starts by name is of this installation
    paths = {"PATH": [str(own), os.environ.get("PATH")], "PYTHONPATH": [str(Path.cwd()), os.environ.get("PYTHONPATH")]}
    joined = {variable: os.pathsep.join(filter(None, parts)) for variable, parts in paths.items()}
    os.execve(sys.executable, [sys.executable, "-m", f"flows.{name}", *(arguments or ())], os.environ | joined)


def startable(folder: Path) -> dict[str, str]:
    """The flows that have a command line of their own, each with the first sentence about it."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in module.body):
            found[path.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    return found
