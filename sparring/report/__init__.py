"""The weakness report: finished rounds in, one HTML file with its figures and a Markdown summary out."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sparring.gate_benchmark import GateScore
from sparring.records import Example
from sparring.report.atlas import atlas, changes, untouched_failures
from sparring.report.audited import audit_summary
from sparring.report.crossing import crossing_figure
from sparring.report.deciding import first_screen
from sparring.report.drawing import Figure, Row, csv_text
from sparring.report.figures import heat_figure, round_figures
from sparring.report.gating import gates_figure, read_gate_score
from sparring.report.learning import learning_figures
from sparring.report.markdown import render_markdown
from sparring.report.models import compared, folder_names, matrix_csv, models_markdown, render_models
from sparring.report.page import Contents, Level, render_page
from sparring.report.places import DIMENSIONS, FIVE, Dimension
from sparring.report.rounds import PlayedRound, is_audit, lineage, observe, read_rounds, read_seeds
from sparring.report.summary import summary
from sparring.storage import write_text
from sparring.studies.audit import AUDIT
from sparring.studies.cross_play import CrossPlay, read_matrix
from sparring.studies.served import about_audit

__all__ = ["build", "write_report", "write_reports"]

LEVELS: dict[str, tuple[Dimension, ...]] = {
    "kind and category": ("kind", "category"),
    "kind and argument type": ("kind", "argument type"),
    "kind and strategy": ("kind", "strategy"),
    "kind and tool family": ("kind", "tool family"),
    "kind and tool": ("kind", "tool"),
    "all five": FIVE,
}
HEAT_MAPS = {"kind and category": "heat_category", "kind and strategy": "heat_strategy"}


def write_report(root: Path, out: Path) -> Path:
    """Writes report.html, report.md, atlas.csv and each figure as .svg, .png and .csv into `out`.

    The same rounds give the same bytes.

    Args:
        root: The project's folder, with data/rounds and data/splits; data/cross_play.json if that was played, and
            data/gates.json if the gates were measured (`sparring gates --json`).
        out: Folder of the report.

    Returns:
        The path of report.html, written last.

    Raises:
        InputError: No finished round, or a file is missing or broken.
    """
    return _write(_read(root), out)


def write_reports(roots: Sequence[Path], out: Path) -> Path:
    """Writes one report over several models: report.html, report.md and matrix.csv into `out`, and a folder for each.

    Args:
        roots: Folders of projects or of audits.
        out: Folder of the report.

    Returns:
        The path of report.html, written last.

    Raises:
        InputError: As `write_report`, or two folders have one name.
    """
    if len(roots) == 1:
        return write_report(roots[0], out)
    names = folder_names(roots)
    models = compared(names, [_read(root) for root in roots])
    for one in models:
        _write(one.contents, out / one.name)
    write_text(out / "matrix.csv", matrix_csv(models))
    write_text(out / "report.md", models_markdown(models))
    write_text(out / "report.html", render_models(models))
    return out / "report.html"


def _read(root: Path) -> Contents:
    crossed, gate_score = read_matrix(root / "data" / "cross_play.json"), read_gate_score(root / "data" / "gates.json")
    return build(read_rounds(root), read_seeds(root), crossed, gate_score, *about_audit(root))


def _write(contents: Contents, out: Path) -> Path:
    for figure in contents.figures:
        write_text(out / f"{figure.name}.svg", figure.svg)
        write_text(out / f"{figure.name}.csv", figure.csv)
        _write_bytes(out / f"{figure.name}.png", figure.png)
    write_text(out / "atlas.csv", csv_text(list(_atlas_rows(contents))))
    write_text(out / "report.md", render_markdown(contents))
    write_text(out / "report.html", render_page(contents))
    return out / "report.html"


def build(
    rounds: Sequence[PlayedRound],
    seeds: dict[str, Example],
    crossed: CrossPlay | None = None,
    gate_score: GateScore | None = None,
    cautions: Sequence[str] = (),
    about: Sequence[str] = (),
) -> Contents:
    """What the report says of these rounds, of their cross-play, of the gates, and of how a model was asked.

    Raises:
        InputError: An attack's seed is not among `seeds`.
    """
    observations, targets = observe(rounds, seeds), lineage(rounds)
    levels = [Level(name, chosen, atlas(observations, targets, chosen)) for name, chosen in LEVELS.items()]
    found = [one for played in rounds for one in changes(played)]
    figures = [*round_figures(rounds, found), *_heat_maps(levels, targets), *learning_figures(rounds)]
    if crossed is not None and (crossing := crossing_figure(crossed)) is not None:
        figures.append(crossing)
    if gate_score is not None and (gating := gates_figure(gate_score)) is not None:
        figures.append(gating)
    audited = is_audit(rounds)
    words = (
        audit_summary(rounds[-1].result) if audited else summary(rounds, found, levels[0].clusters, targets, crossed)
    )
    return Contents(
        audited=audited,
        first=first_screen(rounds, observations, targets),
        sentences=[*words, *about],
        cautions=cautions,
        rounds=rounds,
        targets=targets,
        observations=observations,
        levels=levels,
        untouched=untouched_failures(observations, targets),
        changes=found,
        crossed=crossed,
        gate_score=gate_score,
        figures=sorted(figures, key=lambda figure: figure.wide),
    )


def _heat_maps(levels: Sequence[Level], targets: Sequence[str]) -> list[Figure]:
    """Under the last target and the one before it, which met more attacks: a round trains against it."""
    maps = [
        heat_figure(
            f"{HEAT_MAPS[level.name]}{suffix}",
            f"Wrong answers by {level.name}" + ("" if target == AUDIT else f", target {target}"),
            target,
            level.clusters,
        )
        for level in levels
        if level.name in HEAT_MAPS
        for target, suffix in zip(targets[::-1], ("", "_before"), strict=False)
    ]
    return [figure for figure in maps if figure is not None]


def _write_bytes(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def _atlas_rows(contents: Contents) -> Iterable[Row]:
    for level in contents.levels:
        for cluster in level.clusters:
            values = dict(zip(level.dimensions, cluster.values, strict=True))
            for standing in cluster.standings:
                yield {
                    "level": level.name,
                    **{name: values.get(name, "") for name in DIMENSIONS},
                    "status": cluster.status,
                    "target": standing.target,
                    **standing.attacks.model_dump(),
                    "clean_count": standing.clean.count,
                    "clean_total": standing.clean.total,
                    "lift": standing.lift,
                    "representative": contents.observations[cluster.example].trial.attack.id,
                }
