"""What the report reads: finished rounds, their trials and the seeds.

The surprise is who answered: the training attacks of a round (trials.jsonl) and heldout_before.jsonl were answered by
the champion that the round played against, heldout.jsonl and clean.jsonl by the round's own target. An `Observation`
says which. All attacks of an audit count as held out: nothing is trained on them. Attacks that change the tools
(schema.jsonl) are a family apart: listed and counted, never in the atlas.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from sparring.attacker.program import way_of
from sparring.attacker.schema_attacks import PREFIX, SCHEMA_OPERATORS, attack_schema
from sparring.errors import InputError
from sparring.manifests import read_manifest
from sparring.records import Example, RoundResult, Trial, by_id
from sparring.storage import RoundPaths, read_jsonl
from sparring.studies.audit import AUDIT
from sparring.studies.metrics import attack_success, valid_fraction

Rows = Literal["training", "held out, before", "held out", "untouched", "tools changed, before", "tools changed"]
REWRITES: frozenset[Rows] = frozenset({"training", "held out, before", "held out"})
SEEDS = ("train", "val")
Outcome = Literal["wrong answer", "right answer", "rejected", "not scored"]


@dataclass(frozen=True)
class PlayedRound:
    """A finished round. A baseline has no training attacks and nobody before it.

    `schema` and `schema_before` are attacks that change the tools, answered by the round's target and the one before.
    """

    result: RoundResult
    training: list[Trial]
    heldout_before: list[Trial]
    heldout: list[Trial]
    untouched: list[Trial]
    schema_before: list[Trial] = field(default_factory=list)
    schema: list[Trial] = field(default_factory=list)


@dataclass(frozen=True)
class Observation:
    """One judged request.

    Attributes:
        round: The round that wrote the request.
        rows: Which rows of the round it belongs to; "untouched" requests are seeds as they are.
        target: The round whose target answered.
        seed: What was attacked; where the tools were changed, with the right call in the changed names.
    """

    round: str
    rows: Rows
    target: str
    trial: Trial
    seed: Example

    @cached_property
    def ways(self) -> tuple[str, ...]:
        """The operators that changed something on the way from the seed; what is no program is its own only one."""
        return way_of(self.trial.attack, self.seed)

    @property
    def outcome(self) -> Outcome:
        """What became of it, by the target's first answer."""
        if self.trial.unjudged or (self.trial.valid and not self.trial.scored):
            return "not scored"
        if not self.trial.valid:
            return "rejected"
        return "wrong answer" if self.trial.success else "right answer"


def read_rounds(root: Path) -> list[PlayedRound]:
    """The finished rounds below data/rounds, by name; a folder without round.json is not finished.

    Raises:
        InputError: There is none, or a file is missing or broken.
    """
    folder = root / "data" / "rounds"
    names = sorted(manifest.parent.name for manifest in folder.glob("*/round.json"))
    if not names:
        raise InputError(f"{folder}: no finished round; run `sparring flow training` first")
    return [_read_round(RoundPaths(root, name)) for name in names]


def is_audit(rounds: Sequence[PlayedRound]) -> bool:
    """Whether this is an audit of one model, with nobody trained and nobody before."""
    return rounds[-1].result.round == AUDIT


def read_seeds(root: Path) -> dict[str, Example]:
    """The seeds that rounds attack and evaluate on, by id; older projects have no proof and evaluated on val."""
    splits = root / "data" / "splits"
    rows = [row for name in SEEDS for row in read_jsonl(splits / f"{name}.jsonl", Example)]
    if (proof := splits / "proof.jsonl").exists():
        rows += read_jsonl(proof, Example)
    try:
        return by_id(rows)
    except ValueError as error:
        raise InputError(f"{splits}: {error}") from None


