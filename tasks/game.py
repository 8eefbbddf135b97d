"""The state of one round, handed from task to task: who plays, with which inputs, and where half-done work lives.

Half-done work lies in `.work/<round>-<key>/`, outside what DVC deletes and tracks; the key is a hash of everything that
decides the round, so work of other inputs is never picked up. Each result is sealed with its hash: one that is not what
was written is made anew. `publish` copies all to its place, the manifest last, with the hash of every file.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar, cast

from pydantic import BaseModel

from sparring.config import BASELINE, NumberFormat, Params
from sparring.engine.embedding import Embedder
from sparring.engine.number_format import begin_campaign, forget_begun, load_recipe
from sparring.gates import Gatekeeper
from sparring.manifests import read_manifest
from sparring.names import checked, round_name
from sparring.records import Example, RoundResult, Trial
from sparring.seals import is_sealed, remove, seal
from sparring.storage import (
    InputError,
    RoundPaths,
    changed_since,
    hash_tree,
    read_jsonl,
    write_json,
    write_jsonl,
    write_text,
)
from sparring.targets.reference import reference_folder, round_trip
from sparring.terminal import say

RecordT = TypeVar("RecordT", bound=BaseModel)
DECISIVE = ("seed", "threads", "training", "models", "target", "query_model", "gates", "judge", "rollout", "evaluation")
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
# How far a judge comes and not what it says: a round that it stopped goes on with more of it.
JUDGES_PATIENCE = (
    "key_variable",
    "concurrency",
    "timeout_s",
    "max_attempts",
    "max_requests",
    "max_tokens",
    "max_new_tokens",
)
SEALS = "seals.json"
PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "prefect", "mlflow", "dvc", "sparring")


@dataclass(frozen=True)
class Game:
    """One round being played.

    Attributes:
        root: The project's root.
        params: The recipe.
        round: Name of this round, e.g. "r01".
        after: The round whose players play; None for the baseline.
    """

    root: Path
    params: Params
    round: str
    after: str | None

    @cached_property
    def inputs(self) -> dict[str, str]:
        """SHA-256 of every input, by path from the root; `params` is the hash of the sections that decide the round."""
        sections = DECISIVE if self.after is None else DECISIVE_ROUND
        recipe = self.params.model_dump(mode="json", include=set(sections), exclude={"judge": set(JUDGES_PATIENCE)})
        hashes = {"params": hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()}
        paths = [self.root / "data" / "splits", self.base, self.embedding]
        if (reference := reference_folder(self.params, self.root)) is not None:
            paths.append(reference)
        if self.after is not None:
            before = self.before
            paths += [before.query_adapter, self.champion.target_adapter]
            paths += [self.champion.file(f"{name}.jsonl") for name in ("clean", "schema")]
            paths += [path for name in ("mistakes", "archive") if (path := before.file(f"{name}.jsonl")).exists()]
        for path in paths:
            if not path.exists():
                raise InputError(f"{path}: no such file or folder; {self._remedy(path)}")
            hashes[path.relative_to(self.root).as_posix()] = hash_tree(path)
        return hashes

    def _remedy(self, path: Path) -> str:
        prepared = path.is_relative_to(self.root / "data" / "splits") or path in (self.base, self.embedding)
        return "run `python -m flows.prepare` first" if prepared else f"play round {self.after} first"

    @property
    def base(self) -> Path:
        """Folder of the frozen base model that both players share."""
        return self.root / "models" / "base"

    @property
    def embedding(self) -> Path:
        """Folder of the sentence-embedding model."""
        return self.root / "models" / "embedding"

    @property
    def paths(self) -> RoundPaths:
        """Where the finished round lies."""
        return RoundPaths(self.root, self.round)

    @property
    def before(self) -> RoundPaths:
        """Where the round before lies. Raises ValueError for the baseline."""
        if self.after is None:
            raise ValueError(f"{self.round} is the baseline: no round comes before it")
        return RoundPaths(self.root, self.after)

    @cached_property
    def champion(self) -> RoundPaths:
        """Where the round lies whose target plays now: the round before, or the one that it lost against."""
        return RoundPaths(self.root, read_manifest(self.before).champion)

    @cached_property
    def work(self) -> Path:
        """Folder of half-done work, named by the hash of the inputs."""
        key = hashlib.sha256(json.dumps(self.inputs, sort_keys=True).encode()).hexdigest()[:12]
        folder = self.root / ".work" / f"{self.round}-{key}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def file(self, name: str) -> Path:
        """A data file of this round while it is being played."""
        return self.work / f"{name}.jsonl"

    def rows(self, name: str, record_type: type[RecordT]) -> list[RecordT]:
        """Rows of a finished step of this round."""
        return read_jsonl(self.file(name), record_type)

    def rows_before(self, name: str, record_type: type[RecordT]) -> list[RecordT]:
        """Rows of the round before; none where that round has no such file (the baseline keeps no mistake book)."""
        path = self.before.file(f"{name}.jsonl")
        return read_jsonl(path, record_type) if path.exists() else []

    def champions_trials(self, name: str) -> list[Trial]:
        """The champion's answers: "clean" to the untouched held-out rows, "schema" to those with other tools."""
        return read_jsonl(self.champion.file(f"{name}.jsonl"), Trial)

    def examples(self, split: str) -> list[Example]:
        """The seeds of a split: train, val, test or ood."""
        return read_jsonl(self.root / "data" / "splits" / f"{split}.jsonl", Example)

    def done(self, *paths: Path) -> bool:
        """Whether a step's results are there, whole, from an earlier start of this round; what is not whole goes."""
        unfinished = [path for path in paths if not is_sealed(self.seals, path)]
        if not unfinished:
            say(f"{self.round}: reusing finished {', '.join(path.name for path in paths)}")
            return True
        for path in unfinished:
            if path.exists():
                say(f"{self.round}: {path.name} belongs to a step that was cut short: made anew")
                remove(path)
        return False

    @property
    def seals(self) -> Path:
        """The ledger of this round's finished results."""
        return self.work / SEALS

    def finished(self, *paths: Path) -> None:
        """Enters results that are whole now."""
        for path in paths:
            seal(self.seals, path)

    def write(self, name: str, rows: Sequence[BaseModel]) -> None:
        """Writes a data file of this round, finished."""
        write_jsonl(self.file(name), rows)
        self.finished(self.file(name))

    def write_json(self, name: str, content: object) -> None:
        """Writes a finished file of this round that holds no rows."""
        write_json(self.work / name, content)
        self.finished(self.work / name)

    @cached_property
    def embedder(self) -> Embedder:
        """Sentence embeddings."""
        return Embedder(self.embedding)

    @cached_property
    def gatekeeper(self) -> Gatekeeper:
        """The validity gates with this recipe's thresholds."""
        return Gatekeeper(self.params.gates, self.embedder, round_trip(self.params, self.root))

    def already_played(self) -> RoundResult | None:
        """The manifest of this round where it lies finished and whole, played with the same inputs, else None."""
        if not self.paths.manifest.exists():
            return None
        outs = [self.paths.target_adapter, self.paths.query_adapter, self.paths.file("clean.jsonl")]
        found = read_manifest(self.paths)
        if found.inputs != self.inputs or not all(path.exists() for path in outs):
            return None
        if (broken := changed_since(self.root, found.outputs)) is not None:
            say(f"{self.round}: {broken} is not what the round wrote: played anew")
            return None
        return found

    def publish(self, manifest: RoundResult) -> RoundResult:
        """Copies the finished work to its place, the manifest last; returns the manifest as it was written."""
        self.paths.manifest.unlink(missing_ok=True)
        for folder in (self.paths.folder, self.paths.models):
            for partial in folder.glob(".*.partial"):  # of a start that was killed right here
                remove(partial)
        for adapter in (self.paths.query_adapter, self.paths.target_adapter):
            _replace_folder(self.work / adapter.name, adapter)
        for name in DATA_FILES:
            if self.file(name).exists():
                write_text(self.paths.file(f"{name}.jsonl"), self.file(name).read_text(encoding="utf-8"))
        outs = [self.paths.query_adapter, self.paths.target_adapter]
        outs += [path for name in DATA_FILES if (path := self.paths.file(f"{name}.jsonl")).exists()]
        hashes = {path.relative_to(self.paths.root).as_posix(): hash_tree(path) for path in outs}
        written = manifest.model_copy(update={"outputs": hashes})
        write_text(self.paths.manifest, written.model_dump_json(indent=2) + "\n")
        if self.after is None:
            forget_begun(self.root)
        return written

    def clear(self) -> None:
        """Removes the half-done work."""
        shutil.rmtree(self.work)


