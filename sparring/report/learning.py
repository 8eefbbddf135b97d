"""How the attacker learnt, and how its operators fare: curves over RL steps, reward terms, gates by operator."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from sparring.report.drawing import (
    LINES,
    WIDE,
    Figure,
    Look,
    Row,
    bars,
    draw_dots,
    drawn,
    legend_columns,
    percent_axis,
    rate_row,
)
from sparring.report.palette import COLORS, GRID
from sparring.report.rounds import PlayedRound, is_audit
from sparring.studies.metrics import worst_first
from sparring.visible_text import shorten

Labels = Mapping[str, tuple[str, Look]]
CURVES: Labels = {
    "total": ("reward", ("neither", 0)),
    "valid": ("valid share", ("neither", 1)),
    "success": ("success of valid ones", ("wrong", 0)),
}
KINDS: Labels = {
    "success/call": ("requests that need a call", ("wrong", 0)),
    "success/no_call": ("requests that need none", ("wrong", 1)),
}
TERMS: Labels = {
    "hardness": ("hardness", ("wrong", 0)),
    "cluster": ("too alike its group", ("neither", 1)),
    "program": ("the same ways as its group", ("neither", 4)),
    "archive": ("too alike the archive", ("neither", 2)),
    "malformed": ("malformed", ("neither", 3)),
}
ONE_RUN = "One run, noisy from step to step: a rise is a hint, not a proof."


def learning_figures(rounds: Sequence[PlayedRound]) -> list[Figure]:
    """Curves over RL steps where rounds kept them, else the two ends of the training; operators of the last round."""
    drawn_curves = [
        curves_figure(
            rounds,
            "learning_curves",
            "What the attacker learnt, step by step",
            f"Mean reward, share of valid rewrites and of won ones among them. {ONE_RUN}",
            CURVES,
        ),
        curves_figure(
            rounds,
            "success_by_kind",
            "Success of the attacker on both kinds of requests, step by step",
            f"Share of the target's wrong answers to valid attacks. {ONE_RUN}",
            KINDS,
        ),
        curves_figure(
            rounds,
            "reward_terms",
            "Terms of the attacker's reward, step by step",
            f"Hardness is won, the others are lost, each before its weight. {ONE_RUN}",
            TERMS,
        ),
    ]
    found = drawn_curves if any(drawn_curves) else [rewards_figure(rounds)]
    return [figure for figure in [*found, operators_figure(rounds)] if figure is not None]


def curves_figure(rounds: Sequence[PlayedRound], name: str, title: str, caption: str, labels: Labels) -> Figure | None:
    """What RL logged at each step, the rounds one after another; None where no round kept any of it."""
    rows: list[Row] = []
    ends: list[tuple[str, int]] = []
    start = 0
    for played in rounds:
        curves = played.result.curves
        for key, (label, _) in labels.items():
            for step, value in enumerate(curves.get(key, ()), start=1):
                if value is not None:
                    at = {"round": played.result.round, "step": step, "at": start + step}
                    rows.append({**at, "of": label, "value": value})
        if curves:
            start += max(map(len, curves.values()))
            ends.append((played.result.round, start))
    if not rows:
        return None

    def draw(axes: Axes) -> None:
        for label, (role, mark) in labels.values():
            lines = [[row for row in rows if (row["round"], row["of"]) == (played, label)] for played, _ in ends]
            for index, line in enumerate(filter(None, lines)):
                axes.plot(
                    [row["at"] for row in line],
                    [row["value"] for row in line],
                    linestyle=LINES[mark],
                    color=COLORS[role],
                    label=label if index == 0 else None,
                )
        for played, end in ends:
            axes.axvline(end + 0.5, color=GRID, linewidth=1)
            place = axes.get_xaxis_transform()  # steps across, share of the height upwards
            axes.text(end + 0.3, 1.0, shorten(played, 12), ha="right", va="bottom", transform=place)
        axes.set_xlabel("step of the attacker's training")
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.16),
            ncols=legend_columns([label for label, _ in labels.values()]),
        )

    return drawn(name, title, caption, rows, draw, WIDE)


def rewards_figure(rounds: Sequence[PlayedRound]) -> Figure | None:
    """Reward and valid share at the start and the end of the attacker's training; None where none was trained."""
    rows = [
        {"round": played.result.round, "bar": f"{words}, {quarter} quarter", "value": value}
        for played in rounds
        for measure, words in (("total", "reward"), ("valid", "valid share"))
        for quarter in ("first", "last")
        if (value := played.result.rewards.get(f"{measure}_{quarter}_quarter")) is not None
    ]
    title = "Reward of the attacker at the start and the end of its training"
    caption = f"Mean total reward and share of valid rewrites. {ONE_RUN}"
    return bars("rewards", title, caption, rows, {})


def operators_figure(rounds: Sequence[PlayedRound]) -> Figure | None:
    """Per operator of the last round, what passes the gates and what wins, the surest on top; None without any."""
    last = rounds[-1].result
    used = {name: found["valid"].total for name, found in last.operators.items() if found["valid"].total}
    names = [name for name, _ in worst_first(last.operators) if name in used][::-1]
    if not names:
        return None
    measures: Labels = {
        "valid": ("passes every gate", ("neither", 0)),
        "success": ("of those, answered wrongly", ("wrong", 1)),
    }

    def draw(axes: Axes) -> None:
        for series, (measure, (label, look)) in enumerate(measures.items()):
            rates = [(y, last.operators[name][measure]) for y, name in enumerate(names)]
            points = [(y + 0.14 * (1 - 2 * series), rate) for y, rate in rates if rate.value is not None]
            draw_dots(axes, points, label, look)
        percent_axis(axes, [f"{shorten(name, 24)} ({used[name]})" for name in names])

    rows = [rate_row(name, measure, last.operators[name][measure]) for name in names[::-1] for measure in measures]
    title = "Ways to rewrite" + ("" if is_audit(rounds) else f" in {shorten(last.round, 20)}") + ": gates and success"
    caption = (
        "The surest weakness on top: by the lower end of the interval. Operators are made to keep the right call. "
        "Where few of their rewrites pass, the gates are too strict, or the operator is not safe. An attack by several "
        "operators counts under each. In brackets: rewrites."
    )
    return drawn("operators", title, caption, rows, draw, (WIDE[0], 1.4 + 0.22 * len(names)))
