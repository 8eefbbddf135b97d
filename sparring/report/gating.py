"""How well the gates tell rewrites apart whose truth is known, out of the file that `sparring gates --json` prints.

Without it the report knows what the gates rejected, and not whether they were right: it says so.
"""

from pathlib import Path

from matplotlib.axes import Axes

from sparring.gate_benchmark import GateScore
from sparring.gate_benchmark.scoring import ALL
from sparring.records import Rate
from sparring.report.drawing import WIDE, Figure, Look, draw_dots, drawn, percent_axis, rate_row
from sparring.report.text import share
from sparring.statistics import rate
from sparring.storage import read_record
from sparring.visible_text import shorten

SIDES: dict[bool, tuple[str, Look]] = {
    True: ("keeps the right call: accept", ("right", 0)),
    False: ("changes it: reject", ("wrong", 1)),
}


def read_gate_score(path: Path) -> GateScore | None:
    """What the gates were measured at; None where that was not done.

    Raises:
        InputError: The file is no such measurement.
    """
    return read_record(path, GateScore) if path.exists() else None


def gates_figure(found: GateScore) -> Figure | None:
    """Per kind of rewrite, the share that all gates together accept; None where no kind is decided."""
    kinds = sorted(_accepted(found), key=lambda one: not one[1])[::-1]  # drawn upwards: what must pass comes on top
    if not kinds:
        return None

    def draw(axes: Axes) -> None:
        for keeps, (label, look) in SIDES.items():
            points = [(y, accepted) for y, (_, right, accepted) in enumerate(kinds) if right == keeps]
            draw_dots(axes, points, label, look)
        percent_axis(axes, [f"{shorten(name, 24)} ({accepted.total})" for name, _, accepted in kinds])

    rows = [{"keeps": keeps, **rate_row(name, "accepted", accepted)} for name, keeps, accepted in kinds[::-1]]
    caption = (
        "Share that passes every gate, by kind of rewrite; whether a kind keeps the right call is known by "
        "construction. Good gates put the first group at 100 % and the second at 0 %. In brackets: rewrites."
    )
    title = "Do the gates tell good rewrites from bad?"
    return drawn("gate_calibration", title, caption, rows, draw, (WIDE[0], 1.4 + 0.26 * len(kinds)))


def gate_words(found: GateScore | None) -> str:
    """The measurement in a sentence."""
    if found is None:
        return (
            'Not measured: how often the gates are right. "sparring gates --json > data/gates.json" measures it on '
            "rewrites whose truth is known."
        )
    precision, recall = found.precision[ALL], found.recall[ALL]
    return (
        f"On {found.cases:,} rewrites whose truth is known: of those that pass every gate, {_words(precision)} keep "
        f"the right call; of those that keep it, {_words(recall)} pass."
    )


def _accepted(found: GateScore) -> list[tuple[str, bool, Rate]]:
    """(kind, whether it keeps the right call, share accepted)."""
    return [
        (kind, counts["valid"] == counts["rows"], rate(counts["accepted"], counts["rows"]))
        for kind, counts in found.kinds.items()
        if counts["rows"] and counts["valid"] in (0, counts["rows"])
    ]


def _words(found: Rate) -> str:
    return f"{share(found.value)} ({share(found.low)} to {share(found.high)})"
