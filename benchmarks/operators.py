"""Each operator alone: how many seeds it applies to, what share of its attacks the gates accept, what share a target loses.

    python -m benchmarks.operators PREPARED_PROJECT
    python -m benchmarks.operators PREPARED_PROJECT --splits val --adapter models/r00/target --seeds 60 --attacks FILE

With an adapter the target answers the untouched seeds first, and only those that it answers rightly are attacked. The
accepted attacks can be kept, to be read one by one. Nothing of the project changes.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

import flows  # noqa: F401  threads that wait do so as in a campaign
from sparring.attacker.attacks import gate
from sparring.attacker.program import NAMES, Step, play
from sparring.engine.determinism import settle
from sparring.engine.number_format import load_recipe
from sparring.project.workspace import Project
from sparring.records import Attack, Example, GatedAttack, Trial, by_id
from sparring.statistics import rate
from sparring.storage import write_jsonl
from sparring.tables import rate_text
from tasks.players import answer, answer_seeds, target

NAME = "operators"


def attacks_of(seeds: Sequence[Example], number: int, names: Sequence[str]) -> list[Attack]:
    """One attack by each operator on each seed that it changes."""
    made = []
    for name in names:
        for seed in seeds:
            query, steps, turns = play((Step(name),), seed, number)
            if steps:
                given = {"example_id": seed.id, "query": query, "strategy": name, "round": NAME, "seed": number}
                made.append(Attack(id=f"{name}:{seed.id}", turns=turns, **given))
    return made


def answered_rightly(project: Project, adapter: Path, seeds: Sequence[Example], most: int) -> list[Trial]:
    """Trials of the first seeds in a fixed order that the target answers rightly when nobody attacks."""
    drawn = random.Random(project.params.seed).sample(list(seeds), min(len(seeds), 2 * most))
    trials = answer_seeds(project, target(project, adapter), drawn, NAME)
    return [trial for trial in trials if all(verdict.correct for verdict in trial.verdicts)][:most]


def table(gated: Sequence[GatedAttack], trials: Sequence[Trial], names: Sequence[str], num_seeds: int) -> Table:
    """One line an operator, in the order in which they are listed."""
    columns = [
        "operator",
        "seeds it changes",
        "accepted",
        *(["won, of those accepted"] if trials else []),
        "rejected by",
    ]
    made = Table(*columns, title=f"{num_seeds} seeds")
    for name in names:
        own = [one for one in gated if one.attack.strategy == name]
        if not own:
            made.add_row(name, "0", *["-"] * (len(columns) - 2))
            continue
        reasons = [one.rejected_by for one in own if one.rejected_by is not None]
        shown = ", ".join(f"{reason} {reasons.count(reason)}" for reason in dict.fromkeys(reasons))
        judged = [trial for trial in trials if trial.attack.strategy == name and trial.valid]
        won = sum(not all(verdict.correct for verdict in trial.verdicts) for trial in judged)
        success = [rate_text(rate(won, len(judged)))] if trials else []
        made.add_row(name, str(len(own)), rate_text(rate(len(own) - len(reasons), len(own))), *success, shown)
    return made


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Each operator alone: its reach, its validity, its success.")
    parser.add_argument("project", type=Path, help="a prepared project; it is only read")
    parser.add_argument("--splits", nargs="+", default=["val", "test"])
    parser.add_argument("--operators", nargs="+", default=list(NAMES), choices=list(NAMES))
    parser.add_argument("--adapter", type=Path, help="of a target, which then answers the accepted attacks")
    parser.add_argument("--seeds", type=int, default=60, help="rightly answered seeds that are attacked")
    parser.add_argument("--attacks", type=Path, help="a file for the attacks, judged where there is a target")
    chosen = parser.parse_args()
    root = chosen.project.resolve()
    project = Project(root, load_recipe(root))
    settle(project.params.threads, project.params.seed)
    seeds = [seed for split in chosen.splits for seed in project.examples(split)]
    untouched: list[Trial] = []
    if chosen.adapter:
        untouched = answered_rightly(project, root / chosen.adapter, seeds, chosen.seeds)
        known = by_id(seeds)
        seeds = [known[trial.attack.example_id] for trial in untouched]
    gated = gate(project.gatekeeper, attacks_of(seeds, project.params.seed, chosen.operators), seeds)
    trials = answer(project, target(project, root / chosen.adapter), gated, seeds, untouched) if chosen.adapter else []
    if chosen.attacks:
        write_jsonl(chosen.attacks, trials or gated)
    Console(width=150).print(table(gated, trials, chosen.operators, len(seeds)))


if __name__ == "__main__":
    main()
