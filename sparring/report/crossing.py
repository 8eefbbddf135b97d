"""Cross-play in the report: the matrix as a figure, and what it says of attackers that a target never met.

A target that only learnt its opponent resists that opponent; one that lost a weakness resists a fresh attacker too.
"""

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from sparring.records import KINDS
from sparring.report.drawing import WIDE, Figure, drawn, rate_row, wash
from sparring.report.palette import GRID, INK, WASH
from sparring.report.text import share
from sparring.studies.cross_play import CrossPlay, Gain
from sparring.studies.promotion import ALPHA
from sparring.tables import KIND_WORDS
from sparring.visible_text import shorten

FRESH = "fresh"


def crossing_figure(found: CrossPlay) -> Figure | None:
    """Success of every query model (rows) on every target (columns); None where no attack was valid."""
    queries, targets = found.queries, found.targets
    rates = {(query, target): found.success(query, target) for query in queries for target in targets}
    most = max((rate.value or 0.0 for rate in rates.values()), default=0.0) or 1.0
    if all(rate.value is None for rate in rates.values()):
        return None

    def draw(axes: Axes) -> None:
        grid = [[wash(rates[query, target].value, most) for target in targets] for query in queries]
        axes.grid(visible=False)
        axes.pcolormesh(grid, cmap=ListedColormap(WASH), vmin=0, vmax=len(WASH) - 1, edgecolors=GRID, linewidth=1)
        for y, query in enumerate(queries):
            for x, target in enumerate(targets):
                rate = rates[query, target]
                interval = f"\n{share(rate.low)} to {share(rate.high)}" if rate.total else ""
                axes.text(x + 0.5, y + 0.5, f"{share(rate.value)}{interval}", ha="center", va="center", color=INK)
        axes.set_xticks([x + 0.5 for x in range(len(targets))], [f"target {shorten(name, 20)}" for name in targets])
        axes.set_yticks([y + 0.5 for y in range(len(queries))], [f"attacker {shorten(name, 20)}" for name in queries])
        axes.invert_yaxis()
        axes.tick_params(length=0)

    rows = [rate_row(target, f"attacker {query}", rate) for (query, target), rate in rates.items()]
    rows += [
        rate_row(cell.target, f"attacker {cell.query}, request {KIND_WORDS[kind]}", rate)
        for cell in found.cells
        for kind, rate in cell.by_kind.items()
    ]
    caption = (
        f"Share of valid attacks that win, on {found.seeds} held-out seeds which every target answers rightly "
        "untouched, with 95 % intervals by seed; a stronger colour is a larger share."
    )
    size = (max(WIDE[0], 2.4 + 1.9 * len(targets)), 1.0 + 0.75 * len(queries))  # inches
    return drawn("cross_play", "Every attacker against every target", caption, rows, draw, size)


def crossing_words(found: CrossPlay | None) -> list[str]:
    """One sentence for each attacker: how much better the last target withstands it than the first; then by kind."""
    if found is None:
        return []
    return [*(_gain_words(gain) for gain in found.gains), *(_kind_words(found, query) for query in _of_both(found))]


def _of_both(found: CrossPlay) -> list[str]:
    """The attackers that met requests of both kinds on the last target."""
    last = {cell.query: cell.by_kind.values() for cell in found.cells if cell.target == found.targets[-1]}
    return [query for query, rates in last.items() if len(rates) > 1 and all(rate.total for rate in rates)]


def _kind_words(found: CrossPlay, query: str) -> str:
    cell = found.cell(query, found.targets[-1])
    calling, declining = (f"{share(cell.by_kind[kind].value)} of {cell.by_kind[kind].total}" for kind in KINDS)
    return (
        f"On the target of {cell.target} the attacker of {query} wins {calling} attacks on requests that need a call, "
        f"and {declining} on those that need none."
    )


def _gain_words(gain: Gain) -> str:
    who = f"The fresh attacker ({gain.query})" if gain.query.startswith(FRESH) else f"The attacker of {gain.query}"
    met = ", which no target was trained against," if gain.query.startswith(FRESH) else ""
    points = f"{abs(100 * gain.difference):.1f} points (95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f})"
    if gain.difference == 0.0:
        return f"{who}{met} wins as often on the target of {gain.last} as on that of {gain.first}."
    moved = "less" if gain.difference > 0 else "more"
    sentence = f"{who}{met} wins {moved} often on the target of {gain.last} than on that of {gain.first}: by {points}"
    if gain.p_value > ALPHA:
        return f"{sentence}. The difference may be chance (p = {gain.p_value:.2f})."
    return f"{sentence}, more than chance explains (p = {gain.p_value:.3f})."
