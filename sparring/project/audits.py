"""An audit: a folder of its own, a target that has no adapter of ours and is never trained.

What is asked is remembered beside the work; the same name with other settings is refused, since answers would mix.
"""

import random
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from sparring.attacker.chat_attacker import endpoint_params
from sparring.attacker.program import NAMES
from sparring.config import PATIENCE, Params, load_params
from sparring.dialects import DIALECTS, check_dialect
from sparring.dialects.base import shows_tools_by_api
from sparring.engine.number_format import load_recipe
from sparring.errors import InputError
from sparring.gates import Gatekeeper
from sparring.names import checked, plain_name, round_name
from sparring.operators import OPERATORS
from sparring.project.shipped import shipped
from sparring.project.workspace import Project, Workbench
from sparring.records import Example, Trial
from sparring.storage import RoundPaths, hash_tree, must_exist
from sparring.studies.audit import AUDIT, ENDPOINT, LEARN_SEEDS, RULES, AuditChoices, AuditSettings, audit_folder
from sparring.studies.own_rows import load_own_rows
from sparring.targets.asked import check_target, free_again, remember, with_dialect
from sparring.targets.endpoint import check_endpoint
from sparring.targets.readers import open_readers, reader_weights
from sparring.targets.reference import round_trip
from sparring.targets.tool_use import ASKED, USUAL, ToolUse, check_tool_use
from sparring.targets.trained_prompts import read_trained

SPLITS = ("train", "val", "test", "ood")
LEARNT = "query"


@dataclass(frozen=True)
class Audit:
    """An audit being made.

    Attributes:
        project: Where, and by which recipe.
        name: Name of the audit's folder.
        settings: What is audited and how.
    """

    project: Project
    name: str
    settings: AuditSettings

    @property
    def folder(self) -> Path:
        """The audit's folder."""
        return audit_folder(self.project.root, self.name)

    @property
    def paths(self) -> RoundPaths:
        """Where the audit's one round lies."""
        return RoundPaths(self.folder, AUDIT)

    @cached_property
    def bench(self) -> Workbench:
        """The half-done work; it stays, so that unanswered rows can be asked again."""
        folder = self.folder / ".work"
        folder.mkdir(parents=True, exist_ok=True)
        return Workbench(folder, self.name)

    @property
    def by_rules(self) -> bool:
        """Whether rules attack."""
        return self.settings.attacker == RULES

    @property
    def query_adapter(self) -> Path | None:
        """The attacker's adapter; None where rules attack, or a chat model."""
        if self.settings.attacker in (RULES, ENDPOINT):
            return None
        return RoundPaths(self.project.root, self.settings.attacker).query_adapter

    @property
    def attacking_adapter(self) -> Path | None:
        """The adapter that writes the attacks: what the attacker learnt against this target, where it learns."""
        return self.bench.folder / LEARNT if self.settings.learn else self.query_adapter

    @property
    def attack_seed(self) -> int:
        """Decides which attacks are drawn; the seeds that they are on, the recipe's seed alone decides."""
        return self.project.params.seed + self.settings.draw

    @property
    def tool_use(self) -> ToolUse:
        """How an endpoint is asked for its API's own tools; a model of this machine has no API."""
        if self.settings.base_url is None:
            return USUAL
        params = self.project.params.audit
        return ToolUse(params.strict, params.tool_choice, params.parallel_tool_calls)

    @cached_property
    def rows(self) -> list[Example]:
        """All rows that seeds are drawn from."""
        return self._named(self.settings.seeds)

    @property
    def rows_to_learn(self) -> list[Example]:
        """All rows that the attacker learns on: none of them says what a row that may be audited says."""
        audited = {row.query for row in self.rows}
        return [row for row in self._named(self.settings.learn_seeds) if row.query not in audited]

    def _named(self, seeds: str) -> list[Example]:
        params = self.project.params
        if seeds in SPLITS:
            return self.project.examples(seeds)
        return load_own_rows(Path(seeds), DIALECTS[params.target.dialect], params.data.max_rejected)

    @cached_property
    def gatekeeper(self) -> Gatekeeper:
        """Who says which attacks are valid: of composed rules, whose sentences they know, the gates that are rules."""
        if not self.by_rules:
            return self.project.gatekeeper
        return Gatekeeper(self.project.params.gates, None, round_trip(self.project.params, self.project.root))

    @cached_property
    def inputs(self) -> dict[str, str]:
        """SHA-256 of every input, by path from the root where it lies below it."""
        root, settings = self.project.root, self.settings
        paths = [_seeds_file(root, settings.seeds)]
        if settings.learn:
            paths.append(_seeds_file(root, settings.learn_seeds))
        if self.query_adapter is not None:
            paths += [self.project.base]
        if not self.by_rules:
            paths += [self.project.embedding]
        paths += [path for path in (self.query_adapter, _local(settings.adapter)) if path is not None]
        if settings.base_url is None:
            paths.append(Path(settings.model))
        read = {} if self.by_rules else reader_weights(self.project.params, root)
        return read | {path.as_posix().removeprefix(f"{root.as_posix()}/"): hash_tree(path) for path in paths}


