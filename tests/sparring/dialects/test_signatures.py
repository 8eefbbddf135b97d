"""Tools as signatures: of a parameter is shown how its value is written, however much else its description says."""

import pytest

from sparring.dialects.pythonic import MAX_PARAMETER_DESCRIPTION, signature
from sparring.records import Tool

LONG = "The historical time period during which the event that is asked for took place"


@pytest.mark.parametrize(
    ("description", "shown"),
    [
        ("City and state, e.g. San Diego, CA.", "City and state, e.g. San Diego, CA."),
        ("Any city.", None),
        (
            f"{LONG}, e.g. Renaissance",
            "The historical time period during which the event that is… e.g. Renaissance",
        ),
        (
            f"{LONG}. In the format YYYY.",
            "The historical time period during which the event that is asked… format YYYY.",
        ),
        (
            f"e.g. {LONG}, or another one",
            "e.g. The historical time period during which the event that is asked for took…",
        ),
        (f"x, e.g. {LONG}", "e.g. The historical time period during which the event that is asked for took…"),
    ],
)
def test_what_says_how_a_value_is_written_is_shown_whatever_stands_before_it(description, shown):
    properties = {"place": {"type": "string", "description": description}}
    tool = Tool(
        name="find", description="Finds.", parameters={"type": "dict", "properties": properties, "required": ["place"]}
    )
    lines = signature(tool).split("\n")
    assert lines == ["find(place: str)  # Finds.", *([f"  place: {shown}"] if shown else [])]
    assert all(len(line) <= MAX_PARAMETER_DESCRIPTION + len("  place: ") for line in lines)
