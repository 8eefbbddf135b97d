"""The claim, put to the test: does SFT on learnt attacks harden the target more than SFT on other rows?

    python -m flows.benchmark --after r00 --random-seeds 17 18 19

For each seed of randomness a query model is trained by RL, every arm's target is fine-tuned on as many rows for as many
steps, and all of them answer the same held-out rows and attacks. Interrupted, it goes on where it stopped.
"""

from collections import defaultdict
from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.arms import arms_game
from sparring.determinism import settle
from sparring.hardening import ARMS, HardeningResult, compare_hardened, hardening_table, power_text
from sparring.records import Example, Trial
from sparring.storage import InputError, write_json, write_jsonl
from sparring.terminal import clear_errors, say
from tasks.game import Game
from tasks.hardening import batteries, battery_trials, harden, training_trials
from tasks.rl_update import rl_update
from tasks.tracking import RoundRun, open_run


@flow(name="benchmark", flow_run_name="benchmark after {after}")
def benchmark(
    root: Path, after: str, random_seeds: list[int], rows: int, seeds: int, per_seed: int
) -> list[HardeningResult]:
    """Trains the attackers, hardens the targets, asks the battery; writes trials and benchmark.json."""
    games = [arms_game(root, after, number) for number in random_seeds]
    runs = [_attacker(game) for game in games]
    hardened = [_targets(game, run) for game, run in zip(games, runs, strict=True)]
    out = root / "data" / "benchmark" / after
    played: dict[str, dict[str, list[Trial]]] = {arm: defaultdict(list) for arm in ARMS}
    examples: dict[str, Example] = {}
    for place, (game, adapters) in enumerate(zip(games, hardened, strict=True)):
        settle(game.params.threads, game.params.seed)
        other = games[(place + 1) % len(games)].work / "query" if len(games) > 1 else None
        asked = batteries(game, other, rows, seeds, per_seed)
        if place == 0:
            say(power_text({measure: len(each.attacks) * len(games) for measure, each in asked.items()}))
        for measure, battery in asked.items():
            examples |= {example.id: example for example in battery.seeds}
            for arm, adapter in adapters.items():
                trials = battery_trials(game, arm, adapter, measure, battery)
                write_jsonl(out / f"{measure}-{arm}-{game.params.seed}.jsonl", trials)
                played[arm][measure] += trials
        runs[place].finish()
    results = compare_hardened(played, examples, random_seeds[0])
    found = {"after": after, "random_seeds": random_seeds, "rows": rows, "seeds": seeds, "attacks_per_seed": per_seed}
    write_json(out / "benchmark.json", found | {"results": [each.model_dump(mode="json") for each in results]})
    return results


def _attacker(game: Game) -> RoundRun:
    settle(game.params.threads, game.params.seed)
    run = open_run(game)
    rl_update(game, run)
    return run


def _targets(game: Game, run: RoundRun) -> dict[str, Path]:
    """By arm the adapter of its target."""
    settle(game.params.threads, game.params.seed)
    return {arm: harden(game, arm, training_trials(game, arm), run) for arm in ARMS}


def main() -> None:
    """Command line."""
    made = parser("flows.benchmark", "Harden the target of a finished round in every arm, and compare.")
    made.add_argument("--after", default="r00", help="the finished round whose players start (default: r00)")
    made.add_argument("--random-seeds", type=int, nargs="+", default=[17, 18, 19], help="one training each")
    made.add_argument("--rows", type=int, default=120, help="held-out rows of each untouched measure")
    made.add_argument("--seeds", type=int, default=60, help="held-out seeds that are attacked")
    made.add_argument("--attacks", type=int, default=2, help="attacks of each attacker on each seed")
    chosen = made.parse_args()
    with clear_errors():
        if len(set(chosen.random_seeds)) < len(chosen.random_seeds):
            raise InputError("--random-seeds: the same seed stands twice")
        root = chosen.root.resolve()
        found = benchmark(root, chosen.after, chosen.random_seeds, chosen.rows, chosen.seeds, chosen.attacks)
        print(hardening_table(found))
        say(f"written: data/benchmark/{chosen.after}/benchmark.json")


if __name__ == "__main__":
    main()
