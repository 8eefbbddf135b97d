"""`sparring init`: a project in any folder, from the files that ship with the library.

A project owns its flows and tasks: they are copied, since they are what a team changes, and since two top-level
packages with such names belong into nobody's environment. Nothing that is there is written over.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from sparring.errors import InputError
from sparring.names import check_root
from sparring.project.library import LIBRARY, library_text
from sparring.project.shipped import listed, shipped

SOURCES = re.compile(r"^(\s+- )sparring/\S+\n(?:\s+- sparring/\S+\n)*", re.MULTILINE)
DOOR = re.compile(r"^(\s+cmd: )python -m flows\.", re.MULTILINE)
NO_GIT = "    no_scm = true\n"


@dataclass(frozen=True)
class Begun:
    """What `begin` did.

    Attributes:
        written: Files that it wrote, by their paths in the project.
        kept: Files that were there and say something else than the shipped ones.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]


def begin(root: Path) -> Begun:
    """Writes what a project lacks into a folder, made if need be.

    Raises:
        InputError: The folder is a file, is a clone of sparring, or has a path that no project can have.
    """
    check_root(root)
    source = shipped()
    if root.resolve() == source.resolve() or (root / "sparring" / "project" / "shipped.py").exists():
        raise InputError(f"{root}: is a clone of sparring, which is a project already")
    if root.exists() and not root.is_dir():
        raise InputError(f"{root}: is a file; `sparring init` takes a folder")
    written, kept = [], []
    for name, content in _contents(source, root).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as handle:
                handle.write(content)
        except FileExistsError:
            if not path.is_file() or path.read_bytes() != content:
                kept.append(name)
        else:
            written.append(name)
    return Begun(tuple(written), tuple(kept))


def _contents(source: Path, root: Path) -> dict[str, bytes]:
    """The files of a new project; three of them differ from a clone's."""
    made = {name: (source / name).read_bytes() for name in listed(source)}
    made["dvc.yaml"] = outside_a_clone(made["dvc.yaml"].decode()).encode()
    if not _in_git(root):
        made[".dvc/config"] += NO_GIT.encode()
    return made | {LIBRARY: library_text().encode()}


def outside_a_clone(pipeline: str) -> str:
    """dvc.yaml where the library is installed: its sources are one file, its doors a command that finds its Python."""
    return DOOR.sub(r"\1sparring flow ", SOURCES.sub(rf"\g<1>{LIBRARY}\n", pipeline))


def _in_git(root: Path) -> bool:
    """Whether the folder lies in a git repository, without which DVC must be told that there is none."""
    return any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents))
