"""The quick reader of Python texts against Python's own parser, on recorded answers that chance has damaged."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from sparring.checker import ParseError
from sparring.checker.python_text import UNREADABLE, bracketed, decode_by_parser

reader = pytest.importorskip("sparring.checker._reader", reason="installed without a C compiler")

RECORDED = Path(__file__).parents[2] / "data" / "recorded_verdicts.jsonl.gz"
SCRAPS = [
    *"()[]{}()[]{}'\",=:* \n.-+!\r\t\0\f#\\?;\u2018<@%&é\u200b\ud800",
    *("a=", "b=", "**", "**x", "*x", "'x'", '"y"', "1", "2.5", "None", "True", "not ", "f(", "g.h(", "),", "[1, 2]"),
    *(" in ", " word", "if ", "lambda: ", "f'", "await ", "[[", "]]", "(a:", "]\n[", " else ", "r'", "'if", "{'a': 1}"),
    *("'''", '"""', "b'x'", "u'é'", r"r'\d'", r"\n", r"'\''", "'a' 'b'", "'a'b'c'", "'''a'b'''", "...", "# c", "# ]"),
    *("1e5", "1_0", "0x1f", "007", ".5", "5.", "-0.0", "1e400", "1j", "1if x else 2", "9" * 25, "--", ")("),
    *(".f()", ".f(a=1)", "[0]", "(1)", "(1,)", "{}", "{1, 2}", "{1: 2}", " for x in y", "None(", "True=1", "class=1"),
    *("!=", "->", ":=", "__debug__=1", "a.b=1", "a=b=1", "'x'=1", "\r\n", "print"),
]


@pytest.fixture(scope="module")
def answers():
    rows = map(json.loads, gzip.decompress(RECORDED.read_bytes()).decode().splitlines())
    return [row["text"] for row in rows if not {"mode", "language", "return_format", "tool_call_tag"} & row.keys()]


def damaged(text, rng):
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
        place = rng.randrange(len(text) + 1)
        text = text[:place] + rng.choice(SCRAPS) + text[place + rng.randrange(4) :]
    return text


def by_parser(text, strict):
    try:
        return repr(decode_by_parser(text, strict))
    except ParseError as error:
        return str(error)


def by_reader(text, strict):
    """What the quick reader says; None where it is not sure."""
    found = reader.read(text, strict)
    return UNREADABLE if found is False else found if found is None else repr(found)


@pytest.mark.parametrize("strict", [False, True])
def test_where_the_reader_is_sure_the_parser_says_the_same_to_the_word(answers, strict):
    rng = random.Random(7)
    seen = Counter()
    for text in answers:
        try:
            listed = bracketed(damaged(text, rng), strict)
        except ParseError:
            continue
        quick = by_reader(listed, strict)
        seen["unsure" if quick is None else "refused" if quick == UNREADABLE else "read"] += 1
        assert quick in (None, by_parser(listed, strict)), repr(listed)
    assert seen["read"] > 3_000, seen
    assert seen["refused"] > 4_000, seen
    assert seen["unsure"] < len(answers) / 4, seen


def test_most_answers_need_no_parser(answers):
    unsure = sum(by_reader(bracketed(text, False), False) is None for text in answers if len(text) < 10_000)
    assert unsure < len(answers) / 15


@pytest.mark.parametrize(
    "text",
    [
        "[f(a=1)][f(b=2)]",
        "[f(a=1) g(b=2)]",
        "[f(b=a:1)]",
        "[f(a='x)]",
        "[f(a=1)))]",
        "[f(a=[1, 2)]",
        "[[f(a=1)]]",
        "['f(a=1)', f()]",
        "[not f(a=1)]",
        "[f(a=\u2019x\u2019)]",
        "[fetch\\_data(a=1)]",
        "[f(a=two words)]",
        "[f(date=2023-03-12)]",
        "[f(a=1, 2)]",
        "[f(a=)]",
        "[f(class='x')]",
        "[f(a=1).result]",
        "[f(a=1) + g(b=2)]",
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_common_faults_need_no_parser(text, strict):
    assert by_reader(text, strict) == by_parser(text, strict) == UNREADABLE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[f(1)]", "positional"),
        ("[f(a=1, a=2)]", "twice"),
        ("[f(**x)]", "starred"),
        ("[f().g(a=1)]", "no dotted name"),
    ],
)
def test_what_strict_refuses_is_named_by_the_parser(text, reason):
    assert by_reader(text, strict=True) is None
    assert reason in by_parser(text, strict=True)
    assert by_reader(text, strict=False) == by_parser(text, strict=False)


@pytest.mark.parametrize(
    "text",
    [
        "['a'if x else'b'.f()]",
        "[f'{x}'.y()]",
        "[lambda: f(a=1)].g(b=1) #]",
        "[-1].f(x=1) # ]",
        "[f(a=1)].g(b=2) # ]",
        "[{}.f()]",
        "[None.f()]",
        "[f(a=1)(b=2)]",
        "[f(x for x in y)]",
        "[f(a=str('x'))]",
        "[f(a=1+1)]",
    ],
)
def test_what_only_looks_faulty_is_left_to_the_parser(text):
    assert by_reader(text, strict=False) in (None, by_parser(text, strict=False))


@pytest.mark.parametrize("arguments", [(), ("[f()]",), (b"[f()]", False), (None, True), ("[f()]", True, 1)])
def test_the_reader_refuses_what_is_no_text(arguments):
    with pytest.raises(TypeError):
        reader.read(*arguments)
