"""What other people wrote stays text in every Markdown file, as a real parser reads it."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sparring.markdown_text import code_span, escaped
from sparring.prompts import render_prompt
from sparring.records import Rate
from sparring.statistics import rate
from sparring.studies.compare import CompareResult, Difference, Side, compare_markdown
from sparring.studies.scoring import CategoryScore
from sparring.studies.suite import SuiteCost, SuiteResult, suite_markdown
from tests.sparring.test_visible_text import finished

HOSTILE = (
    "a | b | c", "[click](https://evil.example)", "![x](https://evil.example/p.png)", "<script>alert(1)</script>", "<img src=x>",
    "**bold** __bold__ *it* _it_ ~~gone~~", "`code` ``code``", "# heading", "\n\n# heading\n\n", "\n- item\n", "https://evil.example",
    "www.evil.example", "mail@evil.example", "&lt;b&gt; &amp; &#64;team", "\\[x](y)", "$x^2$", "\x1b]52;c;x\x07", "\u202egpj.exe",
    "| --- |\n| --- |", "]: https://evil.example", "<!-- -->", "\ud800", "a\r\n\r\n<b>", "{{ 7 * 7 }}{% raw %}",
)  # fmt: skip
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MARKUP = {
    "link_open", "image", "html_inline", "html_block", "strong_open", "em_open", "s_open", "code_inline", "heading_open", "softbreak",
    "hardbreak", "list_item_open", "fence", "code_block", "blockquote_open", "hr", "table_open",
}  # fmt: skip


def kinds(markdown):
    """What a parser sees: tokens by kind, in order."""
    found = []
    for token in PARSER.parse(markdown):
        found += [token.type, *(child.type for child in token.children or ())]
    return found


def shown(markdown):
    """What a reader sees."""
    return html.unescape(re.sub(r"<[^>]*>", "", PARSER.render(markdown))).strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_markup_of_a_text_takes_effect(text):
    sentence = f"Said: {escaped(text)}."
    assert not MARKUP & set(kinds(sentence))
    assert shown(f"Said: {escaped('a plain *text*')}.") == "Said: a plain *text*."
    assert not re.search(r"(?i)www\.|(?<!\\)://|@", sentence.replace("&#64;", ""))


@given(st.text(alphabet=st.sampled_from("ab_*`[]()<>|#~$&;@!\\-+1.: \n\t/w\"'"), max_size=40))
def test_a_reader_sees_the_text_as_it_is(text):
    line = " ".join(text.split())
    for before, after in (("x ", " x"), ("", ""), ("", " x")):
        markdown = f"{before}{escaped(text)}{after}"
        assert shown(markdown) == f"{before}{line}{after}".strip()
        assert not MARKUP & set(kinds(markdown))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_code_span_holds_one_text(text):
    found = kinds(f"x {code_span(text)} x")
    assert found.count("code_inline") == 1
    assert not MARKUP - {"code_inline"} & set(found)


def suite_of(text):
    score = CategoryScore(accuracy=rate(1, 2), macro=None, unanswered=1, failures={text: 1}, example_errors=[])
    cost = SuiteCost(answered=1, unanswered={"a": text}, tokens=None, seconds_median=None, seconds_p95=None)
    names = {"name": text, "model": text, "rows": text}
    scores = {"categories": {text: score}, "without_errata": {}, "summaries": {text: 0.5}}
    return suite_markdown(SuiteResult.model_validate({**names, **scores, "cost": cost}))


def comparison_of(text):
    side, one = Side(project=f"/{text}/{text}", round=text), rate(1, 2)
    made = {
        "metric": text,
        "before": one,
        "after": one,
        "difference": 0.0,
        "low": 0.0,
        "high": 0.0,
        "p_value": 1.0,
        "rows": None,
        "test": text,
    }
    return compare_markdown(CompareResult(before=side, after=side, differences=[Difference.model_validate(made)]))


def cards_of(text, params):
    rates = {text: Rate(count=1, total=2, value=0.5, low=0.1, high=0.9)}
    names = {"round": text, "after": "r00", "inputs": {text: text}, "versions": {text: text}, "mlflow_run_id": text}
    result = finished(text).model_copy(update={"rates": rates, **names})
    models = params.models.model_copy(update={"base": text})
    chosen = params.model_copy(update={"models": models, "data": params.data.model_copy(update={"source": text})})
    card = render_prompt("model_card", params=chosen, result=result, licence=None, base_model=None, heldout={})
    return [card, render_prompt("failures_card", params=chosen, result=result, count=1, success="-")]


@pytest.mark.parametrize("text", HOSTILE)
def test_tables_and_cards_have_one_shape_whatever_stands_in_them(text, params):
    def documents(said):
        return [suite_of(said), comparison_of(said), *cards_of(said, params)]

    for found, plain in zip(documents(text), documents("plain"), strict=True):
        assert [kind for kind in kinds(found) if kind in MARKUP or kind.endswith("_open")] == [
            kind for kind in kinds(plain) if kind in MARKUP or kind.endswith("_open")
        ]
        assert "\x1b" not in found
        found.encode("utf-8")
