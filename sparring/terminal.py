"""What a person at a terminal gets: one-line notices, and for bad input one line and exit code 2, no traceback."""

import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sparring.secrets_in_text import masked
from sparring.storage import InputError, MachineError
from sparring.visible_text import visible

_last_said = [time.monotonic()]


def say(message: str) -> None:
    """One line of progress on standard error; nothing that a model or server wrote in it commands the terminal."""
    _last_said[0] = time.monotonic()
    print(visible(masked(message)), file=sys.stderr, flush=True)


def seconds_silent() -> float:
    """Seconds since this process said its last line."""
    return time.monotonic() - _last_said[0]


def quiet_libraries() -> None:
    """Takes away progress bars and warnings of libraries that a user of this project can do nothing about."""
    import datasets
    import transformers

    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    warnings.filterwarnings("ignore", message="Could not find a config file", module="peft")
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    datasets.disable_progress_bars()


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turns a wrong input or a named fault of the machine into one line and exit code 2; anything else passes."""
    try:
        yield
    except (InputError, MachineError) as error:
        say(f"error: {error}")
        raise SystemExit(2) from None
