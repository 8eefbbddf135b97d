"""How a figure is drawn: matplotlib's style, intervals, bars, and the drawn figure with its numbers.

The same numbers give the same bytes. Labels may hold what a model wrote: they come shortened and are never read as
formulas.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from sparring.records import Rate
from sparring.report.palette import COLORS, GRID, INK, SURFACE, WASH, Role
from sparring.visible_text import shorten

Row = dict[str, Any]

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "sparring",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same widths on every machine
    "font.size": 10,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.facecolor": SURFACE,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": SURFACE,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}
Look = tuple[Role, int]  # a colour by its meaning, and which of the markers, lines or hatches
MARKERS = ("o", "s", "^", "D")
LINES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))  # the last: a dash and two dots
HATCHES = ("", "//", "..")
WIDE = (5.8, 3.2)  # inches
MAX_UPRIGHT = 5  # labels below groups of bars


@dataclass(frozen=True)
class Figure:
    """A drawn figure.

    Attributes:
        name: Stem of its files.
        title: What it shows.
        caption: How to read it, in words that also serve who cannot see it.
        rows: The numbers in it; all rows have the same keys.
        wide: Whether it needs a page's whole width to be read.
    """

    name: str
    title: str
    caption: str
    rows: list[Row]
    svg: str
    png: bytes
    wide: bool

    @property
    def csv(self) -> str:
        """The numbers as CSV."""
        return csv_text(self.rows)


def csv_text(rows: Sequence[Row]) -> str:
    """Rows as CSV with the keys of all. What a spreadsheet would run as a formula comes after an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                key: f"'{value}" if str(value)[:1] in tuple("=+-@\t\r") and isinstance(value, str) else value
                for key, value in row.items()
            }
        )
    return out.getvalue()


def draw_rates(axes: Axes, points: list[tuple[int, Rate]], label: str, look: Look, offset: float) -> None:
    """One line of measured shares with their intervals, at (place of the round, share)."""
    values = [rate.value or 0.0 for _, rate in points]
    below = [max(0.0, value - (rate.low or 0.0)) for value, (_, rate) in zip(values, points, strict=True)]
    above = [max(0.0, (rate.high or 0.0) - value) for value, (_, rate) in zip(values, points, strict=True)]
    axes.errorbar(
        [index + offset for index, _ in points],
        values,
        yerr=[below, above],
        label=label,
        color=COLORS[look[0]],
        marker=MARKERS[look[1]],
        linestyle=LINES[look[1]],
        capsize=4,
        linewidth=1.5,
    )


def draw_dots(axes: Axes, points: Sequence[tuple[float, Rate]], label: str, look: Look) -> None:
    """Measured shares with their intervals at (height, share), without a line between them."""
    values = [rate.value or 0.0 for _, rate in points]
    below = [max(0.0, value - (rate.low or 0.0)) for value, (_, rate) in zip(values, points, strict=True)]
    above = [max(0.0, (rate.high or 0.0) - value) for value, (_, rate) in zip(values, points, strict=True)]
    axes.errorbar(
        values,
        [y for y, _ in points],
        xerr=[below, above],
        label=label,
        color=COLORS[look[0]],
        marker=MARKERS[look[1]],
        capsize=3,
        linestyle="none",
    )


def wash(value: float | None, most: float) -> int:
    """Index of a cell's colour in a heat map: 0 only for a share of zero, or for none."""
    return max(1, round(value / most * (len(WASH) - 1))) if value else 0


def share_axis(axes: Axes) -> None:
    """A vertical axis from 0 to 100 %."""
    axes.set_ylim(-0.02, 1.02)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])


def percent_axis(axes: Axes, labels: Sequence[str]) -> None:
    """A horizontal axis from 0 to 100 %, one labelled line a height, and a legend below."""
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.6 / len(labels) - 0.03), ncols=2)


def legend_columns(labels: Sequence[str]) -> int:
    """How many columns of a legend of these labels fit below a figure."""
    return next((columns for columns in (4, 3, 2) if columns * (max(map(len, labels)) + 6) <= 72), 1)


def bars(
    name: str, title: str, caption: str, rows: list[Row], looks: Mapping[str, Look], group: str = "round"
) -> Figure | None:
    """Grouped bars of rows {round, bar, value}; None over no rows.

    Args:
        name: Stem of the files.
        title: What it shows.
        caption: How to read it.
        rows: The numbers.
        looks: By label of a bar; grey where there is none, one hatch after the other.
        group: What stands together, `round` or `bar`; the other one is told by its look.
    """
    if not rows:
        return None
    told = "bar" if group == "round" else "round"
    rounds, labels = (list(dict.fromkeys(str(row[key]) for row in rows)) for key in (group, told))
    heights = {(row[group], row[told]): row["value"] for row in rows}

    def draw(axes: Axes) -> None:
        width = 0.8 / len(labels)
        for place, label in enumerate(labels):
            present = [index for index, name in enumerate(rounds) if (name, label) in heights]
            xs = [index - 0.4 + width * (place + 0.5) for index in present]
            role, mark = looks.get(label, ("neither", place))
            color, hatch = COLORS[role], HATCHES[mark % len(HATCHES)]
            shown = axes.bar(
                xs,
                [heights[rounds[index], label] for index in present],
                width * 0.9,
                label=shorten(label.replace("_", " "), 32),
                color=color,
                hatch=hatch,
                edgecolor=SURFACE,
            )
            axes.bar_label(shown, fmt="{:.3g}", padding=2, color=INK)
        turned = len(rounds) > MAX_UPRIGHT
        axes.set_xticks(
            range(len(rounds)),
            [shorten(name, 14) for name in rounds],
            rotation=30 if turned else 0,
            ha="right" if turned else "center",
        )
        axes.margins(y=0.15)
        below = -0.25 if turned else -0.1
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, below), ncols=legend_columns(labels))

    return drawn(name, title, caption, rows, draw, WIDE)


def drawn(
    name: str, title: str, caption: str, rows: list[Row], draw: Callable[[Axes], None], size: tuple[float, float]
) -> Figure:
    """The figure that `draw` puts on the axes; `size` in inches."""
    svg, png = io.StringIO(), io.BytesIO()
    with mpl.rc_context(STYLE):
        canvas = Canvas(figsize=size, layout="constrained")
        draw(canvas.add_subplot())
        canvas.savefig(svg, format="svg", metadata={"Date": None})
        canvas.set_layout_engine("none")  # both show the same layout: it takes as long as the drawing
        canvas.savefig(png, format="png", dpi=144, metadata={"Software": None}, pil_kwargs={"compress_level": 3})
    return Figure(name, title, caption, rows, svg.getvalue(), png.getvalue(), wide=size[0] > WIDE[0])


def rate_row(name: str, label: str, rate: Rate) -> Row:
    """A share as a row of a figure's numbers."""
    return {"round": name, "of": label, **rate.model_dump()}
