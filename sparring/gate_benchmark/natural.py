"""Rewrites written and labelled by hand: what the generated set cannot show, the wording of people.

They stand in natural.jsonl, on rows of BFCL that the default recipe trains on. Each has a reason, and a second label
that was given later without sight of the first; where the two differed the row was left out. The one surprise: the set
has two halves, told apart by a hash of the seed. Rules may be mended on one, of the other only figures are looked at.
Figures that are looked at often choose as well, so a third part, later.jsonl, was written when all was chosen. What a
probe is fitted to may be looked at as often as one likes: the mended half, that part, and more that was written for it,
fitting.jsonl; fresh.jsonl was written then as well, to be asked once.
"""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from rich.table import Table

from sparring.gate_benchmark.cases import LabelledRewrite
from sparring.gate_benchmark.scoring import GateScore, share_cell
from sparring.statistics import rate
from sparring.storage import read_jsonl

NATURAL = Path(__file__).with_name("natural.jsonl")
LATER = Path(__file__).with_name("later.jsonl")
FITTING = Path(__file__).with_name("fitting.jsonl")
FRESH = Path(__file__).with_name("fresh.jsonl")


class NaturalRewrite(LabelledRewrite):
    """A rewrite by hand.

    Attributes:
        reason: Why the gold is still right, or what broke it.
        second: The label of the second reading.
    """

    reason: str
    second: bool


class Half(StrEnum):
    """Where a rewrite may be used."""

    MENDED = "mended"
    HELD = "held"


def half_of(seed: str) -> Half:
    """The half that all rewrites of a seed are in."""
    return list(Half)[hashlib.sha256(seed.encode()).digest()[-1] % len(Half)]


def natural_cases(half: Half) -> list[NaturalRewrite]:
    """One half of the set."""
    return [row for row in read_jsonl(NATURAL, NaturalRewrite) if half_of(row.seed) is half]


def later_cases() -> list[NaturalRewrite]:
    """The part that was written later, by others."""
    return read_jsonl(LATER, NaturalRewrite)


def fresh_cases() -> list[NaturalRewrite]:
    """The part that was written when probes were built, by others again; its seeds have other rewrites elsewhere."""
    return read_jsonl(FRESH, NaturalRewrite)


def fitting_cases() -> list[NaturalRewrite]:
    """What a probe is fitted to: no rewrite of the held half, and none on its seeds."""
    held = {row.seed for row in natural_cases(Half.HELD)}
    more = [*later_cases(), *read_jsonl(FITTING, NaturalRewrite)]
    return [*natural_cases(Half.MENDED), *(row for row in more if row.seed not in held)]


def natural_tables(parts: Mapping[str, GateScore]) -> list[Table]:
    """The parts side by side: each gate's precision and recall, then what share of every kind is accepted."""
    heads = [f"{part}: {what}" for part in parts for what in ("precision", "recall")]
    sizes = [str(one.cases) for one in parts.values()]
    by_gate = Table("gate", *heads, title=f"{', '.join(sizes[:-1])} and {sizes[-1]} rewrites by hand")
    for name in next(iter(parts.values())).precision:
        found = [cell for one in parts.values() for cell in (one.precision[name], one.recall[name])]
        by_gate.add_row(name, *map(share_cell, found))
    by_kind = Table("kind", "label", *(f"{part}: accepted" for part in parts))
    for kind, keeps in sorted(_labels(parts.values()), key=lambda one: not one[1]):
        counts = [one.kinds.get(kind) for one in parts.values()]
        cells = ["-" if one is None else share_cell(rate(one["accepted"], one["rows"])) for one in counts]
        by_kind.add_row(kind, "kept" if keeps else "broken", *cells)
    return [by_gate, by_kind]


def _labels(parts: Iterable[GateScore]) -> dict[tuple[str, bool], None]:
    """Kinds in order of appearance, and whether they keep the label: all rows of a kind do, or none."""
    return dict.fromkeys((kind, counts["valid"] > 0) for part in parts for kind, counts in part.kinds.items())
