"""What a tracker gets of a finished round, by the names of docs/design.md, "Metrics"; what is undefined is left out.

Wholes are metrics: they are compared over rounds, and few enough to find. Their parts (by kind of seed, by operator,
by gate, by origin of a row) are tables: a column of a list of runs for each would be some two hundred.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sparring.attacker.attacks import UNTOUCHED
from sparring.records import UNJUDGED, Dial, Rate, RoundResult
from sparring.studies.metrics import worst_first
from sparring.studies.shipping import key_figures

Columns = Mapping[str, Sequence[Any]]
WHOLE = "all"
DIGITS = 3


def over_rounds(manifest: RoundResult) -> dict[str, float]:
    """Figures that the campaign has a curve of, one value a round, the main ones among them."""
    rates = {name: rate.value for name, rate in manifest.rates.items() if rate.value is not None}
    breadth = {name: found.effective for name, found in manifest.breadth.items() if found.effective}
    wholes = {f"round/{name}": value for name, value in (rates | breadth).items() if "/" not in name}
    return wholes | {key.name: key.value for key in key_figures(manifest) if key.value is not None}


def logged_figures(manifest: RoundResult) -> dict[str, float]:
    """All figures of a round that are metrics, those over rounds among them."""
    counts = manifest.counts.items()
    return {
        **over_rounds(manifest),
        **{f"seconds/{name}": value for name, value in manifest.seconds.items()},
        **_machine(manifest),
        **{f"judge/{name}": float(count) for name, count in counts if name.endswith(UNJUDGED)},
        **_dial(manifest.dial),
    }


def logged_tables(manifest: RoundResult) -> dict[str, Columns]:
    """Tables of a round by the names of their files, columns of equal length in each; none without a row."""
    tables = {
        "shares.json": [_share(name, rate) for name, rate in manifest.rates.items()],
        "operators.json": [_operator(name, manifest) for name, _ in worst_first(manifest.operators)],
        "strategies.json": [
            _named(name) | found.model_dump(include={"effective", "programs", "won", "leading", "led"})
            for name, found in manifest.breadth.items()
        ],
        "training_rows.json": [
            part.model_dump(mode="json") | {"attacker": part.attacker or UNTOUCHED} for part in manifest.mix
        ],
        "rejections.json": [{"gate": name, "attacks": count} for name, count in manifest.rejections.items()],
    }
    return {file: _columns(rows) for file, rows in tables.items() if rows}


def _columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    return {name: [_shown(row[name]) for row in rows] for name in rows[0]}


def _shown(cell: Any) -> Any:
    """A share by three digits: a page's column has no room for sixteen, which `round.json` keeps."""
    return round(cell, DIGITS) if isinstance(cell, float) else cell


def _named(name: str) -> dict[str, str]:
    """What is measured, and of which part: `schema_success/reword` is of `reword`."""
    measure, _, part = name.partition("/")
    return {"figure": measure, "of": part or WHOLE}


def _share(name: str, rate: Rate) -> dict[str, Any]:
    counts = {"count": rate.count, "rows": rate.total}
    return _named(name) | {"share": rate.value, "low": rate.low, "high": rate.high} | counts


def _operator(name: str, manifest: RoundResult) -> dict[str, Any]:
    """Of the attacks whose program uses it: how many won of the valid, scored ones, and how many were valid."""
    success, valid = manifest.operators[name]["success"], manifest.operators[name]["valid"]
    return {
        "operator": name,
        "success": success.value,
        "low": success.low,
        "high": success.high,
        "won": success.count,
        "scored": success.total,
        "valid": valid.value,
        "attacks": valid.total,
    }


def _machine(manifest: RoundResult) -> dict[str, float]:
    if manifest.machine is None or manifest.peak_gb is None:
        return {}
    rates = {f"machine/gflops_{name}": value for name, value in manifest.machine.gflops.items()}
    return {"machine/peak_gb": manifest.peak_gb} | rates


def _dial(dial: Dial | None) -> dict[str, float]:
    """The setting, and what the validation rows said of it and of the target as it was trained."""
    if dial is None:
        return {}
    scores = {"dial/score": dial.chosen.score, "dial/score_before": dial.settings[0].score}
    return {"dial/scale": dial.scale, "dial/offset": dial.offset} | scores
