"""Accepted attacks to be read, and what two readings of them say.

    python -m benchmarks.labels draw PROJECT 2 --trials TRIALS.jsonl ... --without set1.jsonl > drawn.jsonl
    python -m benchmarks.labels show drawn.jsonl --order 1                   each as a reader needs it, in an order of its own
    python -m benchmarks.labels join drawn.jsonl first.jsonl --second second.jsonl --settled settled.jsonl > set2.jsonl
    python -m benchmarks.labels score benchmarks/labels/set2.jsonl           share right by family, agreement

A reading is {"id", "label", "reason"} a line. PROJECT has its models and splits and is only read.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from pydantic import BaseModel
from rich.console import Console

from benchmarks.labels.drawing import Drawing
from benchmarks.labels.rows import DrawnAttack, LabelledAttack, Reading
from benchmarks.labels.scoring import joined, label_table
from sparring.records import Trial
from sparring.storage import read_jsonl


def draw(chosen: argparse.Namespace) -> None:
    """Prints a set to be read."""
    from sparring.engine.determinism import settle
    from sparring.engine.number_format import load_recipe
    from sparring.project.workspace import Project

    root = chosen.project.resolve()
    project = Project(root, load_recipe(root))
    settle(1, project.params.seed)  # short texts one by one: more threads wait for each other
    before = {row.example_id for path in chosen.without for row in read_jsonl(path, LabelledAttack)}
    seeds = [seed for seed in project.examples("train") if seed.can_be_attacked and seed.id not in before]
    trials = [trial for path in chosen.trials for trial in read_jsonl(path, Trial)]
    _print(Drawing(seeds, project.gatekeeper, trials, chosen.number).attacks())


def show(chosen: argparse.Namespace) -> None:
    """Prints what a reader needs of each attack."""
    rows = read_jsonl(chosen.drawn, DrawnAttack)
    for row in Random(chosen.order).sample(rows, len(rows)):
        print(_shown(row))


def join(chosen: argparse.Namespace) -> None:
    """Prints the set with both labels."""
    second = read_jsonl(chosen.second, Reading) if chosen.second else None
    settled = read_jsonl(chosen.settled, Reading) if chosen.settled else ()
    _print(joined(read_jsonl(chosen.drawn, DrawnAttack), read_jsonl(chosen.first, Reading), second, settled))


def score(chosen: argparse.Namespace) -> None:
    """Prints the table."""
    Console(width=150).print(label_table(read_jsonl(chosen.labelled, LabelledAttack)))


def _print(rows: Iterable[BaseModel]) -> None:
    for row in rows:
        print(row.model_dump_json(), flush=True)


def _shown(row: DrawnAttack) -> str:
    """Tools in one line each, the gold, the seed's request, and what is said."""
    parts = [f"### {row.id} {row.example_id} [{row.strategy}]"]
    for tool in row.tools:
        required = tool.parameters.get("required") or ()
        given = [
            f"{name}{'*' if name in required else ''}: {json.dumps(schema, ensure_ascii=False)}"
            for name, schema in tool.parameters.get("properties", {}).items()
        ]
        parts.append(f"- {tool.name}: {tool.description} | {'; '.join(given)}")
    gold = [{call.name: call.arguments} for call in row.gold]
    parts.append(f"GOLD {json.dumps(gold, ensure_ascii=False) if gold else 'no call'}")
    parts.append(f"SEED {row.query}")
    return "\n".join([*parts, *(message.line for message in row.messages), ""])


def main() -> None:
    """Command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = made.add_subparsers(required=True)
    parts: dict[Callable[[argparse.Namespace], None], list[str]] = {
        draw: ["project"], show: ["drawn"], join: ["drawn", "first"], score: ["labelled"]
    }  # fmt: skip
    for command, paths in parts.items():
        own = kinds.add_parser(command.__name__, help=command.__doc__)
        own.set_defaults(command=command)
        for path in paths:
            own.add_argument(path, type=Path)
        if command is draw:
            own.add_argument("number", type=int, help="decides the draw")
            own.add_argument("--trials", nargs="+", type=Path, required=True, help="of trained query models")
            own.add_argument(
                "--without", nargs="*", type=Path, default=[], help="labelled sets whose seeds are left out"
            )
        if command is join:
            own.add_argument("--second", type=Path, help="another reading")
            own.add_argument("--settled", type=Path, help="the last word where two readings differ")
        if command is show:
            own.add_argument("--order", type=int, default=0, help="decides the order")
    chosen = made.parse_args()
    chosen.command(chosen)


if __name__ == "__main__":
    main()
