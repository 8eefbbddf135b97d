"""The state of an audit: a played in a folder of its own, whose target has no adapter of ours and is never trained.

What is asked is remembered beside the work; the same name with other settings is refused, since answers would mix.
"""

import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sparring.dialects import DIALECTS
from sparring.engine.number_format import load_recipe
from sparring.names import checked, plain_name, round_name
from sparring.records import Example
from sparring.storage import InputError, RoundPaths, hash_tree
from sparring.studies.audit import AUDIT, RULES, AuditSettings, audit_folder
from sparring.studies.own_rows import load_own_rows
from tasks.asked import check_target, must_exist, remember, with_dialect
from tasks.rounds import Round

SPLITS = ("train", "val", "test", "ood")


@dataclass(frozen=True)
class AuditGame(Round):
    """The state of an audit, handed from task to task.

    Attributes:
        name: Name of the audit's folder.
        settings: What is audited and how.
    """

    name: str
    settings: AuditSettings

    @property
    def folder(self) -> Path:
        """The audit's folder."""
        return audit_folder(self.root, self.name)

    @property
    def paths(self) -> RoundPaths:
        """Where the audit's one round lies."""
        return RoundPaths(self.folder, AUDIT)

    @cached_property
    def work(self) -> Path:
        """Folder of half-done work; it stays, so that unanswered rows can be asked again."""
        folder = self.folder / ".work"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def query_adapter(self) -> Path | None:
        """The attacker's adapter; None where rules attack."""
        if self.settings.attacker == RULES:
            return None
        return RoundPaths(self.root, self.settings.attacker).query_adapter

    @cached_property
    def inputs(self) -> dict[str, str]:
        """SHA-256 of every input, by path from the root where it lies below it."""
        paths = [self.base, self.embedding, _seeds_file(self.root, self.settings.seeds)]
        paths += [path for path in (self.query_adapter, _local(self.settings.adapter)) if path is not None]
        if self.settings.base_url is None:
            paths.append(Path(self.settings.model))
        return {path.as_posix().removeprefix(f"{self.root.as_posix()}/"): hash_tree(path) for path in paths}


def open_audit(root: Path, name: str, settings: AuditSettings, dialect: str | None) -> AuditGame:
    """Checks that the audit can be made, before anything is asked.

    Raises:
        InputError: A name is none or taken by an audit with other settings, a file is missing, the dialect is unknown.
    """
    checked("name", name, plain_name)
    if settings.attacker != RULES:
        checked("--attacker", settings.attacker, round_name)
    params = with_dialect(load_recipe(root), dialect)
    if params.rollout.samples > 1 and params.rollout.temperature == 0:
        raise InputError("params.yaml: rollout.temperature: several samples of a greedy model are one sample")
    played = AuditGame(root, params, AUDIT, None, name, settings)
    must_exist(played.project.base, "run `python -m flows.prepare` first")
    must_exist(played.project.embedding, "run `python -m flows.prepare` first")
    must_exist(_seeds_file(root, settings.seeds), f"--seeds takes {', '.join(SPLITS)} or a file")
    if played.query_adapter is not None:
        must_exist(played.query_adapter, f"--attacker takes {RULES} or a finished round")
    check_target(settings, params)
    _remember(played)
    return played


def audit_seeds(played: AuditGame) -> list[Example]:
    """The seeds that are asked untouched: drawn by the recipe's seed among those that want a call."""
    named, params = played.settings.seeds, played.project.params
    if named in SPLITS:
        rows = played.project.examples(named)
    else:
        rows = load_own_rows(Path(named), DIALECTS[params.target.dialect], params.data.max_rejected)
    pool = [example for example in rows if example.gold]
    random.Random(played.project.params.seed).shuffle(pool)
    return pool[: played.project.params.audit.seeds]


def _remember(played: AuditGame) -> None:
    """Keeps the settings; refuses others under the same name."""
    recipe = played.project.params.model_dump(mode="json", include={"seed", "gates", "rollout", "target"})
    wanted = played.settings.model_dump(mode="json") | {"recipe": recipe, "inputs": played.inputs}
    remember(played.bench.folder / "settings.json", wanted, f"{played.folder}: holds an audit")


def _seeds_file(root: Path, seeds: str) -> Path:
    return root / "data" / "splits" / f"{seeds}.jsonl" if seeds in SPLITS else Path(seeds)


def _local(adapter: str | None) -> Path | None:
    return None if adapter is None else Path(adapter)
