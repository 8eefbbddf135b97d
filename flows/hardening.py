"""The claim, put to the test: does SFT on learnt attacks harden the target more than SFT on other rows?

    python -m flows.hardening --after r00 --random-seeds 17 18 19

For each seed of randomness the attackers are trained, every arm's target is fine-tuned on as many rows for as many
steps, and all of them answer the same held-out rows and attacks. Interrupted, it goes on where it stopped.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.arms import arms_round
from flows.costs import say_cost
from flows.machine_faults import ends_clearly
from sparring.engine.determinism import settle
from sparring.errors import InputError
from sparring.project.estimate import Study
from sparring.records import Example, Trial, by_id
from sparring.seals import is_sealed
from sparring.storage import write_json, write_jsonl
from sparring.studies.hardening import (
    ABLATIONS,
    ACCURACIES,
    ARMS,
    NO_GATES,
    SUCCESSES,
    HardeningResult,
    compare_hardened,
    hardening_table,
    power_text,
)
from sparring.terminal import say
from tasks.arms import expert_iteration
from tasks.hardening import batteries, battery_trials, harden, training_trials, without_gates
from tasks.rl_update import rl_update
from tasks.rounds import Round
from tasks.tracking import RoundRun, open_run


@flow(name="hardening", flow_run_name="hardening after {after}")
def hardening(
    root: Path, after: str, random_seeds: list[int], rows: int, seeds: int, per_seed: int, only: list[int] | None = None
) -> list[HardeningResult] | None:
    """Trains the attackers, hardens the targets, asks the battery; writes trials and hardening.json.

    With `only`, these of the random seeds alone are worked on, and nothing is compared: processes can share the work.
    """
    rounds = [arms_round(root, after, number) for number in random_seeds]
    own = [played for played in rounds if only is None or played.project.params.seed in only]
    arms = {played.name: (*ARMS, *ABLATIONS) if played is rounds[0] else ARMS for played in rounds}
    runs = {played.name: _attackers(played, arms[played.name]) for played in own}
    hardened = {played.name: _targets(played, arms[played.name], runs[played.name]) for played in own}
    out = root / "data" / "hardening" / after
    answered: dict[str, dict[str, list[Trial]]] = {arm: defaultdict(list) for arm in (*ARMS, *ABLATIONS)}
    examples: dict[str, Example] = {}
    for played in own:
        other = rounds[(rounds.index(played) + 1) % len(rounds)]
        fresh = None if other is played else other.bench.folder / "query"
        if fresh is not None and not is_sealed(other.bench.seals, fresh):
            say(f"{played.name}: its battery waits for the query model of {other.name}, which is not trained yet")
            continue
        settle(played.project.params.threads, played.project.params.seed)
        asked = batteries(played, fresh, rows, seeds, per_seed)
        if played is rounds[0]:
            say(power_text({measure: len(each.attacks) * len(rounds) for measure, each in asked.items()}))
        for measure, battery in asked.items():
            examples |= by_id(battery.seeds)
            for arm, adapter in hardened[played.name].items():
                trials = battery_trials(played, arm, adapter, measure, battery)
                write_jsonl(out / f"{measure}-{arm}-{played.project.params.seed}.jsonl", trials)
                answered[arm][measure] += trials
        runs[played.name].finish()
    if only is not None:
        return None
    results = compare_hardened(answered, examples, random_seeds[0])
    found = {"after": after, "random_seeds": random_seeds, "rows": rows, "seeds": seeds, "attacks_per_seed": per_seed}
    write_json(out / "hardening.json", found | {"results": [each.model_dump(mode="json") for each in results]})
    return results


def _attackers(played: Round, arms: Sequence[str]) -> RoundRun:
    """Trains the query models of the arms that learn."""
    settle(played.project.params.threads, played.project.params.seed)
    run = open_run(played)
    rl_update(played, run)
    expert_iteration(played, run)
    if NO_GATES in arms:
        rl_update(without_gates(played), run)
    return run


def _targets(played: Round, arms: Sequence[str], run: RoundRun) -> dict[str, Path]:
    """By arm the adapter of its target."""
    settle(played.project.params.threads, played.project.params.seed)
    return {arm: harden(played, arm, training_trials(played, arm), run) for arm in arms}


def main() -> None:
    """Command line."""
    made = parser("flows.hardening", "Harden the target of a finished round in every arm, and compare.")
    made.add_argument("--after", default="r00", help="the finished round whose players start (default: r00)")
    made.add_argument("--random-seeds", type=int, nargs="+", default=[17, 18, 19], help="one training each")
    made.add_argument("--rows", type=int, default=120, help="held-out rows of each untouched measure")
    made.add_argument("--seeds", type=int, default=60, help="held-out seeds that are attacked")
    made.add_argument("--attacks", type=int, default=2, help="attacks of each attacker on each seed")
    made.add_argument(
        "--only", type=int, nargs="+", help="work on these of the random seeds and compare nothing: one process each"
    )
    chosen = made.parse_args()
    root = chosen.root.resolve()
    with ends_clearly(root):
        if len(set(chosen.random_seeds)) < len(chosen.random_seeds):
            raise InputError("--random-seeds: the same seed stands twice")
        if unknown := set(chosen.only or ()) - set(chosen.random_seeds):
            raise InputError(f"--only: {min(unknown)} is none of --random-seeds")
        arms_round(root, chosen.after, chosen.random_seeds[0])  # wrong input is told before any server starts
        asked = (chosen.rows, chosen.seeds, chosen.attacks)
        count, arms = len(chosen.only or chosen.random_seeds), len(ARMS)
        attacked = count * arms * len(SUCCESSES) * chosen.seeds * chosen.attacks
        untouched = count * arms * len(ACCURACIES) * chosen.rows
        say_cost(root, Study(2 * count, count * (arms - 1), untouched, written=attacked // arms, attacked=attacked))
        found = hardening(root, chosen.after, chosen.random_seeds, *asked, chosen.only)
        if found is None:
            return
        print(hardening_table(found))
        say(f"written: data/hardening/{chosen.after}/hardening.json")


if __name__ == "__main__":
    main()
