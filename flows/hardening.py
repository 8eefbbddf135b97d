"""The claim, put to the test: which update hardens the target, and does it cost elsewhere?

    python -m flows.hardening --after r00 --random-seeds 101 102 103

For each seed of randomness a query model is trained, every arm's target learns what the arm says, each as it was
trained and with its dials set, and all of them answer the same untouched rows and attacks; against the target before
and every arm with its dials a query model is trained anew. Interrupted, it goes on where it stopped.
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
from sparring.project.counting import Study
from sparring.records import Example, Trial, by_id
from sparring.storage import write_json, write_jsonl
from sparring.studies.hardening import (
    ACCURACIES,
    ARMS,
    BASE,
    DIALLED,
    SUCCESSES,
    HardeningResult,
    compare_hardened,
    hardening_table,
    power_text,
)
from sparring.terminal import say
from tasks.hardening import Battery, against, attackers, batteries, battery_trials, harden, written_by
from tasks.rounds import Round

ANEW = "anew"


@flow(name="hardening", flow_run_name="hardening after {after}")
def hardening(
    root: Path,
    after: str,
    random_seeds: list[int],
    arms: list[str],
    rows: int,
    seeds: int,
    per_seed: int,
    only: list[int] | None = None,
) -> list[HardeningResult] | None:
    """Trains the attackers, hardens the targets, asks the batteries; writes trials and hardening.json.

    With `only`, these of the random seeds alone are worked on, and nothing is compared: processes can share the work.
    """
    out = root / "data" / "hardening" / after
    answered: dict[str, dict[str, list[Trial]]] = defaultdict(lambda: defaultdict(list))
    examples: dict[str, Example] = {}
    for number in random_seeds if only is None else only:
        played = arms_round(root, after, number)
        settle(played.project.params.threads, number)
        attackers(played)
        asked = batteries(played, rows, seeds, per_seed)
        say(power_text({measure: len(each.attacks) * len(random_seeds) for measure, each in asked.items()}))
        examples |= {name: row for each in asked.values() for name, row in by_id(each.seeds).items()}
        for arm, adapter in _targets(played, arms):
            own = asked | ({ANEW: _anew(played, arm, adapter, asked["met"], per_seed)} if _faces_its_own(arm) else {})
            for measure, battery in own.items():
                asked_as = "met" if battery is asked["met"] else measure  # the base's own query model: asked once
                trials = battery_trials(played, arm, adapter, asked_as, battery)
                write_jsonl(out / f"{measure}-{arm}-{number}.jsonl", trials)
                answered[arm][measure] += trials
    if only is not None:
        return None
    results = compare_hardened(answered, examples, random_seeds[0])
    found = {"after": after, "random_seeds": random_seeds, "rows": rows, "seeds": seeds, "attacks_per_seed": per_seed}
    write_json(out / "hardening.json", found | {"results": [each.model_dump(mode="json") for each in results]})
    return results


def _targets(played: Round, arms: Sequence[str]) -> list[tuple[str, Path]]:
    """The target before, then both targets of every arm."""
    made = [item for arm in arms for item in harden(played, arm).items()]
    return [(BASE, played.champion.target_adapter), *made]


def _faces_its_own(arm: str) -> bool:
    """Whether a query model is trained anew against it: what is served is what counts, so arms have their dials set."""
    return arm == BASE or arm.endswith(DIALLED)


def _anew(played: Round, arm: str, adapter: Path, met: Battery, per_seed: int) -> Battery:
    """What a query model that was trained against this target writes on the seeds of all.

    The one that the arms met was trained against the base, so that it is the base's own.
    """
    if arm == BASE:
        return met
    return written_by(played, f"{ANEW}-{arm}", against(played, arm, adapter), met.seeds, per_seed)


def main() -> None:
    """Command line."""
    made = parser("flows.hardening", "Harden the target of a finished round in every arm, and compare.")
    made.add_argument("--after", default="r00", help="the finished round whose players start (default: r00)")
    made.add_argument("--random-seeds", type=int, nargs="+", default=[101, 102, 103], help="one training each")
    made.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS), help="these alone (default: all)")
    made.add_argument("--rows", type=int, default=120, help="held-out rows of each untouched measure")
    made.add_argument("--seeds", type=int, default=60, help="held-out seeds that are attacked")
    made.add_argument("--attacks", type=int, default=1, help="attacks of each attacker on each seed")
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
        say_cost(
            root,
            _study(len(chosen.only or chosen.random_seeds), chosen.arms, chosen.rows, chosen.seeds * chosen.attacks),
        )
        asked = (chosen.arms, chosen.rows, chosen.seeds, chosen.attacks)
        found = hardening(root, chosen.after, chosen.random_seeds, *asked, chosen.only)
        if found is None:
            return
        print(hardening_table(found))
        say(f"written: data/hardening/{chosen.after}/hardening.json")


def _study(count: int, arms: Sequence[str], rows: int, attacks: int) -> Study:
    """What all of it costs: `count` seeds of randomness, `attacks` of each attacker on all seeds together."""
    targets = 1 + 2 * len(arms)
    return Study(
        rl_updates=count * (1 + len(arms)),
        target_updates=count * sum(ARMS[arm].times for arm in arms),
        untouched=count * targets * len(ACCURACIES) * rows,
        written=count * (1 + len(arms)) * attacks,
        attacked=count * targets * len(SUCCESSES) * attacks,
    )


if __name__ == "__main__":
    main()
