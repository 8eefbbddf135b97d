"""What a recipe will cost on this machine, said before it starts, and the smallest difference that it can show.

Work is counted step by step (sparring/project/counting.py); this machine's measured rates make seconds of it. For an
accelerator nothing was fitted, and nothing is said.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from sparring.config import BASELINE, Params
from sparring.engine.model_shape import shape_of
from sparring.engine.number_format import rates_for, settled
from sparring.paired import margin_shown, rows_alone, rows_for_margin
from sparring.project.counting import Counting, Study
from sparring.project.row_lengths import row_lengths
from sparring.project.work import Work
from sparring.records import Example, MachineRates
from sparring.statistics import minimum_detectable_effect
from sparring.storage import read_jsonl
from sparring.studies.promotion import MIN_TOOLS
from sparring.words import duration

ACCURACIES = {"clean_examples": "clean", "no_call_examples": "no-call"}
# how alike two targets differ on rows of one tool: the correlation in the campaign of docs/experiment.md, part E
SAME_TOOL = {"clean_examples": 0.03, "no_call_examples": 0.25}
# BFCL's live rows in `proof`: how many there are, and how many are of a row's tool, on the average over the rows
LIVE = {"clean_examples": (300, 7.0), "no_call_examples": (183, 9.5)}
ROUNDED = 0.003  # a margin is a round number: rows that show so little more show it
LIKELY_SUCCESS = 0.2
LIKELY_ALIKE = 0.4  # correlation of the outcomes of attacks on one seed; .31 and .35 in two played quickstarts
# Imports, Prefect, MLflow, DVC, the report, downloads not counted; and what each step begins with.
STAGE, PREPARE, CAMPAIGN, BEGINNING = (Work(python_s=seconds) for seconds in (18.0, 25.0, 12.0, 3.0))


@dataclass(frozen=True)
class Estimate:
    """Cost and power of a recipe.

    Attributes:
        seconds: Wall seconds by stage, and within it by step; empty where they cannot be told.
        gigabytes: Peak memory; None where it cannot be told.
        rates: What this machine computes.
        dtype: The number format that is counted with.
        attack_effect: Smallest difference of attack success that the held-out attacks show with power .8, those on one
            seed being alike.
        shown: By the rows' key in `evaluation`, the smallest loss of accuracy that they exclude with power .8.
        needed: By the same key, how many such rows would exclude a loss beyond the margin.
        margin: The loss that is to be excluded.
    """

    seconds: Mapping[str, Mapping[str, float]]
    gigabytes: float | None
    rates: MachineRates
    dtype: str
    attack_effect: float
    shown: Mapping[str, float]
    needed: Mapping[str, int]
    margin: float

    @property
    def total(self) -> float | None:
        """Seconds of the whole campaign; None where they cannot be told."""
        return sum(sum(steps.values()) for steps in self.seconds.values()) if self.seconds else None

    def sentence(self) -> str:
        """All of it in one line."""
        if self.total is None or self.gigabytes is None:
            cost = "of unknown cost on this machine"
        else:
            cost = f"about {duration(self.total)} and {self.gigabytes:.1f} GB on this machine"
        clean, no_call = (self.shown[name] for name in ACCURACIES)
        return (
            f"this recipe is {cost} ({self.dtype}, {self.rates.gflops[self.dtype]:.0f} GFLOP/s with "
            f"{self.rates.threads} threads); it can show a difference of {self.attack_effect:.2f} in attack success, "
            f"and that no more than {clean:.3f} of clean and {no_call:.3f} of no-call accuracy is lost "
            f"(margin {self.margin:.3f})"
        )

    def too_few(self) -> Iterator[str]:
        """What the rows hardly ever show, though a promotion asks for it, each with the rows that would."""
        for key, label in ACCURACIES.items():
            if self.shown[key] > self.margin + ROUNDED:
                yield (
                    f"evaluation.{key}: so many rows show that no more than {self.shown[key]:.3f} of {label} accuracy "
                    f"is lost; the margin is {self.margin:.3f}, which takes about {self.needed[key]} rows with as many "
                    "a tool"
                )


def estimate(params: Params, root: Path) -> Estimate:
    """Cost and power of a recipe on this machine."""
    params = settled(params, root)
    rates, counting, asked = rates_for(params, root), _counting(params, root), _asked(params, root)
    each = params.evaluation.attacks_per_seed
    heldout = params.evaluation.attack_seeds * each
    counted: dict[str, dict[str, float]] = {}
    gigabytes = None
    if counting is not None:
        dtype = params.models.dtype
        stages = {BASELINE: counting.baseline(), **{name: counting.round() for name in params.rounds}}
        works = {"prepare": {"prepare": PREPARE}} | {
            stage: {step: work + BEGINNING if work != Work() else work for step, work in steps.items()}
            | {"beside": STAGE}
            for stage, steps in stages.items()
        }
        works["campaign"] = {"beside": CAMPAIGN}
        counted = {
            stage: {step: work.seconds(rates, dtype) for step, work in steps.items()} for stage, steps in works.items()
        }
        gigabytes = counting.gigabytes()
    return Estimate(
        seconds=counted,
        gigabytes=gigabytes,
        rates=rates,
        dtype=params.models.dtype,
        attack_effect=minimum_detectable_effect(LIKELY_SUCCESS, heldout / (1 + (each - 1) * LIKELY_ALIKE)),
        shown={key: margin_shown(one.alone) if one.rows else 1.0 for key, one in asked.items()},
        needed={key: one.needed(params.evaluation.margin) for key, one in asked.items()},
        margin=params.evaluation.margin,
    )


@dataclass(frozen=True)
class _Asked:
    """Untouched rows of one kind; those of one tool stand and fall together.

    Attributes:
        rows: How many are asked.
        together: Rows of a row's tool among them, itself included, on the average.
        alike: Correlation of how two targets differ on rows of one tool.
    """

    rows: int
    together: float
    alike: float

    @property
    def alone(self) -> float:
        """As how many rows that stand alone they tell."""
        return rows_alone(self.rows, self.together, self.alike)

    def needed(self, margin: float) -> int:
        """Rows that show no loss beyond the margin, were there as many of a tool."""
        return ceil(rows_for_margin(margin) * (self.rows / self.alone if self.rows else 1.0))


def _asked(params: Params, root: Path) -> dict[str, _Asked]:
    """By the rows' key, what is asked: of what the recipe wants, the rows that there are."""
    found, proof = {}, _proof_tools(root)
    for key in ACCURACIES:
        there, together = LIVE[key]
        wanted = int(getattr(params.evaluation, key))
        if proof is not None:
            counts = list(proof[key].values())
            there = sum(counts)
            together = sum(count**2 for count in counts) / there if len(counts) >= MIN_TOOLS else 1.0
            wanted = min(wanted, there)
        drawn = min(1.0, max(wanted - 1, 0) / max(there - 1, 1))  # of the other rows of its tool
        found[key] = _Asked(wanted, 1 + (together - 1) * drawn, SAME_TOOL[key])
    return found


