"""One round: who plays after whom, what decides it, and where it is published.

Half-done work lies in `.work/<round>-<key>/`, outside what DVC deletes and tracks; the key is a hash of everything that
decides the round, so work of other inputs is never picked up. `publish` copies all to its place, the manifest last,
with the hash of every file.
Why equal inputs give equal bytes: docs/design.md, "What decides a round".
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

from pydantic import BaseModel

from sparring.config import BASELINE, PATIENCE, NumberFormat, Params
from sparring.engine.number_format import begin_campaign, forget_begun, load_recipe, say_once
from sparring.errors import InputError
from sparring.manifests import read_manifest
from sparring.names import checked, round_name
from sparring.operators import OPERATORS
from sparring.project.sizes import lacking_rows, refuse_sizes
from sparring.project.workspace import Project, Workbench
from sparring.records import RoundResult, Trial
from sparring.seals import remove
from sparring.storage import RoundPaths, changed_since, hash_tree, read_jsonl, write_json, write_text
from sparring.studies.shipping import history_csv, slim_metrics
from sparring.targets.readers import reader_weights
from sparring.targets.reference import reference_folder
from sparring.terminal import say

RecordT = TypeVar("RecordT", bound=BaseModel)
DECISIVE = (
    "seed",
    "threads",
    "training",
    "models",
    "target",
    "query_model",
    "gates",
    "judge",
    "rollout",
    "dials",
    "evaluation",
)
DECISIVE_ROUND = (*DECISIVE, "reward", "rl", "sampling", "sft")
DATA_FILES = (
    "attacks",
    "completions",
    "trials",
    "mistakes",
    "sft",
    "archive",
    "clean",
    "heldout",
    "heldout_before",
    "schema",
    "schema_before",
)


@dataclass(frozen=True)
class Round:
    """One round being played.

    Attributes:
        project: Where, and by which recipe.
        name: Name of this round, e.g. "r01".
        after: The round whose players play; None for the baseline.
        opponent: Adapter of the target that plays in place of the champion's, below the project's root; None for that.
    """

    project: Project
    name: str
    after: str | None
    opponent: Path | None = None

    @cached_property
    def inputs(self) -> dict[str, str]:
        """SHA-256 of every input, by path from the root; `params` is the hash of the sections that decide the round."""
        sections = DECISIVE if self.after is None else DECISIVE_ROUND
        recipe = self.project.params.model_dump(mode="json", include=set(sections), exclude=PATIENCE)
        hashes = {"params": hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()}
        paths = [self.project.splits, self.project.base, self.project.embedding]
        if (reference := reference_folder(self.project.params, self.project.root)) is not None:
            paths.append(reference)
        if self.after is not None:
            before = self.before
            paths += [before.query_adapter, self.target_adapter]
            paths += [each.query_adapter for each in self.earlier if each != before]
            paths += [self.champion.file(f"{name}.jsonl") for name in ("clean", "schema")]
            paths += [path for name in ("mistakes", "archive") if (path := before.file(f"{name}.jsonl")).exists()]
        hashes |= reader_weights(self.project.params, self.project.root)
        for path in paths:
            if not path.exists():
                raise InputError(f"{path}: no such file or folder; {self._remedy(path)}")
            hashes[path.relative_to(self.project.root).as_posix()] = hash_tree(path)
        return hashes

    def _remedy(self, path: Path) -> str:
        prepared = path.is_relative_to(self.project.splits) or path in (self.project.base, self.project.embedding)
        return "run `sparring flow prepare` first" if prepared else f"play round {self.after} first"

    @property
    def paths(self) -> RoundPaths:
        """Where the finished round lies."""
        return RoundPaths(self.project.root, self.name)

    @property
    def before(self) -> RoundPaths:
        """Where the round before lies. Raises ValueError for the baseline."""
        if self.after is None:
            raise ValueError(f"{self.name} is the baseline: no round comes before it")
        return RoundPaths(self.project.root, self.after)

    @cached_property
    def earlier(self) -> list[RoundPaths]:
        """The rounds that trained a query model before this one, the first of them first; the baseline trains none."""
        found: list[RoundPaths] = []
        name = self.after
        while name is not None and name != BASELINE:
            found.insert(0, RoundPaths(self.project.root, name))
            name = read_manifest(found[0]).after
        return found

    @cached_property
    def champion(self) -> RoundPaths:
        """Where the round lies whose target plays now: the round before, or the one that it lost against."""
        return RoundPaths(self.project.root, read_manifest(self.before).champion)

    @property
    def target_adapter(self) -> Path:
        """The adapter of the target that is attacked, and whose update starts from it."""
        return self.champion.target_adapter if self.opponent is None else self.opponent

    @cached_property
    def bench(self) -> Workbench:
        """The half-done work, in a folder named by the hash of the inputs."""
        key = hashlib.sha256(json.dumps(self.inputs, sort_keys=True).encode()).hexdigest()[:12]
        folder = self.project.root / ".work" / f"{self.name}-{key}"
        folder.mkdir(parents=True, exist_ok=True)
        return Workbench(folder, self.name)

    def rows_before(self, name: str, record_type: type[RecordT]) -> list[RecordT]:
        """Rows of the round before; none where that round has no such file (the baseline keeps no mistake book)."""
        path = self.before.file(f"{name}.jsonl")
        return read_jsonl(path, record_type) if path.exists() else []

    def champions_trials(self, name: str) -> list[Trial]:
        """The champion's answers: "clean" to the untouched held-out rows, "schema" to those with other tools."""
        return read_jsonl(self.champion.file(f"{name}.jsonl"), Trial)

    def already_played(self) -> RoundResult | None:
        """The manifest of this round where it lies finished and whole, played with the same inputs, else None."""
        if not self.paths.manifest.exists():
            return None
        outs = [self.paths.target_adapter, self.paths.query_adapter, self.paths.file("clean.jsonl")]
        found = read_manifest(self.paths)
        if found.inputs != self.inputs or not all(path.exists() for path in outs):
            return None
        if (broken := changed_since(self.project.root, found.outputs)) is not None:
            say(f"{self.name}: {broken} is not what the round wrote: played anew")
            return None
        return found

    def publish(self, manifest: RoundResult) -> RoundResult:
        """Copies the finished work to its place, the manifest last; returns the manifest as it was written."""
        self.paths.manifest.unlink(missing_ok=True)
        for folder in (self.paths.folder, self.paths.models):
            for partial in folder.glob(".*.partial"):  # of a start that was killed right here
                remove(partial)
        for adapter in (self.paths.query_adapter, self.paths.target_adapter):
            _replace_folder(self.bench.folder / adapter.name, adapter)
        for name in DATA_FILES:
            if self.bench.file(name).exists():
                write_text(self.paths.file(f"{name}.jsonl"), self.bench.file(name).read_text(encoding="utf-8"))
        outs = [self.paths.query_adapter, self.paths.target_adapter]
        outs += [path for name in DATA_FILES if (path := self.paths.file(f"{name}.jsonl")).exists()]
        hashes = {path.relative_to(self.paths.root).as_posix(): hash_tree(path) for path in outs}
        written = manifest.model_copy(update={"outputs": hashes})
        self.write_figures(written)
        write_text(self.paths.manifest, written.model_dump_json(indent=2) + "\n")
        if self.after is None:
            forget_begun(self.project.root)
        return written

    def write_figures(self, manifest: RoundResult) -> None:
        """Writes what DVC shows of a round: metrics.json, and history.csv with all rounds that it follows."""
        line = [manifest, *(read_manifest(paths) for paths in reversed(self.earlier))]
        if self.after is not None:
            line.append(read_manifest(RoundPaths(self.project.root, BASELINE)))
        write_json(self.paths.file("metrics.json"), slim_metrics(manifest))
        write_text(self.paths.file("history.csv"), history_csv(line[::-1]))