def open_game(root: Path, round: str, after: str | None) -> Game:
    """Reads the recipe and checks that the round can be played.

    Raises:
        InputError: A name or params.yaml is wrong, or the round to follow is missing or not what it was.
    """
    checked("round", round, round_name)
    if after is not None:
        checked("--after", after, round_name)
    params = load_recipe(root)
    if after is not None and not RoundPaths(root, after).manifest.exists():
        raise InputError(f"{RoundPaths(root, after).manifest}: no such file; play round {after} first")
    if (round == BASELINE) != (after is None):
        raise InputError(f"round {round}: {BASELINE} follows nothing, every other round follows one")
    game = Game(root, params, round, after)
    if after is None:
        begin_campaign(root, cast(NumberFormat, params.models.dtype))  # load_recipe settles it
    else:
        _check_round_before(game, read_manifest(game.before))
    return game


def _check_round_before(game: Game, before: RoundResult) -> None:
    """What the round before played with and what it wrote must be what this one finds: files that lost rows play too.

    Raises:
        InputError: A file is another than it was.
    """
    shared = {name: known for name, known in before.inputs.items() if game.inputs.get(name, known) != known}
    for name in sorted(shared.keys() - {"params"}):
        raise InputError(
            f"{game.root / name}: changed since round {before.round} was played; play that one again first"
        )
    if (broken := changed_since(game.root, before.outputs)) is not None:
        raise InputError(
            f"{game.root / broken}: is not what round {before.round} wrote; "
            f"bring it back (dvc checkout, make pull) or play round {before.round} again"
        )


def versions() -> dict[str, str]:
    """Versions of the packages that decide a result."""
    return {package: version(package) for package in PACKAGES}


def _replace_folder(source: Path, place: Path) -> None:
    """Copies a folder beside its place and swaps it in."""
    partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, partial)
    shutil.rmtree(place, ignore_errors=True)
    partial.replace(place)
