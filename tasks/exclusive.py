"""One process a round: a second start of the same round in the same folder is refused; both would write its files.

The lock is the operating system's: it ends with its process, however that ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from sparring.errors import HeldError
from tasks.rounds import Round


@contextmanager
def alone(played: Round) -> Iterator[None]:
    """Holds the round's lock.

    Raises:
        HeldError: Another process plays this round.
    """
    path = played.project.root / ".work" / f"{played.name}.lock"
    path.parent.mkdir(exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise HeldError(f"{played.name}: another process plays this round ({path} is locked)") from None
    try:
        yield
    finally:
        lock.release()