def _proof_tools(root: Path) -> dict[str, Counter[str]] | None:
    """By the rows' key, the rows of each tool; None before a project is prepared."""
    if not (proof := root / "data" / "splits" / "proof.jsonl").exists():
        return None
    rows = read_jsonl(proof, Example)
    return {
        "clean_examples": Counter(row.tool_cluster for row in rows if row.gold),
        "no_call_examples": Counter(row.tool_cluster for row in rows if row.wants_no_call),
    }


def study_seconds(params: Params, root: Path, study: Study, base: Path | None = None) -> float | None:
    """Wall seconds of a study on this machine, all of it anew; None where they cannot be told.

    Args:
        params: The recipe.
        root: The project.
        study: What is done.
        base: Folder of the model; None for the project's own.
    """
    counting = _counting(params, root, base)
    if counting is None:
        return None
    params = settled(params, root)
    return (counting.study(study) + STAGE).seconds(rates_for(params, root), params.models.dtype)


def _counting(params: Params, root: Path, base: Path | None = None) -> Counting | None:
    """None where the model's shape is unknown, or an accelerator computes."""
    shape = shape_of(base or root / "models" / "base", params.models.base)
    import torch  # who asks an endpoint does without

    if shape is None or torch.cuda.is_available():
        return None
    return Counting(settled(params, root), row_lengths(root, params.target.dialect), shape)
