"""What a recipe will cost, said before it starts: seconds, memory, and the smallest difference that it can show.

The costs a row were measured in one quickstart (SmolLM2-135M, bfloat16, two cores: `seconds` in its round.json) and
scale with the number of parameters. For an accelerator nothing was measured, and nothing is said.
"""

import re
from dataclasses import dataclass

from sparring.config import Params
from sparring.schema_attacks import SCHEMA_OPERATORS
from sparring.statistics import minimum_detectable_effect

MEASURED_PARAMETERS = 135e6
SECONDS = {"target SFT row": 0.31, "query SFT row": 0.18, "RL completion": 0.29, "answer": 0.19}
MEASURED_GIGABYTES = 4.9  # largest process of a quickstart, groups of 8
LIKELY_SUCCESS, LIKELY_ACCURACY = 0.2, 0.5


@dataclass(frozen=True)
class Estimate:
    """Cost and power of a recipe.

    Attributes:
        hours: Wall time of the whole campaign on two cores; None where the model's size is not in its name.
        gigabytes: Peak memory; None as above.
        rows: Pieces of work by kind.
        attack_effect: Smallest difference of attack success that the held-out attacks show with power .8.
        clean_effect: The same of clean accuracy.
    """

    hours: float | None
    gigabytes: float | None
    rows: dict[str, int]
    attack_effect: float
    clean_effect: float

    def sentence(self) -> str:
        """All of it in one line."""
        cost = (
            f"about {self.hours:.1f} h and {self.gigabytes:.0f} GB on two cores"
            if self.hours is not None and self.gigabytes is not None
            else "of unknown cost: the base model's name does not say its size"
        )
        work = f"{self.rows['RL completion']:,} RL completions, {self.rows['answer']:,} other answers"
        return (
            f"this recipe is {cost} ({work}); it can show a difference of {self.attack_effect:.2f} in attack success "
            f"and {self.clean_effect:.2f} in clean accuracy"
        )


def estimate(params: Params) -> Estimate:
    """Cost and power of a recipe, counted from its numbers."""
    rounds, evaluation, sampling = len(params.rounds), params.evaluation, params.sampling
    heldout = evaluation.attack_seeds * evaluation.attacks_per_seed
    schema = evaluation.schema_seeds * len(SCHEMA_OPERATORS)
    evaluated = evaluation.clean_examples + evaluation.no_call_examples + heldout + schema
    warm_target, warm_query = params.target.warm_start, params.query_model.warm_start
    attacked = sampling.seeds * sampling.attacks_per_seed
    mined = sampling.pool * params.rl.mining.attacks_per_seed
    a_round = (2 * sampling.pool + mined + attacked + evaluated + heldout + schema) * params.rollout.samples
    rows = {
        "target SFT row": warm_target.examples * warm_target.epochs + rounds * params.sft.examples * params.sft.epochs,
        "query SFT row": warm_query.examples * warm_query.epochs,
        "RL completion": rounds * params.rl.steps * params.rl.prompts_per_step * params.rl.group_size,
        "answer": evaluated + rounds * a_round,
    }
    parameters = parameters_in(params.models.base)
    seconds = sum(SECONDS[kind] * count for kind, count in rows.items())
    scale = None if parameters is None else parameters / MEASURED_PARAMETERS
    return Estimate(
        hours=None if scale is None else seconds * scale / 3600,
        gigabytes=None if scale is None else MEASURED_GIGABYTES * scale**0.7 * params.rl.group_size / 8,
        rows=rows,
        attack_effect=minimum_detectable_effect(LIKELY_SUCCESS, heldout),
        clean_effect=minimum_detectable_effect(LIKELY_ACCURACY, evaluation.clean_examples),
    )


def parameters_in(name: str) -> float | None:
    """Number of parameters that a model's name tells, as in "135m" or "0.6B"; None where it tells none."""
    found = re.search(r"(?<![\d.])(\d+(?:\.\d+)?)([mb])(?![a-z])", name.rpartition("/")[2].lower())
    return None if found is None else float(found[1]) * (1e6 if found[2] == "m" else 1e9)
