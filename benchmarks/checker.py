"""Our checker beside the reference's, on the same cases, in one run, one core each, processor time.

python -m benchmarks.checker REFERENCE_FOLDER     (a virtual environment for the reference; made if it is not there)
"""

import argparse
import gzip
import json
import random
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.reference_checker import ReferenceChecker
from sparring.checker import check, check_batch
from sparring.records import Example
from sparring.sources.bfcl import CATEGORIES, load_rows
from sparring.sources.wheels import fetch_wheel

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "tests" / "data" / "recorded_verdicts.jsonl.gz"
NUM_PROMPTS, NUM_COMPLETIONS, NUM_PASSES = 300, 8, 10


def python_cases() -> list[dict[str, Any]]:
    """Recorded Python cases of the prompting form, with documents and gold."""
    wheel = fetch_wheel("bfcl-eval", ROOT / "data" / "raw")
    rows = {category: load_rows(wheel, category) for category in CATEGORIES}
    cases = []
    for line in gzip.decompress(RECORDED.read_bytes()).decode().splitlines():
        kept = json.loads(line)
        plain = not any(name in kept for name in ("mode", "language", "return_format", "tool_call_tag"))
        row = rows[kept["category"]].get(kept["id"].split("#")[0])
        if plain and row is not None and "functions" not in kept:
            cases.append(
                {
                    "row": row["id"],
                    "text": kept["text"],
                    "category": kept["category"],
                    "functions": row["function"],
                    "gold": row["ground_truth"],
                }
            )
    return cases


def examples_of(cases: list[dict[str, Any]]) -> dict[str, Example]:
    """The examples of the cases by row."""
    return {
        case["row"]: Example.model_validate(
            {
                "id": case["row"],
                "source": "bfcl",
                "category": case["category"],
                "tools": [
                    {k: f[k] for k in ("name", "description", "parameters") if k in f} for f in case["functions"]
                ],
                "messages": [{"role": "user", "content": "?"}],
                "gold": [{"name": name, "arguments": given} for call in case["gold"] for name, given in call.items()],
            }
        )
        for case in cases
    }


def rl_like(cases: list[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    """Eight completions a prompt, half of them repeated, the whole ten times over."""
    by_row: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in cases:
        by_row[case["row"]].append(case)
    batch = []
    for row in rng.sample(sorted(by_row), NUM_PROMPTS):
        distinct = [rng.choice(by_row[row]) for _ in range(NUM_COMPLETIONS // 2)]
        batch += distinct + distinct
    return batch * NUM_PASSES


def ours(cases: list[dict[str, Any]], mode: Any) -> tuple[list[bool], float]:
    """Our verdicts and the processor seconds; the examples are new, so nothing of them is known yet."""
    examples = examples_of(cases)
    pairs = [(examples[case["row"]], case["text"]) for case in cases]
    begin = time.process_time()
    verdicts = check_batch(pairs, mode)
    return [verdict.correct for verdict in verdicts], time.process_time() - begin


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.checker", description=__doc__)
    arguments.add_argument("reference", type=Path, help="folder of the reference's virtual environment")
    reference = ReferenceChecker(arguments.parse_args().reference)
    cases = python_cases()
    check(examples_of(cases[:1])[cases[0]["row"]], "[f()]")
    reference.judge(cases[:1])
    table = Table("cases", "mode", "ours, checks/s", "reference, checks/s", "ratio", title="one core, processor time")
    for label, batch in (("recorded, each once", cases), ("RL-like", rl_like(cases, random.Random(17)))):
        _, theirs = reference.judge(batch)
        for mode in ("bfcl", "strict"):
            _, seconds = ours(batch, mode)
            count = len(batch)
            table.add_row(
                f"{label} ({count})",
                mode,
                f"{count / seconds:,.0f}",
                f"{count / theirs:,.0f}",
                f"{theirs / seconds:.1f}",
            )
    Console(width=110).print(table)
    reference.close()


if __name__ == "__main__":
    main()
