"""docs/design.md as tests read it: its headings, its tables, the metrics that its glossary names."""

import re
from collections.abc import Iterator

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "design.md"
NAME = re.compile(r"`([^`]+)`")
ANY = re.compile(r"[A-Z]+")


def headings() -> list[str]:
    """All headings, without their marks."""
    return [line.lstrip("# ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("#")]


def rows(section: str) -> Iterator[tuple[str, list[str]]]:
    """The table rows of a section of the second level, each with the last heading above it; no row of column names."""
    inside, heading, in_table = False, section, False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            inside, heading = line == f"## {section}", section
        elif line.startswith("### "):
            heading = line.removeprefix("### ")
        if inside and line.startswith("|"):
            if in_table and not set(line) <= set("|-"):
                yield heading, [cell.strip() for cell in line.strip("|").split("|")]
            in_table = True
        else:
            in_table = False


def names(cell: str) -> list[str]:
    """What a cell names as code."""
    return NAME.findall(cell)


def glossary() -> list[str]:
    """The metrics that the glossary names; capitals stand for any name."""
    return [name for _, cells in rows("Metrics") for name in names(cells[0])]


def meant(entry: str, metric: str) -> bool:
    """Whether an entry of the glossary names this metric."""
    parts = ANY.split(entry)
    return re.fullmatch("[^/.]+".join(map(re.escape, parts)), metric) is not None
