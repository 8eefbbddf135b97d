"""What a person at a terminal gets: one-line notices, and for bad input one line and exit code 2, no traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sparring.storage import InputError


def say(message: str) -> None:
    """One line of progress on standard error."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turns an InputError into one line and exit code 2; every other exception passes."""
    try:
        yield
    except InputError as error:
        say(f"error: {error}")
        raise SystemExit(2) from None
