"""The gate benchmark: labelled rewrites, from our generator or by hand, and how well the gates tell them apart."""

from sparring.gate_benchmark.cases import LabelledRewrite, example_of, read_cases
from sparring.gate_benchmark.generated import BREAKING, PRESERVING, generated_cases
from sparring.gate_benchmark.scoring import GateScore, gate_table, score

__all__ = [
    "BREAKING",
    "PRESERVING",
    "GateScore",
    "LabelledRewrite",
    "example_of",
    "gate_table",
    "generated_cases",
    "read_cases",
    "score",
]
