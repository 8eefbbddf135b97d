"""The public functions of a Python module as tools, by Transformers' `get_json_schema`: type hints and docstrings.

The surprise: the module is imported, so its code runs. It is the user's own, and no other source here runs anything.
"""

import importlib
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from sparring.errors import InputError
from sparring.terminal import say
from sparring.tools.reading import Choice, GivenTool, Importer
from sparring.visible_text import shorten

MAX_SHOWN = 300


def read_functions(name: str, importer: Importer, choice: Choice) -> None:
    """Reads the functions of a module that it defines itself and that are public (`__all__`, or no underscore).

    Raises:
        InputError: There is no such module, its code raises, or it has no function.
    """
    module = _imported(name)
    functions = _functions(module)
    if not functions:
        raise InputError(f"module:{name}: defines no public function")
    for function_name, function in functions.items():
        if choice.takes(function_name):
            _read(function_name, function, importer)


def _imported(name: str) -> ModuleType:
    say(f"module:{name}: importing it runs its code")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # whatever the user's own code raises
        raise InputError(
            f"module:{name}: importing it raises {type(error).__name__}: {shorten(str(error), 200)}"
        ) from None
    finally:
        sys.path.remove(here)


def _functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    named = getattr(module, "__all__", None)
    return {
        name: found
        for name, found in vars(module).items()
        if inspect.isfunction(found)
        and (name in named if named is not None else found.__module__ == module.__name__ and not name.startswith("_"))
    }


def _read(name: str, function: Callable[..., Any], importer: Importer) -> None:
    from transformers.utils.chat_template_utils import get_json_schema  # brings torch

    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            importer.fault(name, f"parameters.{parameter.name}", f"{parameter} cannot be given by its name")
            return
    try:
        schema = get_json_schema(function)["function"]
    except Exception as error:  # hints that cannot be evaluated raise whatever they meet
        importer.fault(name, "function", shorten(str(error), MAX_SHOWN))
        return
    _state_defaults(function, schema["parameters"]["properties"])
    importer.add(GivenTool(name, schema["description"] or "", schema["parameters"]))


def _state_defaults(function: Callable[..., Any], properties: dict[str, Any]) -> None:
    """Writes the defaults of a signature that JSON can say into the schema; the library leaves them out."""
    for name, parameter in inspect.signature(function).parameters.items():
        if name in properties and parameter.default is not parameter.empty and parameter.default is not None:
            try:
                properties[name].setdefault("default", json.loads(json.dumps(parameter.default, allow_nan=False)))
            except (TypeError, ValueError):
                continue
