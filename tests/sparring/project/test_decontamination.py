"""A held-out row in the training set is found under any id and wording; rows of the real split are not."""

import pytest

from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.project.decontamination import describe, find_leaks
from sparring.records import Example, SFTExample

PARSE = DIALECTS["pythonic"].parse
QUERY = "Please book me a table for four people at the Blue Lagoon restaurant in Reykjavik on Friday evening"


def example(id="t1", query=QUERY, name="book_table", **arguments):
    arguments = arguments or {"place": ["Blue Lagoon"], "people": [4, "four"]}
    return Example.model_validate(
        {
            "id": id,
            "source": "test",
            "category": "simple_python",
            "tools": [{"name": name, "parameters": {"properties": {}}}],
            "messages": [{"role": "user", "content": query}],
            "gold": [{"name": name, "arguments": arguments}],
        }
    )


def row(id, seed):
    return SFTExample.model_validate(
        {
            "id": id,
            "messages": [message.model_dump() for message in seed.messages],
            "tools": [tool.model_dump() for tool in seed.tools],
            "completion": DIALECTS["pythonic"].render(gold_calls(seed)) if seed.gold else "[]",
            "origin": "clean",
        }
    )


OTHER = example("o", "What is the weather in Paris?", "get_weather", city=["Paris"], days=[3])


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        (example("copied"), "target function"),
        (example("renamed", name="reserve"), "right arguments"),
        (example("asked", name="reserve", spot=["x"]), "query"),
        (example("recased", QUERY.upper() + "!!", "reserve", spot=["x"]), "query"),
        (example("wrapped", f"Hello there. {QUERY}. Thanks a lot!", "reserve", spot=["x"]), "3-grams"),
        (example("accepted", "Hm?", "reserve", place=["blue lagoon"], people=["four"]), "right arguments"),
        (example("silent", "Hm?", "reserve", place=["Blue Lagoon"], people=[4], at=["noon", ""]), "right arguments"),
        (example("spelt", name="Book.Table", spot=["x"], query="Hm?"), "target function"),
    ],
)
def test_a_planted_row_is_named_with_what_it_shares(planted, reason):
    found = find_leaks([row("clean:o", OTHER), row("clean:planted", planted)], [example()], PARSE)
    assert [(leak.row_id, leak.heldout_id) for leak in found] == [("clean:planted", "t1")]
    assert reason in found[0].reason
    assert "clean:planted" in describe(found)


def test_a_no_call_row_is_known_by_its_query():
    held = example().model_copy(update={"gold": [], "category": "irrelevance"})
    assert find_leaks([row("no_call:x", held)], [held], PARSE)[0].reason == "the query of"


def test_rows_that_share_nothing_or_a_phrase_pass():
    near = example("n", "Please book me a table for two in Oslo", "reserve", place=["Maaemo"], people=[2])
    assert find_leaks([row("a", OTHER), row("b", near)], [example()], PARSE) == []
