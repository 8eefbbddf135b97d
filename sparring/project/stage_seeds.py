"""Seeds of a team's own tools as a stage of the pipeline: `own_tools` of the recipe in, `data/own/NAME` out.

The stage keeps its outcome before it starts again: rows of a tool that did not change stay byte by byte, so that what
was answered about them still counts, and only new and changed tools get rows. With another seed, count, values or code
all are made anew.
"""

import hashlib
from pathlib import Path

from sparring import seeds as seeds_package
from sparring.config import OwnToolsParams, Params
from sparring.errors import InputError
from sparring.records import Record
from sparring.seeds.making import make_seeds, parts_of
from sparring.seeds.own_values import read_values
from sparring.seeds.renewal import renewed
from sparring.seeds.rows import read_rows, write_rows
from sparring.storage import hash_file, read_record, write_text
from sparring.studies.own_tools import SEEDS, TOOLS
from sparring.terminal import say
from sparring.tools.frozen import read_toolbox, write_toolbox

VALUES = "values.csv"
MADE_BY = "made_by.json"


class MadeBy(Record):
    """What decides rows beside their tools.

    Attributes:
        seed: Decides every draw.
        count: Rows at most.
        values: SHA-256 of the team's own values; None where there are none.
        code: SHA-256 of what makes seeds.
    """

    seed: int
    count: int
    values: str | None
    code: str


def seeds_folder(root: Path, name: str) -> Path:
    """Where the stage writes: the seeds, the tools that they are of, and what made them."""
    return root / "data" / "own" / name


def make_stage_seeds(root: Path, name: str, params: Params) -> Path:
    """Makes or renews the seeds of one set of tools; returns their file.

    Args:
        root: The project's folder.
        name: The set's name in `own_tools` of the recipe.
        params: The recipe.

    Raises:
        InputError: The recipe knows no such set, a file is missing or broken, or no seed can be made.
    """
    if name not in params.own_tools:
        known = ", ".join(params.own_tools) or "none"
        raise InputError(f"params.yaml: own_tools: {name!r} is unknown; known: {known}")
    asked, out = params.own_tools[name], seeds_folder(root, name)
    source = root / asked.folder
    values = source / VALUES if (source / VALUES).exists() else None
    toolbox, made_by = read_toolbox(source / TOOLS), _made_by(asked, values, params.seed)
    before = read_rows(out / SEEDS) if _is_of(out, made_by) else []
    made = make_seeds(toolbox.tools, read_values(values, toolbox.tools), *parts_of(asked.count), params.seed)
    kept = renewed(before, made.rows, toolbox)
    if not kept.rows:
        raise InputError(f"{source / TOOLS}: no seed can be made; {made.left_out[0] if made.left_out else 'no tools'}")
    write_rows(out / SEEDS, kept.rows)
    write_toolbox(out / TOOLS, toolbox)
    write_text(out / MADE_BY, made_by.model_dump_json(indent=2) + "\n")
    say(f"{out / SEEDS}: {len(kept.rows)} seeds, {kept.kept} of them as they were")
    return out / SEEDS


def _made_by(asked: OwnToolsParams, values: Path | None, seed: int) -> MadeBy:
    code = hashlib.sha256()
    for path in sorted(Path(seeds_package.__file__).parent.glob("*.py")):
        code.update(f"{path.name}\0{hash_file(path)}\n".encode())
    return MadeBy(
        seed=seed, count=asked.count, values=None if values is None else hash_file(values), code=code.hexdigest()
    )


def _is_of(out: Path, made_by: MadeBy) -> bool:
    """Whether there are seeds, and the same made them."""
    return all((out / name).exists() for name in (SEEDS, MADE_BY)) and read_record(out / MADE_BY, MadeBy) == made_by
