"""The short ways through Python texts against Python's own parser, on recorded answers that chance has damaged."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from sparring.checker import ParseError
from sparring.checker.broken_python import certain_fault
from sparring.checker.python_text import bracketed, decode_by_parser
from sparring.checker.read_python import decode_shortly

RECORDED = Path(__file__).parents[2] / "data" / "recorded_verdicts.jsonl.gz"
SCRAPS = [
    *"()[]{}()[]{}'\",=:* \n.-+!\r\t\0#\\?;\u2018<@%&",
    *("a=", "b=", "**", "'x'", '"y"', "1", "2.5", "None", "True", "not ", "f(", "g.h(", "),", "[1, 2]", "{'a': 1}"),
    *(" in ", " word", "if ", "lambda: ", "f'", "await ", "[[", "]]", "(a:", "]\n[", " else ", "*", "r'", "'if"),
]


@pytest.fixture(scope="module")
def answers():
    rows = map(json.loads, gzip.decompress(RECORDED.read_bytes()).decode().splitlines())
    return [row["text"] for row in rows if not {"mode", "language", "return_format", "tool_call_tag"} & row.keys()]


def damaged(text, rng):
    for _ in range(rng.randrange(3)):
        place = rng.randrange(len(text) + 1)
        text = text[:place] + rng.choice(SCRAPS) + text[place + rng.randrange(4) :]
    return text


def by_parser(text, strict):
    try:
        return repr(decode_by_parser(text, strict))
    except ParseError:
        return "refused"


def by_short_ways(text, strict):
    """What they say; None where they are not sure."""
    try:
        calls = decode_shortly(text, strict)
    except ParseError:
        return "refused"
    return None if calls is None else repr(calls)


@pytest.mark.parametrize("strict", [False, True])
def test_where_a_short_way_is_sure_the_parser_says_the_same(answers, strict):
    rng = random.Random(7)
    seen = Counter()
    for text in answers:
        try:
            listed = bracketed(damaged(text, rng), strict)
        except ParseError:
            continue
        short = by_short_ways(listed, strict)
        seen["unsure" if short is None else "refused" if short == "refused" else "read"] += 1
        assert short in (None, by_parser(listed, strict)), repr(listed)
    assert seen["read"] > 4_000, seen
    assert seen["refused"] > 4_000, seen
    assert seen["unsure"] < len(answers) / 2, seen


@pytest.mark.parametrize(
    "text",
    [
        "[f(a=1)][f(b=2)]",
        "[f(a=1) g(b=2)]",
        "[f(a:1)]",
        "[f(a='x)]",
        "[f(a=1)))]",
        "[[f(a=1)]]",
        "['f(a=1)', f()]",
        "[not f(a=1)]",
        "[f(a=\u2019x\u2019)]",
        "[fetch\\_data(a=1)]",
    ],
)
def test_common_faults_are_told_at_once(text):
    assert certain_fault(text)
    assert by_parser(text, strict=True) == "refused"


@pytest.mark.parametrize(
    "text", ["['a'if x else'b']", "[f'{x}'.y()]", "[f(a='it''s')]", "[lambda: f(a=1)]", "[b'a' r'b']"]
)
def test_what_only_looks_faulty_is_left_to_the_parser(text):
    assert certain_fault(text) is None or by_parser(text, strict=False) == "refused"
