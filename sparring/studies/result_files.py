"""Files of recorded answers: BFCL's result files of every version, and our own lines. Odd lines are left out by name.

BFCL's ids changed: `multiple_function_3` of v1 is `multiple_3` now, `java_7` is `simple_java_7`, and `relevance_5` was
a row of what is called irrelevance today. Lines without a prefix (`idx`) take the category from `file` or from the
file's name.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparring.errors import InputError
from sparring.records import Record
from sparring.sources.bfcl import CATEGORIES

MAX_FAULTY = 0.5
MAX_SHOWN = 60
OLD_NAMES = {
    "simple": "simple_python",
    "java": "simple_java",
    "javascript": "simple_javascript",
    "multiple_function": "multiple",
    "parallel_function": "parallel",
    "parallel_multiple_function": "parallel_multiple",
    "relevance": "irrelevance",
}
ROW_ID = re.compile(r"(?:(?P<category>[a-z][a-z_]*?)_)?(?P<number>\d+(?:-\d+)*)")
FILE_NAME = re.compile(r"(?:BFCL_v\d+_|gorilla_openfunctions_v1_test_)(?P<category>\w+?)(?:_result|_score)?\.json")
GZIP = b"\x1f\x8b"


class Answer(Record):
    """One recorded answer: BFCL's `result` (text, or calls in FC mode) or our `text`; None where nobody answered."""

    id: str
    text: Any


@dataclass
class Recorded:
    """What files hold.

    Attributes:
        answers: The answers, under today's ids.
        faulty: Why lines were left out, each with file, line and field.
        elsewhere: Lines by category that is none of the single-turn ones.
    """

    answers: list[Answer] = field(default_factory=list)
    faulty: list[str] = field(default_factory=list)
    elsewhere: Counter[str] = field(default_factory=Counter)


class _LeftOut(ValueError):
    """A line that is no answer to a row."""


def read_results(paths: Sequence[Path]) -> Recorded:
    """Answers of files that one model wrote; an id that stands twice counts once, the first.

    Raises:
        InputError: A file cannot be read, holds no answer, or more than half of its lines are faulty.
    """
    found = Recorded()
    seen: set[str] = set()
    for path in paths:
        before, faults, others = len(found.answers), len(found.faulty), found.elsewhere.total()
        for number, line in _lines(path):
            try:
                answer = _answer(line, path)
                if answer.id in seen:
                    raise _LeftOut(f"id: {answer.id} stands twice")
            except _LeftOut as fault:
                found.faulty.append(f"{path}:{number}: {fault}")
                continue
            category = category_in(answer.id)
            if category not in CATEGORIES:
                found.elsewhere[str(category)] += 1
                continue
            seen.add(answer.id)
            found.answers.append(answer)
        num_read, num_faulty = len(found.answers) - before, len(found.faulty) - faults
        if num_faulty > MAX_FAULTY * (num_read + num_faulty):
            first = found.faulty[faults]
            raise InputError(f"{path}: {num_faulty} of {num_read + num_faulty} lines are no answers; first {first}")
        if not num_read and found.elsewhere.total() == others:
            raise InputError(f"{path}: holds no answer")
    if not found.answers:
        raise InputError(f"{paths[0]}: no row of a single-turn category: {', '.join(sorted(found.elsewhere))}")
    return found


def category_in(row_id: str) -> str | None:
    """The category that an id names, under its name of today; None where it is no id of BFCL's."""
    found = ROW_ID.fullmatch(row_id)
    return None if found is None else found["category"]


def category_of(row_id: str) -> str:
    """The category that a BFCL id belongs to. Raises InputError where it is none of the single-turn ones."""
    found = category_in(row_id)
    if found not in CATEGORIES:
        raise InputError(f"row {row_id}: its category {found!r} is none of {', '.join(CATEGORIES)}")
    return str(found)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content.startswith(GZIP) else content).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def _answer(line: str, path: Path) -> Answer:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _LeftOut(f"not JSON: {error}") from None
    if not isinstance(row, dict):
        raise _LeftOut("no JSON object")
    name = "id" if "id" in row else "idx"
    row_id = row.get(name)
    if isinstance(row_id, bool) or not isinstance(row_id, str | int):
        raise _LeftOut(f"{name}: {'missing' if row_id is None else 'neither text nor a number'}")
    key = "text" if "text" in row else "result"
    if key not in row:
        raise _LeftOut("text: neither `text` nor `result` is given")
    return Answer(id=_id_of_today(str(row_id), row.get("file"), path, name), text=row[key])


def _id_of_today(row_id: str, file: Any, path: Path, field_name: str) -> str:
    found = ROW_ID.fullmatch(row_id)
    if found is None:
        raise _LeftOut(f"{field_name}: {row_id[:MAX_SHOWN]!r} is no id of BFCL's")
    category = found["category"]
    if category is None:
        category = file if isinstance(file, str) else _category_of_file(path)
    if category is None:
        raise _LeftOut(f"{field_name}: {row_id} has no category, and neither `file` nor the file's name tells it")
    return f"{OLD_NAMES.get(category, category)}_{found['number']}"


def _category_of_file(path: Path) -> str | None:
    found = FILE_NAME.match(path.name)
    return None if found is None else found["category"]
