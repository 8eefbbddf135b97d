"""The installed library that a project outside a clone was made with, as one file that the stages depend on.

In a clone dvc.yaml names the library's sources. Elsewhere they lie in an environment, at another path on each machine;
there library.yaml stands for them, so that a stage which another library played is stale.
"""

import hashlib
from pathlib import Path

from sparring import __version__
from sparring.errors import InputError
from sparring.project.shipped import FOLDER, PACKAGE
from sparring.storage import hash_file, read_text
from sparring.yaml_text import read_yaml

LIBRARY = "library.yaml"
RENEWED = f"flows/, tasks/, dvc.yaml and {LIBRARY}"
SOURCES = {".py", ".jinja", ".jsonl"}  # what decides a result; the compiled reader gives the same verdicts as Python's
HEAD = f"""\
# The library that this project was made with: the stages of dvc.yaml depend on this file in place of its sources.
# To go on with another one: delete {RENEWED}, then `sparring init` again.
"""


def library_text() -> str:
    """What library.yaml says of the library that is installed here."""
    return f"{HEAD}sparring: {__version__}\nsha256: {library_hash()}\n"


def library_hash() -> str:
    """SHA-256 over the library's sources, whatever they were compiled to."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        inside = path.relative_to(PACKAGE)
        if path.suffix in SOURCES and inside.parts[0] != FOLDER:
            digest.update(f"{inside.as_posix()} {hash_file(path)}\n".encode())
    return digest.hexdigest()


def other_library(root: Path) -> str | None:
    """Says that the project was made with another library than this one; None where it was not, or in a clone.

    Raises:
        InputError: library.yaml does not say which library it was.
    """
    path = root / LIBRARY
    if not path.exists():
        return None
    found = read_yaml(read_text(path), str(path))
    if not isinstance(found, dict) or not {"sparring", "sha256"} <= found.keys():
        raise InputError(f"{path}: expected the keys sparring and sha256")
    if found["sha256"] == library_hash():
        return None
    made = f"made with sparring {found['sparring']}, here is {__version__}"
    code = "" if str(found["sparring"]) != __version__ else " of other code"
    return f"{made}{code}: delete {RENEWED}, then `sparring init` again; its rounds are stale then"
