"""How well a target answers after a warm start: one recipe a line, over the held-out rows of `val` and `test`.

    python -m benchmarks.warm_start PREPARED_PROJECT --examples 400 --epochs 2 --no-call .07 --layers 20 --seeds 17 18

Trains on the rows that a baseline would learn, and asks all held-out rows greedily; with --dials as a baseline is
served, its offset between calling and declining chosen on untouched rows of `val`. Nothing of the project changes.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

import flows  # noqa: F401  threads that wait do so as in a campaign
from sparring.config import Params
from sparring.engine.determinism import settle
from sparring.project.workspace import Workbench
from sparring.records import Rate, by_id
from sparring.statistics import rate
from sparring.studies.dials import dial_words
from sparring.studies.metrics import accuracy
from sparring.tables import rate_text
from tasks.dials import set_dials
from tasks.players import answer_seeds, target
from tasks.rounds import Round, open_round
from tasks.warm_start import target_jobs, write_mean

SPLITS = ("val", "test")


def learnt(played: Round, folder: Path, dialled: bool) -> tuple[int, dict[str, Rate]]:
    """Rows that were learnt, and by split and kind of row the share that is answered rightly."""
    project = played.project
    served = folder / "adapter"
    jobs = target_jobs(played, served)
    for job in jobs:
        unsaved = replace(job, hyper=replace(job.hyper, save_every=len(job.rows) * 100))
        unsaved.run(folder / f"{job.out.name}-steps", lambda step, metrics: None)
    write_mean(jobs, served)
    if dialled:
        served, bench = folder / "dialled", Workbench(folder, "dials")
        dial = set_dials(project, folder / "adapter", None, [], bench, served)
        print(f"random seed {project.params.seed}:", "no dials" if dial is None else dial_words(dial))
    answering = target(project, served)
    found: dict[str, Rate] = {}
    for split in SPLITS:
        seeds = project.examples(split)
        trials, examples = answer_seeds(project, answering, seeds, played.name), by_id(seeds)
        calling = [trial for trial in trials if examples[trial.attack.example_id].gold]
        declining = [trial for trial in trials if examples[trial.attack.example_id].wants_no_call]
        found |= {f"{split}, with a call": accuracy(calling), f"{split}, without": accuracy(declining)}
    for kind in ("with a call", "without"):
        parts = [found[f"{split}, {kind}"] for split in SPLITS]
        found[f"both, {kind}"] = rate(sum(part.count for part in parts), sum(part.total for part in parts))
    return len(jobs[0].rows), found


def recipe(params: Params, chosen: argparse.Namespace, seed: int) -> Params:
    """The project's recipe with what the command line says."""
    sizes = {"examples": chosen.examples, "epochs": chosen.epochs, "learning_rate": chosen.rate}
    sizes |= {"lora_layers": chosen.layers or None, "members": chosen.members}
    first = params.target.warm_start.model_copy(update=sizes)
    target_params = params.target.model_copy(update={"warm_start": first, "no_call_share": chosen.no_call})
    return params.model_copy(update={"seed": seed, "target": target_params})


def table(rows: Sequence[tuple[int, int, dict[str, Rate]]]) -> Table:
    """One line a seed of randomness."""
    made = Table("seed", "rows", *rows[0][2])
    for seed, count, found in rows:
        made.add_row(str(seed), str(count), *map(rate_text, found.values()))
    return made


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Accuracy after a warm start.")
    parser.add_argument("project", type=Path, help="a prepared project; it is only read")
    parser.add_argument("--examples", type=int, default=400, help="rows that are wanted")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--no-call", type=float, default=0.07, help="share of rows without a call")
    parser.add_argument("--layers", type=int, default=20, help="layers with an adapter, from the top; 0 for all")
    parser.add_argument("--rate", type=float, default=1e-3, help="learning rate")
    parser.add_argument("--members", type=int, default=1, help="trainings of which the target is the mean")
    parser.add_argument("--dials", action="store_true", help="as the recipe sets its dials, by untouched rows of val")
    parser.add_argument("--seeds", type=int, nargs="+", default=[17], help="of randomness, a training each")
    chosen = parser.parse_args()
    played = open_round(chosen.project.resolve(), "r00", None)
    found = []
    for seed in chosen.seeds:
        settle(played.project.params.threads, seed)
        varied = replace(played, project=replace(played.project, params=recipe(played.project.params, chosen, seed)))
        with tempfile.TemporaryDirectory() as folder:
            found.append((seed, *learnt(varied, Path(folder), chosen.dials)))
    Console(width=130).print(table(found))


if __name__ == "__main__":
    main()
