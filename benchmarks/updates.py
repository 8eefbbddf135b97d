"""Which update teaches without harm, told by `val` alone: one line a way to update, all from the same attackers.

    python -m benchmarks.updates PLAYED_PROJECT --after r00 --random-seed 90 \
        --try '{"no_call_share": 0.2}' --try '{"no_call_share": 0.35, "learning_rate": 6.0e-4}'

A query model is trained by the project's recipe against the round's target and attacks training seeds; each way learns
from what it won, and answers every row of `val`, untouched and attacked, without an offset. It is what a recipe is
chosen by, before a study whose rows nothing was chosen on. Interrupted, it goes on where it stopped; of the project
nothing changes but its work folder.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import flow
from rich.console import Console
from rich.table import Table

import flows  # noqa: F401  threads that wait do so as in a campaign
from flows.arms import arms_round
from sparring.engine.determinism import settle
from sparring.project.workspace import Workbench
from sparring.studies.dials import setting
from tasks.dials import TRAINED, asked, validation_attacks, validation_seeds, where_decided
from tasks.hardening import attackers, update_round
from tasks.rounds import Round
from tasks.sft_augmentation import sft_augmentation
from tasks.tracking import open_run
from tasks.tuning import Tuning

ALL_ROWS = 10_000  # of `val`, more than there are
BASE = "none"


@flow(name="updates", flow_run_name="updates after {after}")
def updates(root: Path, after: str, random_seed: int, ways: Sequence[str]) -> list[tuple[str, dict[str, float]]]:
    """By way the share of each part of `val` that is answered rightly; the target before comes first."""
    played = arms_round(root, after, random_seed)
    dials = played.project.params.dials.model_copy(update={"examples": ALL_ROWS, "scales": []})
    played = replace(played, project=played.project.changed(dials=dials))
    settle(played.project.params.threads, random_seed)
    attackers(played)
    found = [(BASE, read(played, played.target_adapter, replace(played, name=f"{played.name}-{BASE}").bench))]
    for way in ways:
        settle(played.project.params.threads, random_seed)
        changes = json.loads(way)
        made = update_round(played, _name(changes), changes)
        run = open_run(made)
        sft_augmentation(made, run)
        run.finish()
        found.append((way, read(played, made.bench.folder / TRAINED, made.bench)))
    return found


def read(played: Round, adapter: Path, bench: Workbench) -> dict[str, float]:
    """What the rows of `val` say of an adapter as it was trained, by part."""
    project = played.project
    rows, decided = asked(validation_seeds(project), validation_attacks(played)), where_decided(project)
    if decided is None:
        raise SystemExit("calls and declining do not part at one token of this tokenizer")
    bench.folder.mkdir(parents=True, exist_ok=True)
    return setting(Tuning(project, adapter, None, rows, decided, bench).rows(1.0), 1.0, 0.0, {}, {}).shares


def _name(changes: dict[str, Any]) -> str:
    """A way's name in the name of a folder, whatever its values are."""
    return "way" + hashlib.sha256(json.dumps(changes, sort_keys=True).encode()).hexdigest()[:8]


def table(found: Sequence[tuple[str, dict[str, float]]]) -> Table:
    """One line a way."""
    made = Table("update", *found[0][1])
    for way, shares in found:
        made.add_row(way, *(f"{share:.3f}" for share in shares.values()))
    return made


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Ways to update a target, told by val.")
    parser.add_argument("project", type=Path, help="a project whose round was played")
    parser.add_argument("--after", default="r00", help="the round whose target is updated")
    parser.add_argument("--random-seed", type=int, default=90, help="one that no result comes from")
    parser.add_argument("--try", dest="ways", action="append", default=[], metavar="JSON", help="changes of `sft`")
    chosen = parser.parse_args()
    found = updates(chosen.project.resolve(), chosen.after, chosen.random_seed, chosen.ways or ["{}"])
    Console(width=160).print(table(found))


if __name__ == "__main__":
    main()