def open_audit(root: Path, name: str, settings: AuditSettings, choices: AuditChoices) -> Audit:
    """Checks that the audit can be made, before anything is asked.

    Raises:
        InputError: A name is none or taken by an audit with other settings, a file is missing, the dialect is unknown.
    """
    checked("name", name, plain_name)
    if settings.attacker not in (RULES, ENDPOINT):
        checked("--attacker", settings.attacker, round_name)
    params = choices.applied(with_dialect(_recipe(root, settings), choices.dialect))
    if params.rollout.samples > 1 and params.rollout.temperature == 0:
        raise InputError("params.yaml: rollout.temperature: several samples of a greedy model are one sample")
    audit = Audit(Project(root, params), name, settings)
    must_exist(_seeds_file(root, settings.seeds), f"--seeds takes {', '.join(SPLITS)} or a file")
    if settings.learn:
        must_exist(_seeds_file(root, settings.learn_seeds), f"--learn-seeds takes {', '.join(SPLITS)} or a file")
    elif settings.learn_seeds != LEARN_SEEDS:
        raise InputError("--learn-seeds belongs to --learn")
    _check_attacker(audit)
    if unknown := [name for name in settings.without if name not in NAMES]:
        raise InputError(f"--without {unknown[0]}: no operator; allowed: {', '.join(NAMES)}")
    if not OPERATORS.keys() - set(settings.without):
        raise InputError("--without: no operator is left that could attack")
    check_target(settings, params)
    if settings.base_url is None and any(getattr(choices, name) is not None for name in ASKED):
        raise InputError("--strict, --tool-choice and --parallel-calls belong to an endpoint: give --base-url")
    if choices.exported is not None:
        _check_exported(settings, Path(choices.exported))
    check_tool_use(audit.tool_use, shows_tools_by_api(DIALECTS[params.target.dialect]), params.target.dialect)
    _remember(audit)
    return audit


def _check_exported(settings: AuditSettings, exported: Path) -> None:
    if settings.base_url is None:
        raise InputError("--exported belongs to an endpoint that serves the exported model: give --base-url")
    read_trained(exported)


def _check_attacker(audit: Audit) -> None:
    """Raises InputError where what writes or judges the attacks is not there; sends nothing."""
    project, params = audit.project, audit.project.params
    if audit.settings.learn and audit.query_adapter is None:
        raise InputError("--learn: trains a query model: give --attacker a finished round")
    if audit.by_rules:
        return
    must_exist(project.embedding, "run `sparring flow prepare` first")
    if (adapter := audit.query_adapter) is not None:
        must_exist(project.base, "run `sparring flow prepare` first")
        must_exist(adapter, f"--attacker takes {RULES}, {ENDPOINT} or a finished round")
        if params.query_model.endpoint is not None:
            raise InputError(
                f"--attacker {audit.settings.attacker}: params.yaml names query_model.endpoint, which attacks in its "
                f"place: give --attacker {ENDPOINT}"
            )
    elif params.query_model.endpoint is None:
        raise InputError(f"--attacker {ENDPOINT}: params.yaml names none: query_model.endpoint (docs/gates.md)")
    else:
        check_endpoint(endpoint_params(params.query_model.endpoint))
    for reader in open_readers(params, project.root):
        reader.check()


