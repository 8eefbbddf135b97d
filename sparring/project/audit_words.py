"""What both doors of an audit, `sparring audit` and `python -m flows.audit`, read from the words of a command line."""

from collections.abc import Iterable

from sparring.errors import InputError

DEFAULT_SEEDS = "test"


def chosen_seeds(said: str, number: int | None) -> tuple[str, int | None]:
    """Where seeds come from, and how many are asked: None for the recipe's number.

    Args:
        said: What --seeds says: a split, a file of rows, or a number of the split that is the default.
        number: What --num-seeds says.

    Raises:
        InputError: The number is 0, or both say one.
    """
    if not said.isdecimal():
        return said, number
    if int(said) < 1:
        raise InputError(f"--seeds {said}: expected a split, a file, or a whole number, 1 or more")
    if number is not None:
        raise InputError(f"--seeds {said} and --num-seeds {number}: both say how many; give one of them")
    return DEFAULT_SEEDS, int(said)


def left_out(said: Iterable[str]) -> tuple[str, ...]:
    """The operators that no attack may use, in one order: each word names one, or several between commas."""
    return tuple(sorted({name.strip() for names in said for name in names.split(",") if name.strip()}))
