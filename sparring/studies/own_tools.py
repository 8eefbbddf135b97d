"""What an audit says of a team's own tools and their seeds: how many, which changed, and how many a person found right.

It lies in the audit's folder: `data/own_tools.json`, beside `tools.json`, `seeds.jsonl` and a reader's answers. The
certificate is told from the answers whenever somebody asks, so that reading after the audit counts as well.
"""

from pathlib import Path

from pydantic import Field

from sparring.records import Record
from sparring.seeds.certificate import readings, share_right
from sparring.seeds.rows import read_rows
from sparring.storage import read_record, write_text

SHOWN = 8
SEEDS, TOOLS = "seeds.jsonl", "tools.json"


class OwnTools(Record):
    """What seeds were made of.

    Attributes:
        source: Where the tools were read.
        sha256: Hash of all tools.
        num_tools: Tools of the file.
        with_seeds: Tools that have a seed with a call.
        num_seeds: Seeds in all.
        kept: Seeds that were there before the tools changed.
        changes: Names of new, changed and gone tools, against the tools of the audit before under this name; none where
            there was no audit before.
        left_out: Tools without a seed, each with the reason.
    """

    source: str
    sha256: str
    num_tools: int
    with_seeds: int
    num_seeds: int
    kept: int = 0
    changes: dict[str, list[str]] | None = None
    left_out: list[str] = Field(default_factory=list)


def own_tools_path(folder: Path) -> Path:
    """Where it lies in an audit's folder."""
    return folder / "data" / "own_tools.json"


def write_own_tools(folder: Path, own: OwnTools) -> None:
    """Writes it."""
    write_text(own_tools_path(folder), own.model_dump_json(indent=2) + "\n")


def own_tools_sentences(folder: Path) -> list[str]:
    """The report's sentences; none for a project without tools of its own.

    Raises:
        InputError: A file is broken.
    """
    if not own_tools_path(folder).exists():
        return []
    own = read_record(own_tools_path(folder), OwnTools)
    found = [
        f"{own.num_seeds} seeds of {own.with_seeds} of {own.num_tools} tools from {own.source} ({own.sha256[:12]})"
        + (f", {own.kept} of them as they were before the tools changed" if own.changes is not None else "")
        + "."
    ]
    if own.changes is not None:
        named = [f"{kind}: {_listed(names)}" for kind, names in own.changes.items() if names]
        found.append(f"Tools against the audit before: {'; '.join(named) or 'as they were'}.")
    if own.left_out:
        found.append(f"Tools without a seed: {_listed(own.left_out)}.")
    return [*found, certificate_sentence(folder / SEEDS)]


def certificate_sentence(seeds: Path) -> str:
    """What a person who read some of the seeds found."""
    found = readings(seeds, read_rows(seeds)) if seeds.exists() else []
    share = share_right(found)
    if share.value is None:
        return "Nobody has read the seeds: how many of them are right is not certified (`sparring seeds --read 50`)."
    return (
        f"Of {share.total} seeds that a person has read, {share.count} are right: {share.value:.3f}, 95 % interval "
        f"{share.low:.3f} to {share.high:.3f}."
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
