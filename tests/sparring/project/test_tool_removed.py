"""Rows without their tool: built only where nothing that is left could serve, and never out of what is held out."""

import numpy as np
import pytest

from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.project.splits import SPLITS, leaks
from sparring.project.tool_removed import CATEGORY, could_serve, rows_without_their_tool, without_its_tool
from sparring.records import Example, GoldCall, Message, Tool

SAID = {
    "triangle_area": "Area of a triangle from base and height.",
    "circle_area": "Area of a circle from its radius.",
    "heron_area": "Area of a triangle from three sides.",
    "chess_rating": "The rating of a chess player.",
    "book_taxi": "Book a taxi.",
}


def tool(name):
    return Tool(
        name=name, description=SAID[name], parameters={"type": "dict", "properties": {"value": {"type": "float"}}}
    )


def row(number, query, *names, category="multiple"):
    gold = [GoldCall(name=names[0], arguments={"value": [1.0]})] if "irrelevance" not in category else []
    said = [Message(role="user", content=query)]
    return Example(
        id=f"m{number}", source="t", category=category, tools=[tool(n) for n in names], messages=said, gold=gold
    )


class Topics:
    """Vectors by how many words of each topic a text has."""

    TOPICS = ("triangle", "circle", "chess", "taxi", "area")

    def embed(self, texts):
        rows = np.array([[text.lower().count(topic) for topic in self.TOPICS] for text in texts], dtype=np.float32)
        rows += 1e-6
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


TRIANGLE = "What is the triangle area of this triangle, its base being 3?"


@pytest.mark.parametrize(
    ("names", "could"),
    [
        (("triangle_area", "chess_rating"), False),
        (("triangle_area", "circle_area"), False),
        (("triangle_area", "heron_area"), True),  # another way to the same
        (("triangle_area", "chess_rating", "heron_area"), True),  # one of several is enough
        (("chess_rating", "book_taxi"), True),  # the request is no nearer to the tool that goes
    ],
)
def test_what_a_tool_that_is_left_might_do_is_left_out(names, could):
    assert could_serve(row(1, TRIANGLE, *names), Topics()) is could


@pytest.fixture
def splits():
    found = {name: [] for name in SPLITS}
    found["train"] = [
        row(1, TRIANGLE, "triangle_area", "chess_rating"),
        row(2, f"{TRIANGLE} Now.", "triangle_area", "book_taxi"),
        row(3, TRIANGLE, "triangle_area"),
        row(4, TRIANGLE, "triangle_area", "heron_area"),
        row(5, "Who knows?", "circle_area", category="irrelevance"),
    ]
    return found


def test_the_built_rows_are_right_to_decline_and_keep_all_but_the_tool(splits):
    made = rows_without_their_tool(splits, Topics(), 10, 17)
    assert [built.id for built in made] == ["m1-tool_removed", "m2-tool_removed"]
    for built in made:
        assert built.category == CATEGORY
        assert built.kind == "no_call"
        assert "triangle_area" not in {one.name for one in built.tools}
        dialect = DIALECTS["pythonic"]
        assert check(built, "[]", parse=dialect.parse).correct
        assert not check(built, "[triangle_area(value=1.0)]", parse=dialect.parse).correct


def test_as_many_are_built_as_are_wanted_by_the_seed_of_randomness(splits):
    assert len(rows_without_their_tool(splits, Topics(), 1, 17)) == 1
    drawn = {rows_without_their_tool(splits, Topics(), 1, number)[0].id for number in range(12)}
    assert drawn == {"m1-tool_removed", "m2-tool_removed"}
    assert rows_without_their_tool(splits, Topics(), 2, 17) == rows_without_their_tool(splits, Topics(), 2, 17)


@pytest.mark.parametrize(
    "held_out",
    [
        {"ood": [row(9, "My taxi!", "book_taxi", category="live_irrelevance")]},
        {"val": [row(9, "Rate a chess player.", "chess_rating")]},
    ],
)
def test_a_row_that_would_show_a_held_out_tool_is_not_built(splits, held_out):
    splits |= held_out
    made = rows_without_their_tool(splits, Topics(), 10, 17)
    assert len(made) == 1
    splits["train"] += made
    assert not [found for found in leaks(splits) if "tool_removed" in found]


def test_the_source_row_stays_as_it_is(splits):
    before = splits["train"][0]
    without_its_tool(before)
    assert [one.name for one in before.tools] == ["triangle_area", "chess_rating"]
    assert before.kind == "call"
