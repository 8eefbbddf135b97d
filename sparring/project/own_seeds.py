"""Seeds for an audit of a team's own tools: made where there are none, renewed where the tools have changed.

All of it lies in the audit's folder, so that the audit, its report and its export hold what was asked.
"""

import shutil
from pathlib import Path

from sparring.config import load_params
from sparring.errors import InputError
from sparring.names import checked, plain_name
from sparring.project.audits import SPLITS, recipe_file
from sparring.seeds.certificate import readings_path
from sparring.seeds.making import NO_CALL_SHARE, Seeds, make_seeds
from sparring.seeds.own_values import read_values
from sparring.seeds.renewal import Renewed, renewed
from sparring.seeds.rows import Row, read_rows, write_rows
from sparring.storage import must_exist
from sparring.studies.audit import AuditChoices, AuditSettings, audit_folder
from sparring.studies.own_tools import SEEDS, TOOLS, OwnTools, write_own_tools
from sparring.terminal import say
from sparring.tools.frozen import Toolbox, read_toolbox, tool_changes, write_toolbox


def with_own_tools(
    root: Path,
    name: str,
    tools: Path,
    values: Path | None,
    seeds: str | None,
    settings: AuditSettings,
    choices: AuditChoices,
) -> tuple[AuditSettings, AuditChoices]:
    """An audit's settings and choices with the seeds of a team's own tools, which are all asked.

    Args:
        root: The project's folder.
        name: The audit's name.
        tools: tools.json.
        values: CSV of the team's own values.
        seeds: A file of seeds that are there already; None to make them.
        settings: What the command line says.
        choices: What it says in the recipe's place.

    Raises:
        InputError: As `own_seeds`, or `seeds` is a split.
    """
    if seeds in SPLITS:
        raise InputError(f"--seeds {seeds}: a split is no seeds of --tools; give a file, or leave --seeds out")
    given = None if seeds is None else Path(seeds)
    path, calls, none = own_seeds(root, name, tools, values, given, choices.seeds)
    used = settings.model_copy(update={"seeds": str(path), "tools": str(tools.resolve())})
    return used, choices.model_copy(update={"seeds": calls, "no_call_seeds": none})


def own_seeds(
    root: Path, name: str, tools: Path, values: Path | None, seeds: Path | None, num_seeds: int | None
) -> tuple[Path, int, int]:
    """The audit's seeds, and how many of them want a call and none.

    Args:
        root: The project's folder.
        name: The audit's name.
        tools: tools.json.
        values: CSV of the team's own values.
        seeds: Seeds that are there already, with the answers of who read them; None to make them.
        num_seeds: Seeds with a call; None for the recipe's.

    Raises:
        InputError: The name is none, a file is wrong, or no seed can be made.
    """
    checked("name", name, plain_name)
    folder, toolbox = audit_folder(root, name), read_toolbox(tools)
    params = load_params(recipe_file(root))
    wanted = num_seeds or params.audit.seeds
    none = (
        max(params.audit.no_call_seeds, round(wanted * NO_CALL_SHARE))
        if num_seeds is None
        else round(wanted * NO_CALL_SHARE)
    )
    path = folder / SEEDS
    before = read_toolbox(folder / TOOLS) if (folder / TOOLS).exists() else None
    changed = before is not None and before.sha256 != toolbox.sha256
    if seeds is not None:
        must_exist(seeds, "--seeds takes a file of seeds, or is left out to make them of --tools")
        _copied(seeds, path)
    elif changed or not path.exists():
        made = make_seeds(toolbox.tools, read_values(values, toolbox.tools), wanted, none, params.seed)
        kept = renewed(read_rows(path) if path.exists() else [], made.rows, toolbox)
        if not kept.rows:
            raise InputError(f"{tools}: no seed can be made; {made.left_out[0] if made.left_out else 'no tools'}")
        write_rows(path, kept.rows)
        _remember(folder, toolbox, before if changed else None, made, kept)
    rows = read_rows(path)
    if seeds is not None and (changed or before is None):
        _remember(folder, toolbox, before if changed else None, Seeds(), Renewed(rows, 0))
    write_toolbox(folder / TOOLS, toolbox)
    return path, max(1, sum(bool(row.get("gold")) for row in rows)), sum(not row.get("gold") for row in rows)


def _remember(folder: Path, toolbox: Toolbox, before: Toolbox | None, made: Seeds, kept: Renewed) -> None:
    with_seeds = {_called(row) for row in kept.rows if row.get("gold")}
    names = {str(tool["name"]) for tool in toolbox.tools}
    own = OwnTools(
        source=toolbox.source,
        sha256=toolbox.sha256,
        num_tools=len(names),
        with_seeds=len(with_seeds & names),
        num_seeds=len(kept.rows),
        kept=kept.kept,
        changes=None if before is None else tool_changes(before, toolbox),
        left_out=[str(one) for one in made.left_out if one.tool in names - with_seeds],
    )
    write_own_tools(folder, own)
    say(f"{folder / SEEDS}: {own.num_seeds} seeds of {own.with_seeds} of {own.num_tools} tools")


def _called(row: Row) -> str:
    call = row["gold"][0]
    return str(call.get("name") or call.get("function", {}).get("name"))


def _copied(seeds: Path, path: Path) -> None:
    """Takes seeds, and the answers of who read them, into the audit's folder."""
    if seeds.resolve() == path.resolve():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(seeds, path)
    if readings_path(seeds).exists():
        shutil.copyfile(readings_path(seeds), readings_path(path))
