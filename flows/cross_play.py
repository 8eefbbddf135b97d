"""Cross-play: every query model of a campaign against every target, on the same held-out seeds.

    python -m flows.cross_play --fresh 101

With --fresh, one more query model is trained from the baseline's against the last champion, from another seed of
randomness: what it reaches is the hardening that holds against an attacker that the target never met.
"""

from dataclasses import replace
from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.costs import say_cost
from flows.machine_faults import ends_clearly
from sparring.config import BASELINE, load_params
from sparring.engine.determinism import settle
from sparring.engine.number_format import load_recipe
from sparring.errors import InputError
from sparring.project.counting import Study
from sparring.project.workspace import Project
from sparring.records import Trial, by_id
from sparring.storage import RoundPaths
from sparring.studies.cross_play import CrossPlay, matrix, matrix_table, save_matrix
from sparring.terminal import say
from tasks.cross_play import attacks_of, pairing, seeds_for_all
from tasks.rl_update import rl_update
from tasks.rounds import Round
from tasks.served_models import needs_local_attacker
from tasks.tracking import open_run


@flow(name="cross-play")
def cross_play(root: Path, wanted: int, attacks_per_seed: int, fresh: int | None) -> CrossPlay:
    """Plays every pair that was not played before; writes and returns the matrix."""
    params = load_recipe(root)
    needs_local_attacker(params, "cross-play")
    rounds = finished_rounds(root)
    played = Round(Project(root, params), "cross-play", rounds[-1])
    settle(params.threads, params.seed)
    queries = {name: RoundPaths(root, name).query_adapter for name in rounds}
    targets = {name: RoundPaths(root, name).target_adapter for name in rounds}
    if fresh is not None:
        queries[f"fresh {fresh}"] = fresh_attacker(played, fresh)
    seeds = seeds_for_all(played, list(targets.values()), wanted)
    if not seeds:
        raise InputError("no held-out seed is answered rightly by every target: nothing can be compared")
    trials: dict[tuple[str, str], list[Trial]] = {}
    for query, adapter in queries.items():
        attacks = attacks_of(played, adapter, seeds, attacks_per_seed)
        for name, opponent in targets.items():
            trials[query, name] = pairing(played, adapter, opponent, attacks, seeds)
    found = matrix(trials, len(seeds), attacks_per_seed, by_id(seeds))
    save_matrix(root / "data" / "cross_play.json", found)
    return found


def fresh_attacker(played: Round, number: int) -> Path:
    """Adapter of a query model trained from the baseline's against the last round's champion."""
    anew = Round(played.project.changed(seed=number), f"fresh-{number}", played.after)
    rl_update(anew, open_run(anew), RoundPaths(played.project.root, BASELINE).query_adapter)
    return anew.bench.folder / "query"


def finished_rounds(root: Path) -> list[str]:
    """The baseline and every finished round of params.yaml.

    Raises:
        InputError: Nothing was played yet.
    """
    names = [BASELINE, *load_params(root / "params.yaml").rounds]
    played = [name for name in names if RoundPaths(root, name).manifest.exists()]
    if not played:
        raise InputError(f"{RoundPaths(root, BASELINE).manifest}: no such file; play round {BASELINE} first")
    return played


def main() -> None:
    """Command line."""
    arguments = parser("flows.cross_play", "Play every query model against every target on the same held-out seeds.")
    arguments.add_argument("--seeds", type=int, default=40, help="held-out seeds at most (default: 40)")
    arguments.add_argument("--attacks", type=int, default=2, help="attacks of a query model on each seed (default: 2)")
    arguments.add_argument("--fresh", type=int, help="also train a query model anew, from this seed of randomness")
    chosen = arguments.parse_args()
    root = chosen.root.resolve()
    with ends_clearly(root):
        targets, fresh = len(finished_rounds(root)), chosen.fresh is not None
        written = (targets + fresh) * chosen.seeds * chosen.attacks
        study = Study(rl_updates=int(fresh), untouched=targets * 5 * chosen.seeds, written=written)
        say_cost(root, replace(study, attacked=targets * written))
        print(matrix_table(cross_play(root, chosen.seeds, chosen.attacks, chosen.fresh)))
        say("written: data/cross_play.json")


if __name__ == "__main__":
    main()
