"""Baseline r00: warm start of both players, first evaluation.

python -m flows.baseline
"""

from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.costs import say_stage
from flows.doors import by_hand
from flows.machine_faults import ends_clearly
from flows.playing import check_first, show
from sparring.config import BASELINE
from sparring.engine.determinism import settle
from sparring.records import RoundResult
from sparring.terminal import say
from tasks.closing import close_round, settle_record
from tasks.dials import dials
from tasks.evaluation import evaluation
from tasks.exclusive import alone
from tasks.judging import must_judge
from tasks.rounds import open_round
from tasks.served_models import must_take_part
from tasks.tracking import open_run
from tasks.warm_start import warm_start_query_model, warm_start_target

STAGE = "baseline"


@flow(name="baseline", flow_run_name=BASELINE)
def baseline(root: Path) -> RoundResult:
    """Trains both warm starts and measures the target before anybody attacked it in earnest."""
    played = open_round(root, BASELINE, None)
    with alone(played):
        if (finished := played.already_played()) is not None:
            say(f"{BASELINE}: already played with these inputs, nothing to do")
            settle_record(played, finished)
            return finished
        settle(played.project.params.threads, played.project.params.seed)
        must_judge(played)
        must_take_part(played)
        run = open_run(played)
        warm_start_target(played, run)
        warm_start_query_model(played, run)
        dials(played)
        evaluation(played)
        return close_round(played, run)


def main() -> None:
    """Command line."""
    root = parser("flows.baseline", "Warm-start both players and evaluate: round r00.").parse_args().root.resolve()
    with ends_clearly(root), by_hand(root, STAGE):
        say_stage(root, BASELINE)
        check_first(root, BASELINE, None)
        show(root, baseline(root))


if __name__ == "__main__":
    main()
