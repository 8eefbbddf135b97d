"""The Berkeley Function Calling Leaderboard v4, single-turn, from its wheel (Apache-2.0).

Rows that no answer can satisfy are left out (`UNSATISFIABLE`); rows whose gold is known to be wrong stay and are named
(`WRONG_GOLD`), so that scores can be reported with and without them.
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sparring.records import Example
from sparring.storage import InputError

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


def example(row: dict[str, Any]) -> Example:
    """A raw row as an example."""
    category = row["category"]
    language = category.removeprefix("simple_") if category in {"simple_java", "simple_javascript"} else "python"
    return Example.model_validate(
        {
            "id": row["id"],
            "source": "bfcl",
            "category": category,
            "language": language,
            "tools": [
                {key: function[key] for key in ("name", "description", "parameters") if key in function}
                for function in row["function"]
            ],
            "messages": [{"role": m["role"], "content": m["content"]} for turn in row["question"] for m in turn],
            "gold": [
                {"name": name, "arguments": arguments}
                for call in row["ground_truth"]
                for name, arguments in call.items()
            ],
        }
    )


def _lines(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).decode("utf-8").split("\n") if line.strip()]
