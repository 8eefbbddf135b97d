"""A project on disk, and the bench on which something of it is being made.

What is half-done lies on a bench: each result is sealed with its hash there, and one that is not what was written is
made anew, so that whatever was killed goes on where it stopped.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from sparring.config import Params
from sparring.gates import Gatekeeper
from sparring.records import Example
from sparring.seals import is_sealed, remove, seal
from sparring.storage import read_jsonl, write_json, write_jsonl
from sparring.targets.readers import readers_gate
from sparring.targets.reference import round_trip
from sparring.terminal import say

if TYPE_CHECKING:
    from sparring.engine.embedding import Embedder

RecordT = TypeVar("RecordT", bound=BaseModel)
SEALS = "seals.json"


@dataclass(frozen=True)
class Project:
    """A folder with data and models, and the recipe that is played in it.

    Attributes:
        root: The folder.
        params: The recipe.
    """

    root: Path
    params: Params

    @property
    def base(self) -> Path:
        """Folder of the frozen base model that both players share."""
        return self.root / "models" / "base"

    @property
    def embedding(self) -> Path:
        """Folder of the sentence-embedding model."""
        return self.root / "models" / "embedding"

    @property
    def splits(self) -> Path:
        """Folder of the seeds, one file a split."""
        return self.root / "data" / "splits"

    def examples(self, split: str) -> list[Example]:
        """The seeds of a split: train, val, proof, test, ood or practice."""
        return read_jsonl(self.splits / f"{split}.jsonl", Example)

    @cached_property
    def embedder(self) -> "Embedder":
        """Sentence embeddings."""
        from sparring.engine.embedding import Embedder  # needs torch, which an audit of an endpoint does without

        return Embedder(self.embedding)

    @cached_property
    def gatekeeper(self) -> Gatekeeper:
        """The validity gates with this recipe's thresholds."""
        params, root = self.params, self.root
        return Gatekeeper(params.gates, self.embedder, round_trip(params, root), readers_gate(params, root))

    def changed(self, **sections: Any) -> "Project":
        """The same folder under a recipe with other sections."""
        return replace(self, params=self.params.model_copy(update=sections))


@dataclass(frozen=True)
class Workbench:
    """Half-done work.

    Attributes:
        folder: Where it lies.
        name: What lines about it begin with.
    """

    folder: Path
    name: str

    def file(self, name: str) -> Path:
        """A file of rows."""
        return self.folder / f"{name}.jsonl"

    def rows(self, name: str, record_type: type[RecordT]) -> list[RecordT]:
        """Rows of a finished step."""
        return read_jsonl(self.file(name), record_type)

    def done(self, *paths: Path) -> bool:
        """Whether a step's results are there, whole, from an earlier start; what is not whole goes."""
        unfinished = [path for path in paths if not is_sealed(self.seals, path)]
        if not unfinished:
            say(f"{self.name}: reusing finished {', '.join(path.name for path in paths)}")
            return True
        for path in unfinished:
            if path.exists():
                say(f"{self.name}: {path.name} belongs to a step that was cut short: made anew")
                remove(path)
        return False

    @property
    def seals(self) -> Path:
        """The ledger of finished results."""
        return self.folder / SEALS

    def finished(self, *paths: Path) -> None:
        """Enters results that are whole now."""
        for path in paths:
            seal(self.seals, path)

    def write(self, name: str, rows: Sequence[BaseModel]) -> None:
        """Writes a file of rows, finished."""
        write_jsonl(self.file(name), rows)
        self.finished(self.file(name))

    def write_json(self, name: str, content: object) -> None:
        """Writes a finished file that holds no rows."""
        write_json(self.folder / name, content)
        self.finished(self.folder / name)

    def clear(self) -> None:
        """Removes it all."""
        shutil.rmtree(self.folder)
