"""Control arms: does learning to attack beat fixed patterns? Every attacker against one frozen target.

    python -m flows.arms --after r00 --random-seeds 17 18 19

For each seed of randomness the query model is trained anew, by RL and by expert iteration; rules, the untrained base
and the warm start attack beside them, all on the same held-out seeds of both kinds. Interrupted, it goes on where it
stopped.
"""

from collections import defaultdict
from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.costs import say_cost
from flows.machine_faults import ends_clearly
from sparring.attacker.seeds import of_both_kinds
from sparring.engine.determinism import settle
from sparring.engine.number_format import load_recipe
from sparring.manifests import read_manifest
from sparring.names import checked, round_name
from sparring.project.counting import Study
from sparring.project.workspace import Project
from sparring.records import Example, Trial, by_id
from sparring.storage import RoundPaths, write_json, write_jsonl
from sparring.studies.arms import ArmResult, arms_table, carriers_table, compare_arms, operators_table
from sparring.terminal import say
from tasks.arms import ARMS, expert_iteration, heldout_seeds, play_arm
from tasks.rl_update import rl_update
from tasks.rounds import Round
from tasks.served_models import needs_local_attacker
from tasks.tracking import open_run

OF_INTEREST, BEFORE_RL = "rl", "warm_start"


@flow(name="control-arms", flow_run_name="arms after {after}")
def arms(
    root: Path, after: str, random_seeds: list[int], heldout: int, attacks_per_seed: int, probe: int
) -> list[ArmResult]:
    """Trains what is to be trained, plays every arm, writes the trials and arms.json; returns the arms' results."""
    out = root / "data" / "arms" / after
    trials: dict[str, list[Trial]] = defaultdict(list)
    curves: dict[str, list[Trial]] = defaultdict(list)
    examples: dict[str, Example] = {}
    for number in random_seeds:
        played = arms_round(root, after, number)
        settle(played.project.params.threads, number)
        run = open_run(played)
        rl_update(played, run)
        expert_iteration(played, run)
        seeds = heldout_seeds(played, heldout)
        examples |= by_id(seeds)
        for arm in ARMS:
            answered = play_arm(played, arm, seeds, attacks_per_seed)
            trials[arm] += answered
            write_jsonl(out / f"{arm}-{number}.jsonl", answered)
        probes = of_both_kinds(seeds, probe, played.project.params.sampling.no_call_share)
        probed_ids = {seed.id for seed in probes}
        before = play_arm(played, BEFORE_RL, seeds, attacks_per_seed)
        curves["step 0"] += [trial for trial in before if trial.attack.example_id in probed_ids]
        for step, adapter in checkpoints(played):
            curves[f"step {step}"] += play_arm(played, f"rl-step-{step}", probes, attacks_per_seed, adapter)
        run.finish()
    results = compare_arms(trials, OF_INTEREST, random_seeds[0], examples)
    last = list(curves)[-1]
    probed = compare_arms(dict(curves), last, random_seeds[0], examples)
    write_json(
        out / "arms.json",
        {
            "after": after,
            "random_seeds": random_seeds,
            "heldout_seeds": heldout,
            "attacks_per_seed": attacks_per_seed,
            "arms": [found.model_dump(mode="json") for found in results],
            "curve": [found.model_dump(mode="json") for found in probed],
        },
    )
    print(arms_table(probed, last, f"RL over its steps, {probe} probe seeds"))
    return results


def arms_round(root: Path, after: str, number: int) -> Round:
    """A round that is never published, of its own seed of randomness, that keeps all checkpoints of RL."""
    params = load_recipe(root)
    needs_local_attacker(params, "the study of arms")
    read_manifest(RoundPaths(root, checked("--after", after, round_name)))
    rl = params.rl.model_copy(update={"keep_checkpoints": params.rl.steps})
    return Round(Project(root, params).changed(seed=number, rl=rl), f"arms-{after}-{number}", after)


def checkpoints(played: Round) -> list[tuple[int, Path]]:
    """The RL checkpoints of a round of arms, by step."""
    folders = (played.bench.folder / "rl").glob("checkpoint-*")
    return sorted((int(folder.name.split("-")[1]), folder) for folder in folders)


def main() -> None:
    """Command line."""
    arguments = parser("flows.arms", "Play every control arm against the target of a finished round.")
    arguments.add_argument("--after", default="r00", help="the finished round whose players play (default: r00)")
    arguments.add_argument("--random-seeds", type=int, nargs="+", default=[17, 18, 19], help="one training each")
    arguments.add_argument("--heldout", type=int, default=60, help="held-out seeds that every arm attacks")
    arguments.add_argument("--attacks", type=int, default=2, help="attacks of an arm on each seed")
    arguments.add_argument("--probe", type=int, default=30, help="held-out seeds that every RL checkpoint attacks")
    chosen = arguments.parse_args()
    root, count = chosen.root.resolve(), len(chosen.random_seeds)
    with ends_clearly(root):
        params = arms_round(root, chosen.after, chosen.random_seeds[0]).project.params
        probes = chosen.probe * (1 + params.rl.steps // params.rl.save_every)
        attacked = count * chosen.attacks * (len(ARMS) * chosen.heldout + probes)
        say_cost(root, Study(rl_updates=2 * count, untouched=chosen.heldout * 4, written=attacked, attacked=attacked))
        results = arms(root, chosen.after, chosen.random_seeds, chosen.heldout, chosen.attacks, chosen.probe)
        print(arms_table(results, OF_INTEREST, f"arms against the target of {chosen.after}"))
        print(carriers_table(results))
        print(operators_table(next(found for found in results if found.arm == OF_INTEREST)))
        say(f"written: data/arms/{chosen.after}/arms.json")


if __name__ == "__main__":
    main()
