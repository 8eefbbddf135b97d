"""What a person at a terminal gets: one-line notices, and for an error with a name one line and exit code 2."""

import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sparring.errors import SparringError
from sparring.machine_faults import Namer, machine_fault
from sparring.secrets_in_text import masked
from sparring.visible_text import visible

TERMINATED = 128 + signal.SIGTERM
WRONG = 2  # exit code of whatever is told in one line
_last_said = [time.monotonic()]
_listeners: list[Callable[[str], None]] = []


def say(message: str) -> None:
    """One line of progress on standard error; nothing that a model or server wrote in it commands the terminal."""
    _last_said[0] = time.monotonic()
    line = visible(masked(message))
    print(line, file=sys.stderr, flush=True)
    for listener in _listeners:
        listener(line)


def also_tell(listener: Callable[[str], None]) -> None:
    """From here on every line that is said is given to `listener` too, as the terminal got it."""
    if listener not in _listeners:
        _listeners.append(listener)


def seconds_silent() -> float:
    """Seconds since this process said its last line."""
    return time.monotonic() - _last_said[0]


def leave_when_terminated() -> None:
    """From here on SIGTERM ends the program as Ctrl-C does: by an exception, so that answers are kept and whatever was
    started (Prefect's embedded server, every child) is stopped on the way out.
    """
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


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
def clear_errors(root: Path = Path(), *namers: Namer) -> Iterator[None]:
    """The boundary of every command: what has a name is one line and exit code 2; anything else passes.

    Args:
        root: Folder that the command works in.
        namers: What else names an exception, after the library's own `machine_fault`.
    """
    try:
        yield
    except SparringError as error:
        told = str(error)
    except Exception as error:
        names = (name(error, root) for name in (machine_fault, *namers))
        found = next((name for name in names if name is not None), None)
        if found is None:
            raise
        told = found
    else:
        return
    say(f"error: {told}")
    raise SystemExit(WRONG)
