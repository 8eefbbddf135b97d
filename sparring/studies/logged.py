"""What a tracker gets of a finished round, by the names of docs/design.md, "Metrics"; what is undefined is left out."""

from sparring.attacker.attacks import UNTOUCHED
from sparring.records import UNJUDGED, Dial, RoundResult
from sparring.studies.shipping import key_figures


def over_rounds(manifest: RoundResult) -> dict[str, float]:
    """Figures that the campaign has a curve of, one value a round."""
    rates = {f"round/{name}": rate.value for name, rate in manifest.rates.items() if rate.value is not None}
    return rates | {f"round/{name}": found.effective for name, found in manifest.breadth.items() if found.effective}


def logged_figures(manifest: RoundResult) -> dict[str, float]:
    """All figures of a round, those over rounds among them."""
    counts, rejections = manifest.counts.items(), manifest.rejections.items()
    return {
        **over_rounds(manifest),
        **{key.name: key.value for key in key_figures(manifest) if key.value is not None},
        **{f"seconds/{name}": value for name, value in manifest.seconds.items()},
        **_machine(manifest),
        **{f"judge/{name}": float(count) for name, count in counts if name.endswith(UNJUDGED)},
        **{f"rejected/{name}": float(count) for name, count in rejections},
        **_operators(manifest),
        **_dial(manifest.dial),
        **{f"mix/{part.origin}/{part.kind}/{part.attacker or UNTOUCHED}": float(part.rows) for part in manifest.mix},
    }


def _machine(manifest: RoundResult) -> dict[str, float]:
    if manifest.machine is None or manifest.peak_gb is None:
        return {}
    rates = {f"machine/gflops_{name}": value for name, value in manifest.machine.gflops.items()}
    return {"machine/peak_gb": manifest.peak_gb} | rates


def _operators(manifest: RoundResult) -> dict[str, float]:
    return {
        f"operator/{name}/{measure}": rate.value
        for name, measures in manifest.operators.items()
        for measure, rate in measures.items()
        if rate.value is not None and name.isidentifier()
    }


def _dial(dial: Dial | None) -> dict[str, float]:
    """The setting, and what the validation rows said of it and of the target as it was trained."""
    if dial is None:
        return {}
    scores = {"dial/score": dial.chosen.score, "dial/score_before": dial.settings[0].score}
    return {"dial/scale": dial.scale, "dial/offset": dial.offset} | scores
