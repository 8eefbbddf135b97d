"""The files of a project as they ship: in a clone at its root, in a wheel inside the package.

setup.py runs this file by itself to fill the wheel: it imports the standard library alone.
"""

from collections.abc import Iterator
from pathlib import Path

FOLDER = "project_files"  # of the package, in a wheel
PATTERNS = (
    ".dvc/.gitignore",
    ".dvc/config",
    ".dvcignore",
    ".gitignore",
    "aliases.jsonl",
    "constraints.txt",
    "dvc.yaml",
    "examples/*.ipynb",
    "examples/*.jsonl",
    "examples/*.py",
    "flows/*.py",
    "params.yaml",
    "prefect.yaml",
    "profiles/*.yaml",
    "tasks/*.py",
)
PACKAGE = Path(__file__).parents[1]


def in_a_clone() -> bool:
    """Whether this library is imported from a clone, or installed from one in editable mode."""
    return not (PACKAGE / FOLDER).is_dir()


def shipped() -> Path:
    """Folder with the files of a project, in this installation."""
    return PACKAGE.parent if in_a_clone() else PACKAGE / FOLDER


def listed(folder: Path) -> Iterator[str]:
    """The files of a project below a folder, by their paths in it."""
    for pattern in PATTERNS:
        yield from sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern) if path.is_file())
