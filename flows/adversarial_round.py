"""One adversarial round: RL update, query sampling, target rollout, correctness check, SFT augmentation, evaluation.

python -m flows.adversarial_round r01 --after r00
"""

from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.costs import say_stage
from flows.doors import by_hand
from flows.machine_faults import ends_clearly
from flows.playing import check_first, show
from sparring.engine.determinism import settle
from sparring.records import RoundResult
from sparring.terminal import say
from tasks.closing import close_round, settle_record
from tasks.correctness_check import correctness_check
from tasks.dials import dials
from tasks.evaluation import evaluation
from tasks.exclusive import alone
from tasks.judging import must_judge
from tasks.query_sampling import query_sampling
from tasks.rl_update import rl_update
from tasks.rounds import open_round
from tasks.served_models import must_take_part
from tasks.sft_augmentation import sft_augmentation
from tasks.target_rollout import target_rollout
from tasks.tracking import open_run


@flow(name="adversarial-round", flow_run_name="{round}")
def adversarial_round(root: Path, round: str, after: str) -> RoundResult:
    """Plays one round after another; an interrupted one goes on where it stopped."""
    played = open_round(root, round, after)
    with alone(played):
        if (finished := played.already_played()) is not None:
            say(f"{round}: already played with these inputs, nothing to do")
            settle_record(played, finished)
            return finished
        settle(played.project.params.threads, played.project.params.seed)
        must_judge(played)
        must_take_part(played)
        run = open_run(played)
        rl_update(played, run)
        query_sampling(played)
        target_rollout(played)
        correctness_check(played)
        sft_augmentation(played, run)
        dials(played)
        evaluation(played)
        return close_round(played, run)


def main() -> None:
    """Command line."""
    arguments = parser("flows.adversarial_round", "Play one adversarial round.")
    arguments.add_argument("round", help="name of the round, e.g. r01")
    arguments.add_argument("--after", required=True, help="the finished round whose players play, e.g. r00")
    chosen = arguments.parse_args()
    root = chosen.root.resolve()
    with ends_clearly(root), by_hand(root, f"rounds@{chosen.round}"):
        say_stage(root, chosen.round)
        check_first(root, chosen.round, chosen.after)
        show(root, adversarial_round(root, chosen.round, chosen.after))


if __name__ == "__main__":
    main()
