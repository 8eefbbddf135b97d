"""Seals: the hash of each finished file or folder of a round, kept in one ledger beside them.

A result counts as finished once it is sealed and as long as its bytes are those that were sealed. What a kill cut short
or a disk lost is made anew. A ledger that cannot be read seals nothing.
"""

import shutil
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from sparring.storage import hash_tree, write_json

ENTRIES = TypeAdapter(dict[str, str])


def seal(ledger: Path, path: Path) -> None:
    """Enters a finished file or folder, by its name."""
    write_json(ledger, _entries(ledger) | {path.name: hash_tree(path)})


def is_sealed(ledger: Path, path: Path) -> bool:
    """Whether a file or folder is there with the bytes that were sealed."""
    return path.exists() and _entries(ledger).get(path.name) == hash_tree(path)


def remove(path: Path) -> None:
    """Removes a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _entries(ledger: Path) -> dict[str, str]:
    try:
        return ENTRIES.validate_json(ledger.read_bytes())
    except (FileNotFoundError, ValidationError):
        return {}
