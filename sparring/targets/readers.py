"""The readers that a recipe names, and the gate that they are.

One is asked for calls, or for a comparison (`asks`); a further way to ask is a class and a line in WAYS.
"""

from pathlib import Path

from sparring.config import Params
from sparring.gates import Readers
from sparring.targets.calling_reader import CallingReader
from sparring.targets.comparing_reader import ComparingReader
from sparring.targets.reader import TargetReader

WAYS: dict[str, type[TargetReader]] = {"call": CallingReader, "same_call": ComparingReader}


def open_readers(params: Params, root: Path) -> list[TargetReader]:
    """The recipe's readers, not yet loaded; none where it names none."""
    named = [] if params.gates.readers is None else params.gates.readers.models
    return [WAYS[each.asks](each, f"gates.readers.models[{number}]", params, root) for number, each in enumerate(named)]


def reader_weights(params: Params, root: Path) -> dict[str, str]:
    """SHA-256 of the folders of the recipe's readers, by path as the recipe has it."""
    return {path: digest for reader in open_readers(params, root) for path, digest in reader.weights.items()}


def readers_gate(params: Params, root: Path) -> Readers | None:
    """The gate by the recipe's readers; None where it names none.

    Raises:
        InputError: One of them cannot be asked.
    """
    if params.gates.readers is None:
        return None
    opened = open_readers(params, root)
    for reader in opened:
        reader.check()
    return Readers(opened, params.gates.readers.agree, params.gates.readers.in_place_of)
