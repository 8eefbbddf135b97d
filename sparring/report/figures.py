"""Which figures the report has. Undefined shares are gaps, never zeros; a figure over nothing is not drawn."""

from collections import Counter
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from sparring.records import Rate
from sparring.report.atlas import Changes, Cluster
from sparring.report.drawing import (
    WIDE,
    Figure,
    Look,
    bars,
    draw_rates,
    drawn,
    legend_columns,
    rate_row,
    share_axis,
    wash,
)
from sparring.report.palette import GRID, INK, WASH
from sparring.report.rounds import PlayedRound, is_audit
from sparring.statistics import rate
from sparring.studies.audit import AUDIT
from sparring.visible_text import shorten

INTERVALS = "Whiskers are 95 % intervals: the true share may lie anywhere within them."
RATES: tuple[tuple[str, str, str, dict[str, tuple[str, Look]]], ...] = (
    (
        "attack_success",
        "Attacks that the model answers wrongly",
        "Lower is better. Compare the marks of one round: every round has an attacker of its own, so a line may "
        f"also rise because the attacker learnt. {INTERVALS}",
        {
            "attack_success": ("training seeds, target before", ("before", 1)),
            "heldout_success_before": ("held out, target before", ("before", 0)),
            "heldout_success": ("held out, target after", ("after", 0)),
        },
    ),
    (
        "attack_success_by_kind",
        "Held-out attacks that the model answers wrongly, by what the request needs",
        "Lower is better. On a request that needs a call a wrong answer is another call or none; on one that needs "
        f"none it is any call. {INTERVALS}",
        {
            "heldout_success_before/call": ("needs a call, target before", ("before", 0)),
            "heldout_success/call": ("needs a call, target after", ("after", 0)),
            "heldout_success_before/no_call": ("needs none, target before", ("before", 1)),
            "heldout_success/no_call": ("needs none, target after", ("after", 1)),
        },
    ),
    (
        "accuracy",
        "Ordinary requests that the model answers rightly",
        f"Higher is better. {INTERVALS}",
        {
            "clean_accuracy": ("requests that need a call", ("after", 0)),
            "no_call_accuracy": ("requests that need none", ("after", 1)),
        },
    ),
    (
        "valid_attacks",
        "Rewrites that pass every gate",
        f"Rewrites that fail a gate are not attacks and are never counted. {INTERVALS}",
        {"valid_fraction": ("training seeds", ("neither", 1)), "heldout_valid": ("held out", ("neither", 0))},
    ),
)
MAX_COLUMNS = 12  # more of them stand below each other


def round_figures(rounds: Sequence[PlayedRound], found: Sequence[Changes]) -> list[Figure]:
    """The figures over rounds, those that have anything to show; an audit has numbers in their place."""
    if is_audit(rounds):
        return [figure for figure in [rejections_figure(rounds)] if figure is not None]
    figures = [rates_figure(rounds, *definition) for definition in RATES]
    figures += [changes_figure(found), rejections_figure(rounds)]
    return [figure for figure in figures if figure is not None]


def rates_figure(
    rounds: Sequence[PlayedRound], name: str, title: str, caption: str, labels: dict[str, tuple[str, Look]]
) -> Figure | None:
    """Shares over rounds with 95 % Wilson intervals; `labels` and looks by its name; None where none was measured."""
    measured = [
        (index, label, found)
        for index, played in enumerate(rounds)
        for key, (label, _) in labels.items()
        if (found := played.result.rates.get(key)) is not None and found.value is not None
    ]
    if not measured:
        return None
    rows = [rate_row(rounds[index].result.round, label, found) for index, label, found in measured]

    def draw(axes: Axes) -> None:
        for series, (label, look) in enumerate(labels.values()):
            points = [(index, found) for index, named, found in measured if named == label]
            if points:
                draw_rates(axes, points, label, look, offset=0.08 * (series - (len(labels) - 1) / 2))
        axes.set_xticks(range(len(rounds)), [shorten(played.result.round, 12) for played in rounds])
        axes.set_xlim(-0.5, len(rounds) - 0.5)
        share_axis(axes)
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.1),
            ncols=legend_columns([label for label, _ in labels.values()]),
        )

    return drawn(name, title, caption, rows, draw, WIDE)


