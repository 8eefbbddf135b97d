from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.normalise import dates, grounded, numbers, times, unit_of
from sparring.normalise.number_words import read, spell
from sparring.normalise.spoken import written


@given(st.integers(0, 10**12 - 1))
def test_a_number_in_words_reads_back(value):
    assert read(spell(value)) == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("5,000 and 5000 and five thousand", [5000, 5000, 5000]),
        ("2.5 million", ["2500000.0"]),
        ("-3 degrees at 0.05", [-3, "0.05"]),
        ("two hundred and five", [205]),
        ("three four", [3, 4]),
        ("one of them", []),
        ("room B12", []),
        ("10k views", [10000]),
        ("a wall of 5m, -2m and 1.75m for $3m or 2M", [5, -2, "1.75", 3000000, 2000000]),
        ("5m", [5]),
        ("twenty-five", [25]),
    ],
)
def test_numbers_are_read_in_every_spelling(text, values):
    assert [number.value for number in numbers(text)] == [Decimal(str(value)) for value in values]


@pytest.mark.parametrize(
    "text", ["2023-10-01", "October 1, 2023", "1 October 2023", "1st of October 2023", "Oct 1 2023", "10/01/2023"]
)
def test_one_day_in_many_spellings(text):
    assert (2023, 10, 1) in [moment.value for moment in dates(text)]


@pytest.mark.parametrize(("text", "value"), [("3 PM", (15, 0, 0)), ("15:00", (15, 0, 0)), ("3:30 a.m.", (3, 30, 0))])
def test_times_of_day(text, value):
    assert [moment.value for moment in times(text)] == [value]


@pytest.mark.parametrize(
    ("value", "text", "said"),
    [
        (5000, "lend me five thousand", True),
        (0.05, "at 5% interest", True),
        ("New York", "flights to new-york now", True),
        ("York", "flights to Yorkshire", False),
        ("2023-10-01", "on October 1, 2023", True),
        ("2023-10-01", "on October 2, 2023", False),
        ("15:00", "at 3 PM", True),
        (["a b", 2], "two of A B", True),
        (["a b", 2], "A B", False),
        ({"city": "Rome"}, "in Rome", True),
        (True, "include the tax", True),
        ("São Paulo", "to Sao Paulo", True),
        (25, "room B25", False),
    ],
)
def test_a_value_is_said_or_not(value, text, said):
    assert grounded(value, text) is said


def test_the_unit_of_a_number_is_its_neighbour():
    assert unit_of("$50", 1, 3) == "dollar"
    assert unit_of("50 km away", 0, 2) == "kilometre"
    assert unit_of("50 cats", 0, 2) is None


DIGIT_WORDS = "zero one two three four five six seven eight nine".split()


@given(st.integers(0, 99), st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_a_decimal_read_out_digit_by_digit_is_read_back(whole, digits):
    said = f"{spell(whole)} point {' '.join(DIGIT_WORDS[digit] for digit in digits)}"
    wanted = Decimal(f"{whole}.{''.join(map(str, digits))}")
    assert wanted in {number.value for number in numbers(written(f"It is {said} metres long."))}


@given(st.sampled_from([18, 19, 20]), st.integers(10, 99))
def test_a_year_said_in_two_parts_is_read_back(century, rest):
    for said in (f"{spell(century)} {spell(rest)}", f"{spell(century)} {spell(rest)}".replace("-", " ")):
        assert Decimal(100 * century + rest) in {number.value for number in numbers(written(f"back in {said}, then"))}


@pytest.mark.parametrize("value", ["midnight", "10-fold", "twofold", "the first of May", "half a dozen"])
def test_a_value_in_words_of_its_own_is_said_by_its_own_words(value):
    assert grounded(value, f"I would like {value}, please.")
    assert not grounded(value, "I would like another one, please.")


@pytest.mark.parametrize(
    "text",
    [
        "the afternoon",
        "unfold it",
        "manifold",
        "twenty five cars",
        "twenty-five",
        "nineteen fifty-dollar notes",
        "to the point one makes",
        "twenty ten thousand",
    ],
)
def test_what_only_begins_like_a_year_or_a_decimal_stays(text):
    assert written(text) == text
