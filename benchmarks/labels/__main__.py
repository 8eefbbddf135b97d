"""Accepted attacks to be read, and what two readings of them say.

    python -m benchmarks.labels draw PROJECT 2 --trials TRIALS.jsonl ... --without set1.jsonl > drawn.jsonl
    python -m benchmarks.labels show drawn.jsonl --order 1                   each as a reader needs it, in an order of its own
    python -m benchmarks.labels join drawn.jsonl first.jsonl --second second.jsonl --settled settled.jsonl > set2.jsonl
    python -m benchmarks.labels score benchmarks/labels/set2.jsonl           share right by family, agreement
    python -m benchmarks.labels blind benchmarks/labels/set2.jsonl 5         for somebody else, with broken rewrites among them
    python -m benchmarks.labels named benchmarks/labels/set2.jsonl 5 READINGS.jsonl --reader A > reader_a.jsonl
    python -m benchmarks.labels others benchmarks/labels/set2.jsonl reader_a.jsonl ...      what they say of the set

A reading is {"id", "label", "reason"} a line. PROJECT has its models and splits and is only read.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from pydantic import BaseModel
from rich.console import Console

from benchmarks.labels.blind import BlindRow, blind_rows, tool_line
from benchmarks.labels.drawing import Drawing
from benchmarks.labels.others import OthersReading, others_table
from benchmarks.labels.rows import DrawnAttack, LabelledAttack, Reading
from benchmarks.labels.scoring import joined, label_table
from sparring.gate_benchmark.cases import read_cases
from sparring.gate_benchmark.natural import NATURAL
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


def blind(chosen: argparse.Namespace) -> None:
    """Prints a set for readers who took no part."""
    for row in _blind(chosen):
        print(row.text())


def named(chosen: argparse.Namespace) -> None:
    """Prints the readings of a set as `blind` showed it, under the ids of the set."""
    rows = {row.name: row for row in _blind(chosen)}
    for reading in read_jsonl(chosen.readings, Reading):
        row = rows[reading.id]
        found = reading.model_dump() | {"id": row.of, "by_hand": row.by_hand, "reader": chosen.reader}
        print(OthersReading(**found).model_dump_json())


def others(chosen: argparse.Namespace) -> None:
    """Prints what readers who took no part say of a set, and of the rewrites among it."""
    readings = [row for path in chosen.readings for row in read_jsonl(path, OthersReading)]
    rewrites = {row.id: row for row in read_cases(NATURAL)}
    Console(width=200).print(others_table(read_jsonl(chosen.labelled, LabelledAttack), rewrites, readings))


def _blind(chosen: argparse.Namespace) -> list[BlindRow]:
    return blind_rows(read_jsonl(chosen.drawn, LabelledAttack), read_cases(NATURAL), chosen.number)


def _print(rows: Iterable[BaseModel]) -> None:
    for row in rows:
        print(row.model_dump_json(), flush=True)


def _shown(row: DrawnAttack) -> str:
    """Tools in one line each, the gold, the seed's request, and what is said."""
    parts = [f"### {row.id} {row.example_id} [{row.strategy}]", *map(tool_line, row.tools)]
    gold = [{call.name: call.arguments} for call in row.gold]
    parts.append(f"GOLD {json.dumps(gold, ensure_ascii=False) if gold else 'no call'}")
    parts.append(f"SEED {row.query}")
    return "\n".join([*parts, *(message.line for message in row.messages), ""])


def main() -> None:
    """Command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = made.add_subparsers(required=True)
    parts: dict[Callable[[argparse.Namespace], None], list[str]] = {
        draw: ["project"], show: ["drawn"], join: ["drawn", "first"], score: ["labelled"],
        blind: ["drawn"], named: ["drawn"], others: ["labelled"],
    }  # fmt: skip
    for command, paths in parts.items():
        own = kinds.add_parser(command.__name__, help=command.__doc__)
        own.set_defaults(command=command)
        for path in paths:
            own.add_argument(path, type=Path)
        if command in (draw, blind, named):
            own.add_argument("number", type=int, help="decides the draw, or the order")
        if command is named:
            own.add_argument("readings", type=Path)
            own.add_argument("--reader", required=True, help="whose they are")
        if command is others:
            own.add_argument("readings", type=Path, nargs="+")
        if command is draw:
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
