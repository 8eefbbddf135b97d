"""Hostile text made harmless: in JSON inside a page, in Markdown, in one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.markdown_text import code_span
from sparring.report.drawing import csv_text
from sparring.report.text import script_json, share
from sparring.visible_text import HIDDEN, shorten, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pay \u202e100\u202c now", "pay ⟦U+202E⟧100⟦U+202C⟧ now"),
        ("a\u2066b\u2069", "a⟦U+2066⟧b⟦U+2069⟧"),
        ("nul\x00 esc\x1b[31m", "nul⟦U+0000⟧ esc⟦U+001B⟧[31m"),
        ("line\nand\ttab", "line\nand\ttab"),
        ("\U000e0041", "⟦U+E0041⟧"),
        ("नमस्ते می‌خواهم 👩‍🚀", "नमस्ते می‌خواهم 👩‍🚀"),
    ],
)
def test_hidden_characters_are_written_out_and_scripts_keep_their_joiners(text, shown):
    assert visible(text) == shown


@given(st.text())
def test_json_in_a_script_is_ascii_without_markup_and_comes_back_whole(text):
    embedded = script_json([text, "</script><!--<script>\u2028"])
    assert embedded.isascii()
    assert not set("<>&") & set(embedded)
    assert json.loads(embedded) == [text, "</script><!--<script>\u2028"]


@given(st.text(alphabet=st.sampled_from("`a \n<|@\u202e"), max_size=40))
def test_a_code_span_cannot_be_closed_from_inside(text):
    span = code_span(text)
    fence = span[: len(span) - len(span.lstrip("`"))]
    inside = span[len(fence) : -len(fence)]
    assert span.endswith(fence)
    assert fence not in inside
    assert "\n" not in span
    assert not HIDDEN.search(span)


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "not measured"), (0.0, "0 %"), (1.0, "100 %"), (0.9999999999999999, "100 %"), (0.9996, "100.0 %"), (0.0001, "below 0.1 %"), (1e-17, "0 %"), (2 / 13, "15.4 %")],
)  # fmt: skip
def test_a_share_that_is_undefined_never_reads_as_zero(value, words):
    assert share(value).replace("\u00a0", " ") == words


def test_long_text_is_cut_in_one_line():
    assert shorten("a\n\nb " * 50_000, 10) == "a b a b a…"


def test_a_spreadsheet_gets_no_formula_from_a_model():
    assert csv_text([{"tool": "=HYPERLINK(1)", "count": -1}]) == "tool,count\n'=HYPERLINK(1),-1\n"
