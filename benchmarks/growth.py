"""How time grows with the text: every gate, operator, normaliser and parser on texts of doubling lengths.

    python -m benchmarks.growth

One line for each of them, with the text that it took longest for: seconds at each length, and the greatest growth from
one to the next. Gates and operators leave texts alone that are longer than any query (20,000 characters).
Exit code 1 where one took longer than LIMIT_S at any length: there the lengths that follow are not tried.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from random import Random
from types import FrameType

from sparring.checker import ParseError, check
from sparring.checker.python_text import DecodedCall
from sparring.config import load_params
from sparring.dialects import DIALECTS
from sparring.gates import RULES, Facts
from sparring.normalise import dates, grounded, numbers, times
from sparring.normalise.grounding import plain
from sparring.normalise.units import units
from sparring.operators import OPERATORS, site_of
from sparring.records import Example

LENGTHS = (10_000, 20_000, 50_000, 100_000)
LIMIT_S = 5.0
PARAMS = load_params(Path(__file__).parents[1] / "params.yaml").gates
DIFFERENT = "different words"
LETTERS = str.maketrans("0123456789", "ghijklmnop")
WORDS = "the price of 5 old houses in New York, please, since 2023-10-01 and twenty five more. "
PIECES = (
    "a", "a ", "word ", WORDS, "漢字", "é", "1", "1,", "1,234", "1.", "-", " ", "\n", "\t ", ". ", "?", "'", '"', "“", "_", "a_", "a.",
    "A", "Ab ", "aB", "A of ", "A the A ", "one ", "one and ", "twenty-", "hundred ", "may ", "may 1 ", "1 of ", "1/1/", "12:", "3 pm ",
    "a(", "a(b=", "f(x=", "(", ")", "[", "]", "{", "}", "[[", "{'a':", '{"a": ', '{"a": [', "[f(x=1), ", "f(x='", "not ", "-1", "~", "1+",
    "a==", "<a>", "</a>", "<tool_call>", "<tool_call>{", "<|python_tag|>", "[TOOL_CALLS]", "<start_function_call>call:a{", "<escape>",
    "```", "```json\n", "\\", "\\u", "0x", "1e", "/", "@", "$", "%", "5 %", "if a", ", if ", "and ", "please ", "\u0301", "\u200b",
    DIFFERENT, "aaaaabbbbb ", "abcdefghij" * 200 + " ", "Find Find ", "Paris ",
)  # fmt: skip
EXAMPLE = {
    "id": "growth",
    "source": "benchmark",
    "category": "simple_python",
    "tools": [
        {
            "name": "get_weather",
            "description": "Weather of a city, 'daily' or 'hourly'.",
            "parameters": {
                "type": "dict",
                "properties": {
                    "city": {"type": "string"},
                    "days": {"type": "integer"},
                    "unit": {"type": "string", "enum": ["mm"]},
                },
                "required": ["city"],
            },
        }
    ],
    "messages": [{"role": "user", "content": "What is the weather in Paris for the next 3 days, since 2023-10-01?"}],
    "gold": [{"name": "get_weather", "arguments": {"city": ["Paris"], "days": [3]}}],
}


class TooSlow(Exception):
    """More than LIMIT_S went by."""


def tried() -> dict[str, Callable[[str], object]]:
    """Everything that reads text of other people, by name."""
    seed = Example.model_validate(EXAMPLE)
    found: dict[str, Callable[[str], object]] = {}
    for name, gate in RULES.items():
        found[f"gate {name}"] = lambda text, gate=gate: gate(Facts(seed, text), PARAMS)
        found[f"gate {name}, long seed"] = lambda text, gate=gate: gate(
            Facts(seed.with_query(text), text + " a"), PARAMS
        )
    for name, operator in OPERATORS.items():
        found[f"operator {name}"] = lambda text, operator=operator: operator.rewrite(text, site_of(seed), Random(0))
    for name, dialect in DIALECTS.items():
        found[f"dialect {name}"] = lambda text, dialect=dialect: parsed(dialect.parse, text)
        found[f"verdict {name}"] = lambda text, dialect=dialect: _verdict(
            seed, f"I thought {text} <tool_call>", dialect.parse
        )
    found |= {"numbers": numbers, "dates": dates, "times": times, "units": units, "plain": plain}
    found |= {
        f"grounded {type(value).__name__}": lambda text, value=value: grounded(value, text)
        for value in ("Paris", 3, True, [1.5])
    }
    found["grounded in a long value"] = lambda text: grounded(text, seed.query)
    return found


def parsed(parse: Callable[[str], object], text: str) -> None:
    """Parses, whatever comes of it."""
    with suppress(ParseError):
        parse(text)


def _verdict(seed: Example, text: str, parse: Callable[[str], list[DecodedCall]]) -> None:
    """The verdict on a text that was not judged before."""
    check(seed.model_copy(), text, parse=parse)


def repeated(piece: str, length: int) -> str:
    """A text of the length; DIFFERENT stands for words of which none is another."""
    if piece == DIFFERENT:
        return " ".join(f"{chr(97 + number % 26)}{number**3:x}".translate(LETTERS) for number in range(length // 6))[
            :length
        ]
    return (piece * (length // len(piece) + 1))[:length]


def measured(function: Callable[[str], object], piece: str) -> list[float]:
    """Seconds on the piece repeated, at each length up to the first that took too long."""
    seconds: list[float] = []
    for length in LENGTHS:
        text = repeated(piece, length)
        begin = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
        try:
            function(text)
        except TooSlow:
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        seconds.append(time.perf_counter() - begin)
        if seconds[-1] >= LIMIT_S:
            break
    return seconds


def slowest() -> Iterator[tuple[str, str, list[float]]]:
    """For each of them the piece that took longest, and its seconds."""
    for name, function in tried().items():
        taken = {piece: measured(function, piece) for piece in PIECES}
        piece = max(taken, key=lambda piece: (len(LENGTHS) - len(taken[piece]), max(taken[piece])))
        yield name, piece, taken[piece]


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def main() -> None:
    """Prints a line for each; exits with 1 where one is too slow."""
    signal.signal(signal.SIGALRM, _stop)
    failed = 0
    print(f"{'what':34} {'text':16} " + " ".join(f"{length:>8,}" for length in LENGTHS) + "  growth")
    for name, piece, seconds in slowest():
        failed += max(seconds) >= LIMIT_S
        growth = max(later / earlier for earlier, later in pairwise([*seconds, seconds[-1]]))
        shown = " ".join(f"{second:8.3f}" for second in seconds)
        print(f"{name:34} {piece[:12]!r:16} {shown:35}  x{growth:.1f}", flush=True)
    print(f"{failed} too slow")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
