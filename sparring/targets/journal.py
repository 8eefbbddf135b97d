"""The journal of an endpoint: one line a row as soon as it is known, so a killed run goes on where it was.

Unlike every other file here it grows in place: a last line cut short by a kill is dropped when the journal is opened.
Rows that stayed unanswered have a line too, for what they cost; they are asked again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from filelock import FileLock, Timeout
from pydantic import Field

from sparring.errors import HeldError
from sparring.records import Record
from sparring.storage import read_jsonl


class JournalRow(Record):
    """One row's end: its text, or the reason why there is none, and its cost in requests, tokens and wall seconds.

    A text with a reason is one that a model of this machine was not allowed to bring to its end: it is no answer.

    Attributes:
        reply: What the model said, where an error of ours kept it from becoming a text: it is not asked for again.
    """

    row_id: str
    text: str | None
    reason: str | None
    requests: int
    tokens: int
    seconds: float | None = None
    reply: dict[str, Any] | None = Field(default=None, exclude_if=lambda reply: reply is None)


class Journal:
    """An open journal: what was answered before, which rows ended since it was opened, and where new ones are added."""

    def __init__(self, rows: list[JournalRow], handle: TextIO) -> None:
        self.texts = {row.row_id: row.text for row in rows if row.text is not None}
        self.cut = {row.row_id: row.reason for row in rows if row.text is not None and row.reason is not None}
        self.unread = {row.row_id: row.reply for row in rows if row.reply is not None and row.row_id not in self.texts}
        self.requests = sum(row.requests for row in rows)
        self.tokens = sum(row.tokens for row in rows)
        self.ended: set[str] = set()
        self._handle = handle

    def add(self, row: JournalRow) -> None:
        """Writes a row's line and hands it to the system."""
        self._handle.write(row.model_dump_json() + "\n")
        self._handle.flush()
        self.ended.add(row.row_id)
        if row.text is not None:
            self.texts[row.row_id] = row.text
            if row.reason is not None:
                self.cut[row.row_id] = row.reason
            self.unread.pop(row.row_id, None)


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """Opens a journal for one run at a time.

    Raises:
        HeldError: Another run holds it.
        InputError: A line before the last is broken.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise HeldError(f"{path}: another run is writing this journal") from None
    try:
        path.touch()
        _drop_cut_line(path)
        rows = read_jsonl(path, JournalRow)
        with path.open("a", encoding="utf-8", newline="\n") as handle:
            yield Journal(rows, handle)
    finally:
        lock.release()


def _drop_cut_line(path: Path) -> None:
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
