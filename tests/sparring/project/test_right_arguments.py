"""Rows of equal right arguments are one group: a gold accepts several values, omissions and spellings."""

import pytest

from sparring.project.right_arguments import RightArguments
from sparring.project.splits import leaks, split_by_tool
from sparring.records import Example


def row(row_id, query="Which key has C# major?", name="key_of", **arguments):
    properties = {key: {"type": "string"} for key in arguments}
    return Example.model_validate(
        {
            "id": row_id,
            "source": "test",
            "category": "simple_python",
            "tools": [{"name": name, "parameters": {"type": "dict", "properties": properties}}],
            "messages": [{"role": "user", "content": query}],
            "gold": [{"name": name, "arguments": arguments}],
        }
    )


HELD = row("held", key=["C#"], scale_type=["major", ""])


@pytest.mark.parametrize(
    ("arguments", "alike"),
    [
        ({"key": ["C#"], "scale_type": ["major", ""]}, True),
        ({"key": ["C#"], "scale_type": ["major"]}, True),
        ({"key": ["D", "c#"], "scale_type": ["Major"]}, True),  # another accepted value, in another spelling
        ({"key": ["C#"], "scale_type": ["major"], "octave": [4, ""]}, True),
        ({"key": ["C#"], "scale_type": ["major"], "octave": [4]}, False),  # no one answer is right for both
        ({"key": ["C#"], "scale_type": ["minor"]}, False),
        ({"key": ["D"], "scale_type": ["major"]}, False),
        ({"key": ["C#"]}, False),  # one argument alone tells nothing
        ({"tone": ["C#"], "scale_type": ["major"]}, False),
    ],
)
def test_two_golds_are_alike_where_one_answer_is_right_for_both(arguments, alike):
    other = row("other", name="notes_of", **arguments)
    assert RightArguments([HELD]).knowing(other) == (["held"] if alike else [])
    assert RightArguments([other]).knowing(HELD) == (["other"] if alike else [])


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ({"key": "C#", "scale_type": "major"}, "held"),
        ({"key": "c #", "scale_type": "MAJOR"}, "held"),
        ({"key": "C#"}, None),
        ({"key": "C#", "scale_type": "minor"}, None),
        ({"key": "C#", "scale_type": "major", "octave": 4}, None),
    ],
)
def test_a_calls_arguments_are_found_in_any_right_form(arguments, known):
    assert RightArguments([HELD]).right(arguments) == known


def test_numbers_lists_and_nested_values_are_compared_as_the_checker_does():
    held = RightArguments([row("held", point=[[1, 2.5]], box=[{"colour": ["Red"], "side": [3]}], days=[5])])
    assert held.right({"point": [1.0, 2.5], "box": {"side": 3, "colour": "red"}, "days": 5.0}) == "held"
    assert held.right({"point": [1.0, 2.6], "box": {"side": 3, "colour": "red"}, "days": 5.0}) is None


def test_rows_of_equal_arguments_stay_on_one_side_whatever_their_tools_are_called():
    rows = [
        row(
            f"r{number}-{copy}",
            f"Question {number} {copy}?",
            f"tool_{number}_{copy}",
            key=[f"K{number}"],
            kind=["a", ""],
        )
        for number in range(20)
        for copy in range(2)
    ]
    splits = split_by_tool(rows, 0.5, 0.2, [], [], 17)
    place = {example.id: name for name, found in splits.items() for example in found}
    assert all(place[f"r{number}-0"] == place[f"r{number}-1"] for number in range(20))
    assert set(place.values()) == {"train", "val", "proof", "test"}
    assert leaks(splits) == []


def test_a_training_row_with_a_held_out_rows_arguments_is_named_as_a_leak():
    splits = split_by_tool([], 0.5, 0.2, [], [], 17)
    planted = splits | {
        "train": [HELD],
        "test": [row("asked", "Another?", "notes_of", key=["C#"], scale_type=["major"])],
    }
    assert leaks(planted) == ["right arguments: held in training, asked in test"]


def test_an_out_of_distribution_row_with_a_training_rows_arguments_is_left_out():
    live = row("live", "Another?", "notes_of", key=["C#"], scale_type=["major"]).model_copy(
        update={"category": "live_simple"}
    )
    splits = split_by_tool([HELD, live], 1.0, 0.0, ["live_simple"], [], 17)
    assert [example.id for example in splits["train"]] == ["held"]
    assert splits["ood"] == []


def test_a_call_that_a_row_repeats_thousands_of_times_counts_once():
    many = HELD.model_copy(update={"gold": HELD.gold * 20_000})
    known = RightArguments([many])
    assert len(known._calls) == 1
    assert known.knowing(many) == ["held"]
