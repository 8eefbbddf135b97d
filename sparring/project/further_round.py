"""One more round at the end of a recipe: what a schedule plays when all others are up to date."""

from pathlib import Path

from sparring.config import BASELINE, load_params
from sparring.project.profiles import ROUNDS, lay


def add_round(params: Path) -> str:
    """Adds a round to params.yaml that follows the last one; comments above the rounds stay.

    Returns:
        Its name.

    Raises:
        InputError: The recipe is not valid, or would not be with one more round; nothing is written then.
    """
    rounds = load_params(params).rounds
    name = f"r{max(int(known[1:]) for known in (BASELINE, *rounds)) + 1:02d}"
    known = {each: {"after": played.after} for each, played in rounds.items()}
    last = [BASELINE, *rounds][-1]
    lay(params, {ROUNDS: known | {name: {"after": last}}}, str(params))
    return name
