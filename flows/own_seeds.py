"""Seeds of your own tools: what `own_tools` of the recipe names, from tools.json to the rows; a stage of dvc.yaml each.

python -m flows.own_seeds NAME
"""

from flows.arguments import parser
from flows.doors import by_hand
from flows.machine_faults import ends_clearly
from sparring.config import load_params
from sparring.project.stage_seeds import make_stage_seeds

STAGE = "seeds"


def main() -> None:
    """Command line."""
    made = parser("flows.own_seeds", "Make or renew the seeds of a set of your own tools.")
    made.add_argument("name", help="name of the set in own_tools of params.yaml")
    chosen = made.parse_args()
    root = chosen.root.resolve()
    with ends_clearly(root), by_hand(root, f"{STAGE}@{chosen.name}"):
        make_stage_seeds(root, chosen.name, load_params(root / "params.yaml"))


if __name__ == "__main__":
    main()
