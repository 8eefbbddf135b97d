"""A team's own values: a CSV whose columns are named by arguments, `city` or `get_weather.city`, one value a line."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sparring.errors import InputError
from sparring.seeds.pools import Known
from sparring.seeds.shapes import places, schema_of
from sparring.storage import read_text


def read_values(path: Path | None, tools: Iterable[Mapping[str, Any]]) -> Known:
    """The values of a file; none without one.

    Raises:
        InputError: It is no CSV, a line has more cells than there are columns, or a column is no argument of the tools.
    """
    if path is None:
        return Known()
    try:
        head, *lines = list(csv.reader(read_text(path).splitlines(), strict=True)) or [[]]
    except csv.Error as error:
        raise InputError(f"{path}: no CSV: {error}") from None
    columns = [name.strip().lower() for name in head]
    known = set(_arguments(tools))
    if unknown := next((name for name in columns if name not in known), None):
        raise InputError(
            f"{path}:1: {unknown!r} is no argument of these tools; a column is named ARGUMENT or TOOL.ARGUMENT"
        )
    values: dict[str, list[str]] = {name: [] for name in columns}
    for number, line in enumerate(lines, start=2):
        if len(line) > len(columns):
            raise InputError(f"{path}:{number}: {len(line)} cells, and {len(columns)} columns")
        for name, cell in zip(columns, line, strict=False):
            if cell.strip() and cell.strip() not in values[name]:
                values[name].append(cell.strip())
    return Known(values)


def _arguments(tools: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for tool in tools:
        try:
            found = places(schema_of(tool))
        except InputError:
            continue
        for place in found:
            yield place.name.lower()
            yield f"{tool['name']}.{place.name}".lower()