def observe(rounds: Sequence[PlayedRound], seeds: dict[str, Example]) -> list[Observation]:
    """Every judged request of the rounds, with the target that answered it.

    Raises:
        InputError: A trial's seed is in no split that is attacked.
    """
    observations = []
    results = {played.result.round: played.result for played in rounds}
    for played in rounds:
        name, before = played.result.round, opponent(played.result, results)
        groups: list[tuple[Rows, str | None, list[Trial]]] = [
            ("training", before, played.training),
            ("held out, before", before, played.heldout_before),
            ("held out", name, played.heldout),
            ("untouched", name, played.untouched),
            ("tools changed, before", before, played.schema_before),
            ("tools changed", name, played.schema),
        ]
        for rows, target, trials in groups:
            for trial in trials:
                if trial.attack.example_id not in seeds:
                    raise InputError(
                        f"data/rounds/{name}: attack {trial.attack.id}: example_id: "
                        f"{trial.attack.example_id} is in none of train.jsonl, val.jsonl and proof.jsonl of data/splits"
                    )
                assert target is not None
                seed = seeds[trial.attack.example_id]
                shown = seed if rows in REWRITES or rows == "untouched" else _changed_tools(seed, trial)
                observations.append(Observation(name, rows, target, trial, shown))
    return observations


def opponent(result: RoundResult, results: Mapping[str, RoundResult]) -> str | None:
    """The round whose target a round played against: the champion after the round before it; None for a baseline."""
    before = results.get(result.after or "")
    return result.after if before is None else before.champion


def lineage(rounds: Sequence[PlayedRound]) -> list[str]:
    """The targets that lead to the last round's, from the baseline on. A target that lost a round leads nowhere."""
    results = {played.result.round: played.result for played in rounds}
    names: list[str] = []
    name: str | None = rounds[-1].result.round
    while name is not None and name in results and name not in names:
        names.append(name)
        name = opponent(results[name], results)
    return names[::-1]


def _changed_tools(seed: Example, trial: Trial) -> Example:
    """The seed with the right call in the names that the target saw, under an id of its own."""
    operator = trial.attack.strategy.removeprefix(PREFIX)
    if operator not in SCHEMA_OPERATORS:
        raise InputError(f"attack {trial.attack.id}: strategy: {operator!r} is none of {sorted(SCHEMA_OPERATORS)}")
    # Tools of other seeds only stand beside the own ones: without them the right call is the same.
    changed, _ = attack_schema(seed, [operator], trial.attack.seed, ())
    return changed.model_copy(update={"id": f"{seed.id} ({operator})"})


def _counted(played: PlayedRound) -> RoundResult:
    """The manifest with its shares of attacks counted from the trials, as the atlas counts them."""
    found = {
        "attack_success": attack_success(played.training),
        "valid_fraction": valid_fraction(played.training),
        "heldout_success_before": attack_success(played.heldout_before),
        "heldout_success": attack_success(played.heldout),
        "heldout_valid": valid_fraction(played.heldout),
        "schema_success_before": attack_success(played.schema_before),
        "schema_success": attack_success(played.schema),
    }
    rates = played.result.rates | {
        name: rate for name, rate in found.items() if name in played.result.rates and rate.total
    }
    return played.result.model_copy(update={"rates": rates})


def _read_round(paths: RoundPaths) -> PlayedRound:
    result = read_manifest(paths)
    followed = result.after is not None
    training = read_jsonl(paths.file("trials.jsonl"), Trial) if followed else []
    before = read_jsonl(paths.file("heldout_before.jsonl"), Trial) if followed else []
    heldout = read_jsonl(paths.file("trials.jsonl" if result.round == AUDIT else "heldout.jsonl"), Trial)
    untouched = read_jsonl(paths.file("clean.jsonl"), Trial)
    schema_before, schema = (_read_schema(paths, name) for name in ("schema_before", "schema"))
    played = PlayedRound(result, training, before, heldout, untouched, schema_before, schema)
    return replace(played, result=_counted(played))


def _read_schema(paths: RoundPaths, name: str) -> list[Trial]:
    """Trials of tools changed; an audit has none, nor has a recipe with `evaluation.schema_seeds: 0`."""
    path = paths.file(f"{name}.jsonl")
    return read_jsonl(path, Trial) if path.exists() else []
