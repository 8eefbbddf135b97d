"""What a boundary is: real inputs, how odd ones are made of them, who reads them, and which errors are its own."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel

from benchmarks.fuzz.mutation import mutated_json, odd_bytes, odd_text
from sparring.errors import InputError

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"


class NotEqualError(Exception):
    """A result was written and does not read back as it was."""


class TooLateError(Exception):
    """A deadline did not hold."""


@dataclass(frozen=True)
class Boundary:
    """A place where text of other people is read.

    Attributes:
        make: Gives the input of a generator.
        read: Reads an input; a folder of its own is there for files.
        errors: The errors that say that an input is wrong.
    """

    make: Callable[[Random], bytes]
    read: Callable[[bytes, Path], None]
    errors: tuple[type[Exception], ...] = (InputError,)


def cases(name: str) -> list[dict[str, Any]]:
    """The rows of a file of recorded cases."""
    return [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def texts(known: Sequence[str]) -> Callable[[Random], bytes]:
    """Inputs that are a text."""
    return lambda rng: _spoilt(rng, odd_text(rng, rng.choice(known), known))


def documents(known: Sequence[Any]) -> Callable[[Random], bytes]:
    """Inputs that are one JSON document."""
    return lambda rng: _spoilt(rng, _document(rng, known))


def lines(known: Sequence[Any], most: int = 4) -> Callable[[Random], bytes]:
    """Inputs of a few JSON lines, of which some are odd."""

    def made(rng: Random) -> bytes:
        rows = [
            _document(rng, known) if rng.random() < 0.6 else json.dumps(rng.choice(known))
            for _ in range(rng.randint(1, most))
        ]
        return _spoilt(rng, "\n".join(rows) + "\n")

    return made


def same(record: BaseModel) -> None:
    """Raises NotEqualError where a record does not read back as it was written."""
    written = record.model_dump_json()
    again = type(record).model_validate_json(written).model_dump_json()
    if again != written:
        raise NotEqualError(f"{written[:500]} became {again[:500]}")


def _document(rng: Random, known: Sequence[Any]) -> str:
    return mutated_json(rng, rng.choice(known), known)


def _spoilt(rng: Random, text: str) -> bytes:
    content = text.encode("utf-8", "surrogatepass")
    return odd_bytes(rng, content) if rng.random() < 0.15 else content
