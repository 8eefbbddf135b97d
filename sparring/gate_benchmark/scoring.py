"""Precision and recall of the gates: each alone and all together, by kind of rewrite."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator
from rich.table import Table
from rich.text import Text

from sparring.gate_benchmark.cases import LabelledRewrite, example_of
from sparring.gates import Facts, Gatekeeper
from sparring.records import Rate, Record
from sparring.statistics import rate
from sparring.visible_text import plain_text

ALL = "all together"
KindCounts = dict[Literal["rows", "valid", "accepted"], Annotated[int, Field(ge=0)]]


class GateScore(Record):
    """What the benchmark found.

    Attributes:
        precision: By gate, share of the rewrites that it accepts which keep the label.
        recall: By gate, share of the rewrites that keep the label which it accepts.
        kinds: By kind, what share all gates together accept, and whether the kind keeps the label.
        reasons: By kind, rejections by the gate that came first.
        mistakes: Wrongly judged rewrites: id, kind, seed, rewrite, and what was found.
    """

    cases: int
    precision: dict[str, Rate]
    recall: dict[str, Rate]
    kinds: dict[str, KindCounts]
    reasons: dict[str, dict[str, int]]
    mistakes: list[dict[str, str]]

    @model_validator(mode="after")
    def _whole(self) -> "GateScore":
        """All gates together are measured, and a kind's counts are those of its rows."""
        if not {ALL} <= self.precision.keys() & self.recall.keys():
            raise ValueError(f"precision and recall need {ALL!r}")
        for kind, counts in self.kinds.items():
            if len(counts) < 3 or max(counts["valid"], counts["accepted"]) > counts["rows"]:
                raise ValueError(f"kinds.{kind}: valid and accepted are given, and no more than rows")
        return self


def score(rows: Sequence[LabelledRewrite], gatekeeper: Gatekeeper) -> GateScore:
    """Judges every rewrite."""
    pairs = [(example_of(row), row.rewrite) for row in rows]
    found = gatekeeper.explain(pairs)
    facts = [Facts(*pair) for pair in pairs]
    accepted = {name: [detail is None for detail in gate.rejections(facts)] for name, gate in gatekeeper.gates.items()}
    accepted[ALL] = [rejection is None for rejection in found]
    valid = [row.valid for row in rows]
    kinds = dict.fromkeys(row.kind for row in rows)
    return GateScore(
        cases=len(rows),
        precision={name: _share(valid, given) for name, given in accepted.items()},
        recall={name: _share(given, valid) for name, given in accepted.items()},
        kinds={kind: _kind(kind, rows, accepted[ALL]) for kind in kinds},
        reasons={
            kind: dict(
                Counter(r.gate for row, r in zip(rows, found, strict=True) if row.kind == kind and r).most_common()
            )
            for kind in kinds
        },
        mistakes=[
            {
                "id": row.id,
                "kind": row.kind,
                "truth": "keeps the label" if row.valid else "breaks it",
                "seed": row.seed,
                "rewrite": row.rewrite,
                "found": "accepted" if rejection is None else f"{rejection.gate}: {rejection.detail}",
            }
            for row, rejection in zip(rows, found, strict=True)
            if (rejection is None) != row.valid
        ],
    )


def _share(wanted: Sequence[bool], among: Sequence[bool]) -> Rate:
    return rate(sum(w and a for w, a in zip(wanted, among, strict=True)), sum(among))


def _kind(kind: str, rows: Sequence[LabelledRewrite], accepted: Sequence[bool]) -> KindCounts:
    chosen = [(row.valid, given) for row, given in zip(rows, accepted, strict=True) if row.kind == kind]
    return {"rows": len(chosen), "valid": sum(v for v, _ in chosen), "accepted": sum(given for _, given in chosen)}


def gate_table(result: GateScore, num_shown: int) -> list[Table | Text]:
    """Tables for a terminal: by gate, by kind, then the first wrongly judged rewrites of each kind."""
    by_gate = Table("gate", "precision", "recall", title=f"{result.cases} labelled rewrites")
    for name in result.precision:
        by_gate.add_row(name, share_cell(result.precision[name]), share_cell(result.recall[name]))
    by_kind = Table("kind", "rows", "keep the label", "accepted", "rejected by")
    for kind, counts in result.kinds.items():
        reasons = ", ".join(f"{gate} {count}" for gate, count in result.reasons[kind].items())
        by_kind.add_row(kind, str(counts["rows"]), str(counts["valid"]), str(counts["accepted"]), reasons)
    shown: list[Table | Text] = [by_gate, by_kind]
    for kind in result.kinds:
        for mistake in [m for m in result.mistakes if m["kind"] == kind][:num_shown]:
            found = f"{kind} ({mistake['truth']}) {mistake['id']}: {mistake['found']}"
            shown.append(plain_text(f"{found}\n  {mistake['seed']!r}\n  {mistake['rewrite']!r}"))
    return shown


def share_cell(found: Rate) -> str:
    """A share with its interval and the rows that it is taken over; a dash over nothing."""
    if found.value is None:
        return "-"
    return f"{found.value:.3f} ({found.low:.3f}-{found.high:.3f}, {found.total})"