def open_round(root: Path, round: str, after: str | None) -> Round:
    """Reads the recipe and checks that the round can be played.

    Raises:
        InputError: A name or params.yaml is wrong, or the round to follow is missing or not what it was.
    """
    checked("round", round, round_name)
    if after is not None:
        checked("--after", after, round_name)
    params = load_recipe(root)
    if unknown := sorted(set(params.sft.without) - OPERATORS.keys()):
        raise InputError(f"params.yaml: sft.without: {unknown[0]!r} is no operator; allowed: {', '.join(OPERATORS)}")
    if after is not None and not RoundPaths(root, after).manifest.exists():
        raise InputError(f"{RoundPaths(root, after).manifest}: no such file; play round {after} first")
    refuse_sizes(params)
    if round != BASELINE and after is not None:
        _check_declared(params, round, after)
    if (round == BASELINE) != (after is None):
        raise InputError(f"round {round}: {BASELINE} follows nothing, every other round follows one")
    for line in lacking_rows(params, root):
        say_once(line)
    played = Round(Project(root, params), round, after)
    if after is None:
        begin_campaign(root, cast(NumberFormat, params.models.dtype))  # load_recipe settles it
    else:
        _check_round_before(played, read_manifest(played.before))
    return played


def _check_declared(params: Params, round: str, after: str) -> None:
    """Raises InputError where the recipe, and with it DVC, knows no such round, or another one before it."""
    known = params.rounds.get(round)
    if known is None:
        raise InputError(
            f"round {round} is none of params.yaml's (rounds: {', '.join(params.rounds)}); to play it, write "
            f"`{round}: {{after: {after}}}` there"
        )
    if known.after != after:
        raise InputError(f"--after {after}: in params.yaml round {round} follows {known.after}")


def _check_round_before(played: Round, before: RoundResult) -> None:
    """What the round before played with and what it wrote must be what this one finds: files that lost rows play too.

    Raises:
        InputError: A file is another than it was.
    """
    shared = {name: known for name, known in before.inputs.items() if played.inputs.get(name, known) != known}
    for name in sorted(shared.keys() - {"params"}):
        raise InputError(
            f"{played.project.root / name}: changed since round {before.round} was played; play that one again first"
        )
    if (broken := changed_since(played.project.root, before.outputs)) is not None:
        raise InputError(
            f"{played.project.root / broken}: is not what round {before.round} wrote; "
            f"bring it back (dvc checkout, make pull) or play round {before.round} again"
        )


def _replace_folder(source: Path, place: Path) -> None:
    """Copies a folder beside its place and swaps it in."""
    partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, partial)
    shutil.rmtree(place, ignore_errors=True)
    partial.replace(place)
