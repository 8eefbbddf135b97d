"""What a machine does to a program gets a name here: a full disk, a folder that may not be written to, no memory left.

Libraries report these as exceptions of many types, often as the cause of one of their own; a command that nobody
watches must end with one line that says which. The surprise: PyTorch's and safetensors' writers do not say that a disk
is full, so the disk is looked at.
"""

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

Namer = Callable[[BaseException, Path], str | None]
OF_THE_MACHINE = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.EACCES, errno.EPERM),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST),
        errno.ELOOP,
    }
)
FULL_BELOW_BYTES = 1 << 20
SAYS_FULL = ("No space left on device", "database or disk is full")


def machine_fault(error: BaseException, root: Path) -> str | None:
    """The line that names what the machine did; None where it did nothing.

    Args:
        error: What ended the program.
        root: Folder that the program writes to.
    """
    for cause in causes(error):
        if any(said in str(cause) for said in SAYS_FULL):
            return _full(root)
        if isinstance(cause, OSError) and cause.errno in OF_THE_MACHINE:
            return f"{cause.filename or root}: {cause.strerror}"
    if _free(root) < FULL_BELOW_BYTES:
        return _full(root)
    for cause in causes(error):
        if isinstance(cause, MemoryError):
            return f"no memory is left: {first_line(cause)}"
        if isinstance(cause, sqlite3.Error):
            return f"a database in {root}: {first_line(cause)}"
    return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, what caused it, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def first_line(error: BaseException) -> str:
    """The first line of an exception's text; its type where it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _full(root: Path) -> str:
    return f"{root}: the disk is full; free space and start again"


def _free(root: Path) -> int:
    there = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.exists())
    return shutil.disk_usage(there).free
