"""A whole suite: BFCL v4's single-turn categories, or your own rows, answered by any target and scored.

    python -m flows.suite NAME --checkpoint models/base --adapter models/r01/target
    python -m flows.suite NAME --base-url http://127.0.0.1:8000/v1 --model MODEL --dialect plain_json

Answers are kept as they come: the same command again asks only for what is missing. suites/NAME holds the answers in
BFCL's own result form, verdicts and scores. Exit codes: 0 done, 2 wrong input, 3 rows stayed without an answer.
"""

from pathlib import Path

from prefect import flow

from flows.arguments import parser, positive
from flows.machine_faults import ends_clearly
from flows.target_arguments import add_target_arguments, target_settings
from sparring.engine.determinism import settle
from sparring.errors import InputError
from sparring.sources.bfcl import CATEGORIES
from sparring.studies.suite import SuiteResult, suite_markdown
from tasks.suite import ask_suite, score_suite
from tasks.suite_game import BFCL, SuiteSettings, open_suite

INCOMPLETE = 3


@flow(name="suite", flow_run_name="{name}")
def suite(root: Path, name: str, settings: SuiteSettings, dialect: str | None) -> SuiteResult:
    """Asks every row, and scores the answers."""
    game = open_suite(root, name, settings, dialect)
    settle(game.params.threads, game.params.seed)
    return score_suite(game, ask_suite(game))


def main() -> None:
    """Command line."""
    made = parser("flows.suite", "Score a target on BFCL's single-turn suite, or on your own rows.")
    made.add_argument("name", help="name of the run; its folder is suites/NAME")
    add_target_arguments(made)
    made.add_argument("--rows", default=BFCL, help="file of your own rows (default: BFCL's)")
    made.add_argument("--categories", nargs="+", help=f"some of BFCL's (default: all): {', '.join(CATEGORIES)}")
    made.add_argument("--max-new-tokens", type=positive, default=256, help="longest answer, in tokens (default: 256)")
    made.add_argument(
        "--rows-per-category", type=positive, help="ask at most this many rows of each of BFCL's categories"
    )
    made.add_argument("--max-requests", type=positive, help="of an endpoint, retries counted (default: twice the rows)")
    made.add_argument("--max-tokens", type=positive, help="of an endpoint, prompts and answers (default: no bound)")
    chosen = made.parse_args()
    root = chosen.root.resolve()
    with ends_clearly(root):
        own = chosen.rows != BFCL
        if own and (chosen.categories or chosen.rows_per_category):
            raise InputError("--categories and --rows-per-category choose among BFCL's rows: --rows asks a whole file")
        settings = SuiteSettings(
            target=target_settings(chosen),
            rows=str(Path(chosen.rows).resolve()) if own else BFCL,
            categories=[] if own else list(chosen.categories or CATEGORIES),
            max_new_tokens=chosen.max_new_tokens,
            rows_per_category=chosen.rows_per_category,
            max_requests=chosen.max_requests,
            max_tokens=chosen.max_tokens,
        )
        open_suite(root, chosen.name, settings, chosen.dialect)  # wrong input is told before any server starts
        result = suite(root, chosen.name, settings, chosen.dialect)
        print(suite_markdown(result))
    raise SystemExit(INCOMPLETE if result.cost.unanswered else 0)


if __name__ == "__main__":
    main()
