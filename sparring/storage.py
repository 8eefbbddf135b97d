"""Files of rows: JSONL written whole or not at all, read with errors that name file, line and field.

A file is written beside its place and renamed, so a reader never sees half of one.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sparring.errors import InputError, MachineError

RecordT = TypeVar("RecordT", bound=BaseModel)


def first_fault(error: ValidationError) -> str:
    """The first fault of a validation as 'field: reason'."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or "record"
    return f"{field}: {fault['msg']}"


def write_text(path: Path, text: str) -> None:
    """Writes a file atomically, creating its folder.

    Raises:
        MachineError: It cannot be written, e.g. because the disk is full; what stood there before stands.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise MachineError(f"{path}: {error.strerror}") from error


def write_jsonl(path: Path, records: Iterable[BaseModel]) -> None:
    """Writes rows, one JSON object a line, in the order given. The same rows give the same bytes."""
    write_text(path, "".join(record.model_dump_json() + "\n" for record in records))


def read_jsonl(path: Path, record_type: type[RecordT]) -> list[RecordT]:
    """Reads rows of one type.

    Raises:
        InputError: The file is missing, or a row is broken; names file, line and field.
    """
    records = []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            records.append(record_type.model_validate_json(line))
        except ValidationError as error:
            raise InputError(f"{path}:{number}: {first_fault(error)}") from None
    return records


def read_record(path: Path, record_type: type[RecordT]) -> RecordT:
    """Reads a file that holds one record, e.g. a round's manifest.

    Raises:
        InputError: The file is missing or broken; names file and field.
    """
    try:
        return record_type.model_validate_json(read_text(path))
    except ValidationError as error:
        raise InputError(f"{path}: {first_fault(error)}") from None


def read_json(path: Path) -> Any:
    """Reads one JSON document.

    Raises:
        InputError: The file is missing or broken; names file and line.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None


def read_lines(path: Path) -> list[str]:
    """Lines of a UTF-8 text file, split at newlines only (JSON strings may hold other line separators)."""
    text = read_text(path)
    return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n") if text else []


def read_text(path: Path) -> str:
    """All of a UTF-8 text file.

    Raises:
        InputError: The file is missing, a folder, or no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder, not a file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None


def write_json(path: Path, content: object) -> None:
    """Writes one JSON document, keys sorted, atomically."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def must_exist(path: Path, remedy: str) -> None:
    """Raises InputError where there is no such file or folder."""
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; {remedy}")


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def hash_tree(path: Path) -> str:
    """SHA-256 over a file, or over names and bytes of all files below a folder in sorted order."""
    if path.is_file():
        return hash_file(path)
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(f"{file.relative_to(path).as_posix()}\0{hash_file(file)}\n".encode())
    return digest.hexdigest()


def changed_since(root: Path, hashes: Mapping[str, str]) -> str | None:
    """The first file or folder that is there and has another hash than the one known, by its path from the root."""
    for name, known in sorted(hashes.items()):
        if (root / name).exists() and hash_tree(root / name) != known:
            return name
    return None


@dataclass(frozen=True)
class RoundPaths:
    """Where a round keeps its files, below the project's root."""

    root: Path
    round: str

    @property
    def folder(self) -> Path:
        """data/rounds/rNN: the data set of the round (DVC)."""
        return self.root / "data" / "rounds" / self.round

    @property
    def models(self) -> Path:
        """models/rNN: the adapters after the round (MLflow)."""
        return self.root / "models" / self.round

    @property
    def query_adapter(self) -> Path:
        """Adapter of the query model."""
        return self.models / "query"

    @property
    def target_adapter(self) -> Path:
        """Adapter of the target."""
        return self.models / "target"

    @property
    def manifest(self) -> Path:
        """round.json, written last."""
        return self.folder / "round.json"

    def file(self, name: str) -> Path:
        """A file of the round's data set, e.g. attacks.jsonl."""
        return self.folder / name