def changes_figure(found: Sequence[Changes]) -> Figure | None:
    """The same held-out attacks before and after training; None where no attack was lost either time."""
    rows = [
        {
            "round": name,
            "bar": became.replace("_", " "),
            "value": sum(getattr(one, became) for one in found if one.round == name),
        }
        for name in sorted({one.round for one in found})
        for became in ("fixed", "still_open", "newly_broken")
    ]
    title = "The same held-out attacks before and after training"
    caption = "Attacks that the model lost before or after: now answered rightly, still lost, or lost only since."
    looks: dict[str, Look] = {"fixed": ("right", 0), "still open": ("wrong", 0), "newly broken": ("wrong", 1)}
    return bars("held_out_changes", title, caption, rows, looks)


def rejections_figure(rounds: Sequence[PlayedRound]) -> Figure | None:
    """Attacks that each gate rejected, by round; None where no attack was rejected."""
    rows = [
        {"round": played.result.round, "bar": gate, "value": count}
        for played in rounds
        for gate, count in sorted(played.result.rejections.items())
    ]
    title = "Rewrites that each gate rejected"
    caption = "A rejected rewrite is never shown to the model under test."
    return bars("gate_rejections", title, caption, rows, {}, group="bar")


def heat_figure(name: str, title: str, target: str, clusters: Sequence[Cluster]) -> Figure | None:
    """Kind of wrong answer against a second dimension under one target; None where that target was not attacked.

    Args:
        name: Stem of the files.
        title: What it shows.
        target: The target whose standings are drawn.
        clusters: Clusters by kind and one more dimension.
    """
    cells = {
        (cluster.values[0], cluster.values[1]): standing.attacks
        for cluster in clusters
        for standing in cluster.standings
        if standing.target == target and standing.attacks.total
    }
    if not cells:
        return None
    totals = {column: found.total for (_, column), found in cells.items()}
    columns, kinds = _worst_first(cells), sorted({kind for kind, _ in cells})
    upright = len(columns) > MAX_COLUMNS
    across, down = (kinds, columns[::-1]) if upright else (columns, kinds)
    shares = {cell: found.value for cell, found in cells.items()}
    most = max(found.value or 0.0 for found in cells.values()) or 1.0

    def draw(axes: Axes) -> None:
        places = [[(x, y) if upright else (y, x) for x in across] for y in down]
        axes.grid(visible=False)
        grid = [[wash(shares.get(cell), most) for cell in line] for line in places]
        axes.pcolormesh(grid, cmap=ListedColormap(WASH), vmin=0, vmax=len(WASH) - 1, edgecolors=GRID, linewidth=1)
        for y, line in enumerate(places):
            for x, cell in enumerate(line):
                label = f"{cells[cell].count if cell in cells else 0} of {totals[cell[1]]}"
                axes.text(x + 0.5, y + 0.5, label, ha="center", va="center", color=INK)
        words = [shorten(name.replace("_", " ") if upright else name, 26) for name in across]
        axes.set_xticks([x + 0.5 for x in range(len(across))], words, rotation=20, ha="right")
        labels = [shorten(name if upright else name.replace("_", " "), 26) for name in down]
        axes.set_yticks([y + 0.5 for y in range(len(down))], labels)
        axes.tick_params(length=0)

    rows = [rate_row(target, f"{kind} / {column}", found) for (kind, column), found in sorted(cells.items())]
    caption = (
        f"Wrong answers over attacks{'' if target == AUDIT else f' on the target {shorten(target, 20)}'}; a stronger "
        "colour is a larger share. "
        "The surest weakness comes first."
    )
    size = (max(WIDE[0], 2.4 + 1.1 * len(across)), 1.3 + (0.3 if upright else 0.42) * len(down))  # inches
    return drawn(name, title, caption, rows, draw, size)


def _worst_first(cells: Mapping[tuple[str, str], Rate]) -> list[str]:
    """The columns of a heat map, the surest weakness first: by the lower end of the interval over all kinds."""
    lost: Counter[str] = Counter()
    for (_, column), found in cells.items():
        lost[column] += found.count
    lows = {column: rate(lost[column], found.total).low or 0.0 for (_, column), found in cells.items()}
    return sorted(lows, key=lambda column: (-lows[column], column))
