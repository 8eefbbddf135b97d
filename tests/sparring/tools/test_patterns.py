"""Expressions that take for ever are refused without being run; those of real schemas pass."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.tools.patterns import pattern_fault

# As zod, pydantic, FastAPI, Stripe and GitHub write them.
GOOD = [
    r"^\d{4}-\d{2}-\d{2}$",
    r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$",
    r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|0{8}(-0{4}){3}-0{12})$",
    r"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])$",
    r"^(([0-9a-fA-F]{1,4}:){7,7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|:((:[0-9a-fA-F]{1,4}){1,7}|:))$",
    r"^(?:(?:\d\d[2468][048]|\d{4})-(?:0[1-9]|1[0-2]))T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))$",
    r"^$|^(?:[0-9a-zA-Z+/]{4})*(?:(?:[0-9a-zA-Z+/]{2}==)|(?:[0-9a-zA-Z+/]{3}=))?$",
    r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$",
    r"^[a-zA-Z0-9]+(?:[_-][a-zA-Z0-9]+)*$",
    r"^\+[1-9]\d{1,14}$",
    r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$",
    r"^[^\s]+( [^\s]+)*$",
    r"^\s*.*\s*$",
    r'^"(?:[^"\\]|\\.)*"$',
    r"^(cus|sub)_[A-Za-z0-9]+$",
    r"^#(?:[0-9a-fA-F]{3}){1,2}$",
    "^(" + "|".join(f"Europe/Town{number}" for number in range(600)) + ")$",
    r"",
]
EVIL = [
    r"^(a+)+$",
    r"^(a*)*$",
    r"^(a|a)*$",
    r"^(a|aa)+$",
    r"^(\w+\s?)+$",
    r"^([a-z0-9]+-?)+$",
    r"^(.*,)*$",
    r"^(a|b|ab)*c$",
    r"^(a?a?)*$",
    r"^(?:(?:x+)+y|z)+$",
    r"^(?=(a+)+$)b",
    r"^(?!(\d+)*$).",
    r"^(a{1,30}){1,30}$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"^(.*?,){11}P",
    r"^\s*\s*\s*\s*\s*\s*$",
    r"^([^@]+@?)*$",
    r"((a{500}){500}){500}",
    "(" * 300 + "a" + ")*" * 300,
    r"^(a)\1$",
    "a" * 30_000,
]
UNREADABLE = [r"^\p{L}+$", r"(", r"[z-a]", r"a{3,2}", r"(?<year>\d{4})", "a{99999999999}"]


@pytest.mark.parametrize("pattern", GOOD, ids=range(len(GOOD)))
def test_an_expression_of_a_real_schema_passes(pattern):
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize("pattern", EVIL, ids=range(len(EVIL)))
def test_an_expression_that_takes_for_ever_is_refused_in_no_time(pattern):
    started = time.process_time()
    assert re.search("for ever|intricate|characters", pattern_fault(pattern))
    assert time.process_time() - started < 5


@pytest.mark.parametrize("pattern", UNREADABLE)
def test_an_expression_that_python_cannot_read_is_named(pattern):
    assert "cannot read the expression" in pattern_fault(pattern)


letters = st.sampled_from(["a", "b", "[ab]", ".", "ab", "a?"])
expressions = st.recursive(
    letters,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}"])).map("(?:{0[0]}){0[1]}".format),
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=200)
@given(expressions)
def test_what_passes_is_matched_quickly(pattern):
    if pattern_fault(f"^(?:{pattern})$") is None:
        started = time.process_time()
        for text in ("a" * 40 + "!", "ab" * 20 + "!", "aab" * 13 + "!"):
            re.search(f"^(?:{pattern})$", text)
        assert time.process_time() - started < 2
