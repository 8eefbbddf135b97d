"""Queries: every gate, operator and normaliser on odd text, programs of operators, and text where a person reads it."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.fuzz.answers import ANSWERS, own_examples
from benchmarks.fuzz.boundary import Boundary, NotEqualError, texts
from benchmarks.growth import PIECES, tried
from sparring.attacker.program import ProgramError, apply_program, parse_program, render_program
from sparring.operators import MAX_QUERY
from sparring.secrets_in_text import masked
from sparring.visible_text import HIDDEN, heading, plain_text, visible

QUERIES = [example.query for example in own_examples()] + ["".join(PIECES)]
PROGRAMS = ["chatty > typos", "number_words > greeting > typos", "formal > reverse > lines > bare"]


def of_kind(kind: str) -> Boundary:
    """All gates, all operators or all normalisers."""
    apart = ("gate", "operator", "dialect")
    chosen: list[Callable[[str], object]] = [
        function
        for name, function in tried().items()
        if name.startswith(kind) or (kind == "normalise" and not name.startswith(apart))
    ]

    def read(content: bytes, folder: Path) -> None:
        text = content.decode("utf-8", "replace")
        for function in chosen:
            found = function(text)
            if kind == "operator" and isinstance(found, str):
                found.encode()

    return Boundary(texts(QUERIES), read, ())


def programs() -> Boundary:
    """What a query model writes: a program, or anything else."""
    seed = own_examples()[0]

    def read(content: bytes, folder: Path) -> None:
        program = parse_program(content.decode("utf-8", "replace"))
        if parse_program(render_program(program)) != program:
            raise NotEqualError("a program is another once written")
        apply_program(program, seed, 0).encode()

    return Boundary(texts(PROGRAMS), read, (ProgramError,))


def shown_text() -> Boundary:
    """What a person sees: nothing hidden is left, and nothing commands."""

    def read(content: bytes, folder: Path) -> None:
        text = content.decode("utf-8", "surrogatepass" if b"\xed\xa0" in content else "replace")[:MAX_QUERY]
        shown = visible(masked(text))
        if HIDDEN.search(shown):
            raise NotEqualError("something hidden is left")
        stream = StringIO()
        table = Table(heading(text), "b")
        table.add_row(plain_text(text), plain_text(text))
        Console(file=stream, width=80).print(table)
        stream.getvalue().encode()

    return Boundary(texts([*QUERIES, *ANSWERS, "http://user:pw@host/?api_key=abc"]), read, (UnicodeDecodeError,))
