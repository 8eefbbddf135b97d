"""Several models in one report: what decides about each, and a matrix of weaknesses by models.

The front page and its numbers stand beside a folder for each model, with that model's own report. The surprise: a
weakness of one model is counted for all, so a cell is "not measured" only where nobody attacked that model this way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from sparring.errors import InputError
from sparring.markdown_text import escaped
from sparring.records import Rate
from sparring.report.drawing import Row, csv_text
from sparring.report.naming import weakness_words
from sparring.report.page import Contents, asset, page_environment, rate_cell
from sparring.report.text import share
from sparring.report.weaknesses import Cell, Met
from sparring.visible_text import shorten, visible

MAX_ROWS = 20


@dataclass(frozen=True)
class Compared:
    """One of the models.

    Attributes:
        name: Of its folder in the report.
        contents: Its own report.
        met: What its last target met.
    """

    name: str
    contents: Contents
    met: Met

    @property
    def target(self) -> str:
        """The target that is compared."""
        return self.contents.targets[-1]


def compared(names: Sequence[str], contents: Sequence[Contents]) -> list[Compared]:
    """The models with what each met."""
    return [
        Compared(name, one, Met.by(one.observations, [one.targets[-1]]))
        for name, one in zip(names, contents, strict=True)
    ]


def folder_names(roots: Sequence[Path]) -> list[str]:
    """Names of the folders in the report, one a model, by the models' own folders.

    Raises:
        InputError: Two folders have one name.
    """
    names = [re.sub(r"[^\w.-]", "_", root.resolve().name) or "model" for root in roots]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"--root: two folders are called {name}: their reports would lie in one place")
    return names


def matrix(models: Sequence[Compared]) -> dict[Cell, list[Rate]]:
    """By weakness its share under each model, the surest of any model first."""
    cells = {cell for one in models for cell in one.met.lost}
    found = {cell: [one.met.share(one.target, cell) for one in models] for cell in cells}
    return dict(sorted(found.items(), key=lambda item: (-max(rate.low or 0.0 for rate in item[1]), item[0])))


def matrix_csv(models: Sequence[Compared]) -> str:
    """The whole matrix, one line a cell."""
    rows: list[Row] = [
        {
            "weakness": weakness_words(*cell),
            "kind": cell[0],
            "strategy": cell[1],
            "model": one.name,
            **rate.model_dump(),
        }
        for cell, rates in matrix(models).items()
        for one, rate in zip(models, rates, strict=True)
    ]
    return csv_text(rows)


def render_models(models: Sequence[Compared]) -> str:
    """The front page, one HTML file without scripts."""
    environment = page_environment()
    environment.filters.update(visible=visible, shorten=shorten, rate=rate_cell, share=share)
    rows = [(weakness_words(*cell), rates) for cell, rates in matrix(models).items()]
    return environment.get_template("models.jinja").render(
        models=models,
        rows=rows[:MAX_ROWS],
        left=len(rows) - MAX_ROWS,
        style=Markup(asset("report.css")),
        wash=wash_class,
    )


def models_markdown(models: Sequence[Compared]) -> str:
    """The front page as Markdown."""
    lines = ["# Models compared", "", "| model | decision | broken under attack | right | calls where nothing fits |"]
    lines.append("|---|---|---|---|---|")
    for one in models:
        cells = " | ".join(rate_cell(key.found) for key in one.contents.first.figures)
        lines.append(f"| {escaped(one.name, 60)} | {one.contents.first.shipping} | {cells} |")
    lines += ["", "| weakness | " + " | ".join(escaped(one.name, 60) for one in models) + " |"]
    lines.append("|---" * (len(models) + 1) + "|")
    for cell, rates in list(matrix(models).items())[:MAX_ROWS]:
        lines.append(f"| {escaped(weakness_words(*cell), 160)} | " + " | ".join(map(rate_cell, rates)) + " |")
    return "\n".join(lines) + "\n"


def wash_class(rate: Rate) -> str:
    """The colour of a cell: stronger where more is wrong."""
    return f"wash-{0 if not rate.value else max(1, round(5 * rate.value))}"
