"""What the report reads: finished rounds, their trials and the seeds.

The surprise is who answered: the training attacks of a round (trials.jsonl) and heldout_before.jsonl were answered by
the champion that the round played against, heldout.jsonl and clean.jsonl by the round's own target. An `Observation`
says which. All attacks of an audit count as held out: nothing is trained on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from sparring.audit import AUDIT
from sparring.metrics import attack_success, valid_fraction
from sparring.records import Example, RoundResult, Trial, by_id
from sparring.storage import InputError, RoundPaths, first_fault, read_jsonl

Rows = Literal["training", "held out, before", "held out", "untouched"]
Outcome = Literal["wrong answer", "right answer", "rejected", "not scored"]


@dataclass(frozen=True)
class PlayedRound:
    """A finished round. A baseline has no training attacks and nobody before it."""

    result: RoundResult
    training: list[Trial]
    heldout_before: list[Trial]
    heldout: list[Trial]
    untouched: list[Trial]


@dataclass(frozen=True)
class Observation:
    """One judged request.

    Attributes:
        round: The round that wrote the request.
        rows: Which rows of the round it belongs to; "untouched" requests are seeds as they are.
        target: The round whose target answered.
    """

    round: str
    rows: Rows
    target: str
    trial: Trial
    seed: Example

    @property
    def outcome(self) -> Outcome:
        """What became of it, by the target's first answer."""
        if not self.trial.valid:
            return "rejected"
        if not self.trial.scored:
            return "not scored"
        return "wrong answer" if self.trial.success else "right answer"


def read_rounds(root: Path) -> list[PlayedRound]:
    """The finished rounds below data/rounds, by name; a folder without round.json is not finished.

    Raises:
        InputError: There is none, or a file is missing or broken.
    """
    folder = root / "data" / "rounds"
    names = sorted(manifest.parent.name for manifest in folder.glob("*/round.json"))
    if not names:
        raise InputError(f"{folder}: no finished round; run `python -m flows.training` first")
    return [_read_round(RoundPaths(root, name)) for name in names]


def read_seeds(root: Path) -> dict[str, Example]:
    """The seeds that rounds attack and evaluate on, by id: the splits train and val."""
    splits = root / "data" / "splits"
    return dict(by_id([row for name in ("train", "val") for row in read_jsonl(splits / f"{name}.jsonl", Example)]))


def observe(rounds: Sequence[PlayedRound], seeds: dict[str, Example]) -> list[Observation]:
    """Every judged request of the rounds, with the target that answered it.

    Raises:
        InputError: A trial's seed is in neither split.
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
        ]
        for rows, target, trials in groups:
            for trial in trials:
                if trial.attack.example_id not in seeds:
                    raise InputError(
                        f"data/rounds/{name}: attack {trial.attack.id}: example_id: "
                        f"{trial.attack.example_id} is in neither data/splits/train.jsonl nor val.jsonl"
                    )
                assert target is not None
                observations.append(Observation(name, rows, target, trial, seeds[trial.attack.example_id]))
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


def _counted(
    result: RoundResult, training: Sequence[Trial], before: Sequence[Trial], heldout: Sequence[Trial]
) -> RoundResult:
    """The manifest with its shares of attacks counted from the trials, as the atlas counts them."""
    found = {
        "attack_success": attack_success(training),
        "valid_fraction": valid_fraction(training),
        "heldout_success_before": attack_success(before),
        "heldout_success": attack_success(heldout),
        "heldout_valid": valid_fraction(heldout),
    }
    rates = result.rates | {name: rate for name, rate in found.items() if name in result.rates}
    return result.model_copy(update={"rates": rates})


def _read_round(paths: RoundPaths) -> PlayedRound:
    try:
        result = RoundResult.model_validate_json(paths.manifest.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InputError(f"{paths.manifest}: {first_fault(error)}") from None
    if result.round != paths.round:
        raise InputError(f"{paths.manifest}: round: {result.round!r} is not the folder's name")
    followed = result.after is not None
    training = read_jsonl(paths.file("trials.jsonl"), Trial) if followed else []
    before = read_jsonl(paths.file("heldout_before.jsonl"), Trial) if followed else []
    heldout = read_jsonl(paths.file("trials.jsonl" if result.round == AUDIT else "heldout.jsonl"), Trial)
    untouched = read_jsonl(paths.file("clean.jsonl"), Trial)
    return PlayedRound(_counted(result, training, before, heldout), training, before, heldout, untouched)
