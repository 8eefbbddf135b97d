"""Time grows with the text: what reads foreign text ends in time, whatever is repeated in it."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.growth import DIFFERENT, WORDS, repeated, tried
from sparring.attacker.program import ProgramError, Step, apply_program, parse_program
from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.gates import RULES, Facts
from sparring.gates.words import LONG_WORD, MIN_TYPO, ByLength, alike
from sparring.normalise.spans import Spans
from sparring.operators import MAX_QUERY, OPERATORS, site_of

LIMIT_S = 3.0
HARD = [
    "漢字",
    "a",
    "a(",
    "a(b=",
    "“",
    "'a' ",
    "1 ",
    "12:30 ",
    ". ",
    "Find Find ",
    "aaaaabbbbb ",
    "x" * 2_000 + " ",
    DIFFERENT,
    WORDS,
]


@pytest.mark.parametrize("piece", HARD, ids=lambda piece: piece[:8])
def test_a_text_as_long_as_any_query_is_read_in_time(piece):
    text = repeated(piece, MAX_QUERY)
    for name, function in tried().items():
        if name.startswith("dialect"):
            continue
        begin = perf_counter()
        function(text)
        assert perf_counter() - begin < LIMIT_S, name


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_leave_what_is_longer_than_any_query(name, weather_seed):
    text = "What is the weather in Paris? " * (MAX_QUERY // 30 + 1)
    assert len(text) > MAX_QUERY
    assert apply_program((Step(name),), weather_seed.with_query(text), 0) == text


@pytest.mark.parametrize("name", RULES)
def test_gates_reject_what_is_longer_than_any_query(name, weather_seed, params):
    text = weather_seed.query + " " * MAX_QUERY
    assert f"at most {MAX_QUERY}" in RULES[name](Facts(weather_seed, text), params.gates)
    assert f"at most {MAX_QUERY}" in RULES[name](Facts(weather_seed.with_query(text), "a"), params.gates)


def distance(a, b):
    """Edits between two words by the whole table: insert, delete, replace, swap neighbours."""
    table = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            found = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1])]
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                found.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(found)
    return table[len(a), len(b)]


WORD = st.text("abc", max_size=9)


@given(WORD, WORD)
def test_words_are_alike_where_the_whole_table_says_so(a, b):
    shorter = min(len(a), len(b))
    near = shorter >= MIN_TYPO and distance(a, b) <= (2 if shorter >= LONG_WORD else 1)
    assert alike(a, b) == (a == b or near)


@given(WORD, st.lists(WORD))
def test_words_sorted_by_length_are_as_like_as_one_by_one(word, known):
    assert ByLength(known).has_like(word) == any(alike(word, other) for other in known)


PLACES = st.tuples(st.integers(0, 30), st.integers(1, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(PLACES), PLACES)
def test_spans_overlap_where_one_of_them_does(found, asked):
    start, end = asked
    spans = Spans(found)
    assert spans.overlap(start, end) == any(a < end and start < b for a, b in found)
    assert spans.hold(start) == any(a <= start < b for a, b in found)


def test_the_site_of_a_text_without_blanks_is_found(weather_seed):
    assert site_of(weather_seed).protected("漢字" * 10) == []


@pytest.mark.parametrize("piece", ["f", "a.", "1", "f ", "_("])
def test_an_answer_longer_than_what_is_read_is_judged_in_time(piece, weather_seed):
    text = f"I thought about {repeated(piece, 8 * MAX_QUERY)} <tool_call>{{"
    begin = perf_counter()
    assert not check(weather_seed, text, parse=DIALECTS["hermes"].parse).correct
    assert perf_counter() - begin < LIMIT_S


@pytest.mark.parametrize("piece", [" ", " x", "> ", " >", "\n", " > ", "typos > ", "typos"])
def test_a_program_of_any_length_is_read_in_time(piece):
    begin = perf_counter()
    with pytest.raises(ProgramError):
        parse_program(f"typos{repeated(piece, 10 * MAX_QUERY)}x")
    assert perf_counter() - begin < LIMIT_S
