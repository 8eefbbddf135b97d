"""The gate benchmark: labelled rewrites, from our generator or by hand, and how well the gates tell them apart."""

from sparring.gate_benchmark.cases import LabelledRewrite, example_of, read_cases
from sparring.gate_benchmark.generated import BREAKING, PRESERVING, generated_cases
from sparring.gate_benchmark.natural import (
    Half,
    NaturalRewrite,
    fitting_cases,
    fresh_cases,
    half_of,
    later_cases,
    natural_cases,
    natural_tables,
)
from sparring.gate_benchmark.scoring import GateScore, gate_table, score
from sparring.gate_benchmark.with_readers import ReadScore, read_scores, read_table

__all__ = [
    "BREAKING",
    "PRESERVING",
    "GateScore",
    "Half",
    "LabelledRewrite",
    "NaturalRewrite",
    "ReadScore",
    "example_of",
    "fitting_cases",
    "fresh_cases",
    "gate_table",
    "generated_cases",
    "half_of",
    "later_cases",
    "natural_cases",
    "natural_tables",
    "read_cases",
    "read_scores",
    "read_table",
    "score",
]