def _recipe(root: Path, settings: AuditSettings) -> Params:
    """The recipe; its number format is settled only where a model of this machine will use it.

    Who asks an endpoint with rows of their own needs no project: where there is none, the recipe is the one that ships.
    """
    if not without_torch(settings):
        return load_recipe(root)
    recipe = root / "params.yaml" if settings.seeds in SPLITS else recipe_file(root)
    params = load_params(recipe)
    check_dialect(f"{recipe}: target.dialect", params.target.dialect)
    return params


def recipe_file(root: Path) -> Path:
    """The recipe of a folder; where there is none, the one that ships."""
    own = root / "params.yaml"
    return own if own.exists() else shipped_recipe()


def shipped_recipe() -> Path:
    """The params.yaml of this installation."""
    return shipped() / "params.yaml"


def audit_seeds(audit: Audit) -> list[Example]:
    """The seeds that are asked untouched: rows that want a call, then rows that want none, drawn by the recipe's seed.

    More of them begin with the same ones.
    """
    params = audit.project.params
    fitting = [example for example in audit.rows if audit.tool_use.fits(example)]
    calling = [example for example in fitting if example.gold]
    declining = [example for example in fitting if example.wants_no_call]
    for pool in (calling, declining):
        if audit.settings.tools is None:
            random.Random(params.seed).shuffle(pool)
        else:  # by a key of its own each, so that a tool's new rows move no other
            pool.sort(key=lambda example: random.Random(f"{params.seed}:{example.id}").random())
    return calling[: params.audit.seeds] + declining[: params.audit.no_call_seeds]


def _remember(audit: Audit) -> None:
    """Keeps the settings; refuses others under the same name, unless its first try came to nothing."""
    decide = {"seed", "gates", "rollout", "target"}
    if audit.settings.attacker == ENDPOINT:
        decide |= {"query_model"}
    if audit.settings.learn:
        decide |= {"query_model", "reward", "rl", "sampling"}
    recipe = audit.project.params.model_dump(mode="json", include=decide, exclude=PATIENCE)
    wanted = audit.settings.model_dump(mode="json") | {"recipe": recipe, "inputs": _fixed_inputs(audit)}
    if not audit.tool_use.is_usual:
        wanted["tool_use"] = asdict(audit.tool_use)
    kept, journal = audit.bench.folder / "settings.json", audit.bench.file("journal")
    if not _begun(audit):
        free_again(kept, wanted, journal, audit.name)
    remember(kept, wanted, f"{audit.folder}: holds an audit")


def _fixed_inputs(audit: Audit) -> dict[str, str]:
    """The inputs that stay under one name: seeds of a team's own tools follow the tools, and cost answers where new."""
    if audit.settings.tools is None:
        return audit.inputs
    seeds = audit.settings.seeds.removeprefix(f"{audit.project.root.as_posix()}/")
    return {path: digest for path, digest in audit.inputs.items() if path != seeds}


def _begun(audit: Audit) -> bool:
    """Whether the untouched seeds were asked to the end, and one of them was answered."""
    return audit.bench.file("clean").exists() and any(trial.scored for trial in audit.bench.rows("clean", Trial))


def _seeds_file(root: Path, seeds: str) -> Path:
    return root / "data" / "splits" / f"{seeds}.jsonl" if seeds in SPLITS else Path(seeds)


def without_torch(settings: AuditSettings) -> bool:
    """Whether no model of this machine takes part: rules attack what somebody else serves."""
    return settings.attacker == RULES and settings.backend != "local"


def _local(adapter: str | None) -> Path | None:
    return None if adapter is None else Path(adapter)
