"""Tries odd inputs at every boundary, each for the same time, and says what was no error of the boundary's own.

    python -m benchmarks.fuzz --minutes 60 --seed 1 --out TABLE.md
    python -m benchmarks.fuzz --again .work/fuzz/own_rows/1-42.input

A finding is an exception that is not the boundary's own, ten seconds of one input, a gigabyte more than at the start, or
a result that does not read back equal. Each is kept below .work/fuzz, made as small as five seconds make it, beside its
traceback. Exit code 1 where there was one.
"""

import argparse
import importlib
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.fuzz import answers, files, queries, recipes, replies, rows
from benchmarks.fuzz.boundary import Boundary
from benchmarks.fuzz.running import Outcome, run
from sparring.dialects import DIALECTS
from sparring.sources.hub import CONVERTERS

CASES = Path(".work") / "fuzz"
BOUNDARIES: dict[str, Callable[[], Boundary]] = {
    **{f"answers {name}": lambda name=name: answers.dialect_boundary(name) for name in DIALECTS},
    "recorded answers": answers.recorded_answers,
    "recorded verdicts": answers.recorded_verdicts,
    **{f"queries {kind}": lambda kind=kind: queries.of_kind(kind) for kind in ("gate", "operator", "normalise")},
    "programs": queries.programs,
    "shown text": queries.shown_text,
    "own rows": rows.own_rows,
    **{f"hub rows {name}": lambda name=name: rows.hub_rows(name) for name in CONVERTERS},
    "bfcl rows": rows.bfcl,
    "labelled rewrites": rows.labelled_rewrites,
    "schemas": rows.schemas,
    "tool names": rows.tool_names,
    "endpoint replies": replies.replies,
    "served models": replies.served_models,
    "manifests": files.manifests,
    "reports": files.reports,
    "seals": files.seals,
    "journals": files.journals,
    "aliases": files.aliases,
    "archives": files.archives,
    "recipes": recipes.recipes,
    "profiles": recipes.profiles,
}


def fuzz(
    boundaries: Mapping[str, Callable[[], Boundary]], seconds: float, seed: int, cases: Path
) -> dict[str, Outcome]:
    """What came of each boundary, all together in the given time."""
    return {name: run(name, make(), seed, seconds / len(boundaries), cases) for name, make in boundaries.items()}


def table(found: Mapping[str, Outcome]) -> str:
    """One line a boundary."""
    lines = ["| reads | inputs | findings | slowest, s | peak, MB |", "|---|---|---|---|---|"]
    for name, one in found.items():
        lines.append(f"| {name} | {one.tried:,} | {len(one.findings)} | {one.slowest_s:.2f} | {one.peak_mb:.0f} |")
    inputs, findings = sum(one.tried for one in found.values()), sum(len(one.findings) for one in found.values())
    slowest, peak = max(one.slowest_s for one in found.values()), max(one.peak_mb for one in found.values())
    return "\n".join([*lines, f"| **all** | {inputs:,} | {findings} | {slowest:.2f} | {peak:.0f} |"]) + "\n"


def again(path: Path) -> None:
    """Reads one kept input as its boundary does; what it raises is shown whole."""
    boundary = BOUNDARIES[path.parent.name.replace("_", " ")]()
    with tempfile.TemporaryDirectory() as folder:
        try:
            boundary.read(path.read_bytes(), Path(folder))
        except boundary.errors as error:
            print(f"{type(error).__name__}: {error}")


def main() -> None:
    """Command line."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    arguments.add_argument("--minutes", type=float, default=60.0)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", help="boundaries whose names begin so")
    arguments.add_argument("--again", type=Path, help="a kept input to read once more")
    arguments.add_argument("--out", type=Path, help="Markdown file of the table")
    chosen = arguments.parse_args()
    if chosen.again is not None:
        again(chosen.again)
        return
    for library in ("matplotlib.backends.backend_agg", "sparring.report"):  # children take them over
        importlib.import_module(library)
    some = {name: make for name, make in BOUNDARIES.items() if name.startswith(chosen.only or "")}
    if not some:
        arguments.error(f"--only {chosen.only}: there are {', '.join(BOUNDARIES)}")
    found = fuzz(some, 60 * chosen.minutes, chosen.seed, CASES)
    text = table(found)
    print(text)
    if chosen.out is not None:
        chosen.out.write_text(text, encoding="utf-8")
    sys.exit(1 if any(one.findings for one in found.values()) else 0)


if __name__ == "__main__":
    main()
