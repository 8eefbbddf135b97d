"""Strict verdicts on values: what compares exactly, what is layout, and what leaving an argument out means."""

import json
from pathlib import Path

import pytest

from sparring.checker import check_calls
from sparring.checker.strict_strings import standardised
from sparring.records import Call, Example

CASES = [json.loads(line) for line in (Path(__file__).parents[2] / "cases" / "values.jsonl").read_text().splitlines()]


def verdict(properties, gold, given, required=()):
    tool = {"name": "f", "parameters": {"type": "dict", "properties": properties, "required": list(required)}}
    example = Example.model_validate(
        {
            "id": "v",
            "source": "test",
            "category": "simple_python",
            "tools": [tool],
            "messages": [{"role": "user", "content": "Do it."}],
            "gold": [{"name": "f", "arguments": gold}],
        }
    )
    return check_calls(example, [Call(name="f", arguments=given)])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_case_of_a_bug_report_is_right(case):
    if "schema" in case:
        found = verdict({"x": case["schema"]}, {"x": case["accepted"]}, {"x": case["given"]})
    else:
        properties = {"a": {"type": "string"}} | case["extra_properties"]
        found = verdict(properties, {"a": ["x"]} | case["extra_gold"], case["given"])
    assert (found.correct, found.example_error) == (case["expected_right"], None)


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("write to john.doe@mail.com", "write to johndoe@mail.com"),
        ("https://shop.com/a-b?x=A", "https://shop.com/a-b?x=a"),
        ("www.my-shop.com", "www.myshop.com"),
        ("C:\\a\\b.txt", "C:\\ab.txt"),
        ("src/main.py", "srcmain.py"),
        ("/var/log/Sys.log", "/var/log/sys.log"),
        ("~/.ssh/id", "ssh/id"),
        ("git commit --amend", "git commit amend"),
        ("python3 -m venv", "python3 m venv"),
        ("user_id", "userid"),
        ("user_id", "user id"),
        ("__init__", "init"),
        ("math.gcd", "mathgcd"),
        ("ABC-123", "ABC123"),
        ("order-48213", "order48213"),
        ("sk-AbC12dEf34", "sk-abc12def34"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400e29b41d4a716446655440000"),
        ("1.5", "15"),
        ("5 - 3", "5 3"),
    ],
)
def test_what_stands_for_something_by_its_letters_compares_exactly(accepted, given):
    assert standardised(accepted) != standardised(given)


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("New York, NY", "new york ny"),
        ("San-Francisco", "San Francisco"),
        ("U.S.", "US"),
        ("10:00 a.m.", "10:00 AM"),
        ("10:00AM", "10:00 am"),
        ("Dr.Smith", "Dr. Smith"),
        ("15-January-2024", "15 January 2024"),
        ("2024/5/1", "2024-05-01"),
        ("1/5/2024", "01/05/2024"),
        ("555-123-4567", "555 123 4567"),
        ("5 - 3", "5-3"),
        ("John.Doe@Mail.com", "john.doe@mail.com"),
        ("Wi-Fi", "wifi"),
        ("\u22125", "-5"),
        ("9\u20135", "9-5"),
        ("\u201cbest\u201d", '"best"'),
        ("1,000,000", "1000000"),
    ],
)
def test_layout_and_typographic_twins_are_forgiven(accepted, given):
    assert standardised(accepted) == standardised(given)


@pytest.mark.parametrize(
    ("schema", "accepted", "right"),
    [
        ({"type": "integer", "default": 10}, [10], True),
        ({"type": "integer", "default": "10"}, [10], True),
        ({"type": "integer", "default": 1}, [True], False),
        ({"type": "string", "description": "Unit. Default is 'metric'."}, ["metric"], True),
        ({"type": "string", "description": "Unit, the default is metric."}, ["metric"], True),
        ({"type": "string", "description": "The default is none."}, ["none of them"], False),
        ({"type": "integer", "default": 10}, [11], False),
        ({"type": "integer"}, [10], False),
    ],
)
def test_an_argument_left_out_is_right_where_the_gold_is_its_stated_default(schema, accepted, right):
    assert verdict({"b": schema}, {"b": accepted}, {}).correct == right
    assert not verdict({"b": schema}, {"b": accepted}, {}, required=["b"]).correct


@pytest.mark.parametrize(
    ("kind", "accepted", "given", "right"),
    [
        ("Union[int, float]", 1.5, 1.5, True),
        ("Union[int, float]", 2, 2, True),
        ("Union[int, float]", 2, "2", False),
        ("Optional[str]", "x", "x", True),
        ("Optional[int]", None, None, True),
        ("int | str", "a", "a", True),
        ("List[int]", [1, 2], [1, 2], True),
    ],
)
def test_types_of_unions_and_optionals_are_read(kind, accepted, given, right):
    found = verdict({"x": {"type": kind}}, {"x": [accepted]}, {"x": given})
    assert (found.correct, found.example_error) == (right, None)
