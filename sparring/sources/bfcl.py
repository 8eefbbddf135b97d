"""The Berkeley Function Calling Leaderboard v4, single-turn, from its wheel (Apache-2.0).

Rows that no answer can satisfy are left out (`UNSATISFIABLE`); rows whose gold is known to be wrong stay and are named
(`WRONG_GOLD`), so that scores can be reported with and without them.
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sparring.errors import InputError
from sparring.records import Example
from sparring.sources.foreign import check_kept
from sparring.sources.tool_forms import tools_as_they_are
from sparring.storage import first_fault

CATEGORIES = (
    "simple_python",
    "simple_java",
    "simple_javascript",
    "multiple",
    "parallel",
    "parallel_multiple",
    "irrelevance",
    "live_simple",
    "live_multiple",
    "live_parallel",
    "live_parallel_multiple",
    "live_irrelevance",
    "live_relevance",
)
UNSATISFIABLE = frozenset(
    {"live_simple_106-63-0", "live_simple_112-68-0", "live_multiple_862-181-3", "live_multiple_964-207-0"}
)
WRONG_GOLD = frozenset(
    {
        "live_simple_137-90-0",
        "live_simple_138-91-0",
        "parallel_84",
        "parallel_155",
        "parallel_158",
        "parallel_170",
        "live_multiple_17-4-9",
    }
)


def load_bfcl(wheel: Path, categories: Sequence[str]) -> list[Example]:
    """Examples of the categories, in the files' order.

    Raises:
        InputError: A category is unknown; names the known ones.
    """
    return [
        example(row)
        for category in categories
        for row in load_rows(wheel, category).values()
        if row["id"] not in UNSATISFIABLE
    ]


def load_rows(wheel: Path, category: str) -> dict[str, dict[str, Any]]:
    """Raw rows of a category by id: BFCL's keys, and `ground_truth` where there is one, and `category`.

    Raises:
        InputError: The category is unknown.
    """
    if category not in CATEGORIES:
        raise InputError(f"unknown BFCL category {category!r}; allowed: {', '.join(CATEGORIES)}")
    name = f"BFCL_v4_{category}.json"
    with zipfile.ZipFile(wheel) as archive:
        rows = _lines(archive, f"bfcl_eval/data/{name}")
        answers = f"bfcl_eval/data/possible_answer/{name}"
        gold = (
            {row["id"]: row["ground_truth"] for row in _lines(archive, answers)}
            if answers in archive.namelist()
            else {}
        )
    return {row["id"]: row | {"ground_truth": gold.get(row["id"], []), "category": category} for row in rows}


class _Said(BaseModel):
    role: str
    content: str


class _Row(BaseModel):
    id: str
    category: str
    question: list[list[_Said]]
    ground_truth: list[dict[str, dict[str, list[Any]]]]


def example(row: dict[str, Any]) -> Example:
    """A raw row as an example.

    Raises:
        InputError: It is no row of BFCL's form; names the row and the field.
    """
    try:
        check_kept(row)
        read = _Row.model_validate(row)
        java = read.category in {"simple_java", "simple_javascript"}
        return Example.model_validate(
            {
                "id": read.id,
                "source": "bfcl",
                "category": read.category,
                "language": read.category.removeprefix("simple_") if java else "python",
                "tools": tools_as_they_are(row.get("function"), "function"),
                "messages": [said.model_dump() for turn in read.question for said in turn],
                "gold": [
                    {"name": name, "arguments": arguments}
                    for call in read.ground_truth
                    for name, arguments in call.items()
                ],
            }
        )
    except ValidationError as error:
        raise InputError(f"BFCL row {row.get('id')!r}: {first_fault(error)}") from None
    except InputError as error:
        raise InputError(f"BFCL row {row.get('id')!r}: {error}") from None


def _lines(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).decode("utf-8").split("\n") if line.strip()]
