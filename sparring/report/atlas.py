"""The weakness atlas: wrong answers clustered by kind, category, argument type, tool family and strategy.

Two kinds of dimension: category, tool and strategy are known before the target answers, so they say how many attacks
there were; kind and argument type are known only of a wrong answer. Hence a cluster's rate is its wrong answers over
the valid, scored attacks with the same category, tool and strategy; its interval counts attacks on one seed as alike.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from sparring.records import Rate, Record
from sparring.report.places import KNOWN_BEFORE, KNOWN_OF_CLEAN, Dimension, Key, places
from sparring.report.rounds import REWRITES, Observation, PlayedRound
from sparring.statistics import clustered_rate, rate

Status = Literal["still open", "newly broken", "first seen", "fixed", "not seen again", "not attacked again"]


class Standing(Record):
    """How a cluster stands under one target.

    Attributes:
        attacks: Wrong answers of this cluster over the attacks that could have ended there.
        clean: The same kind of wrong answer over untouched held-out seeds of the attacked categories.
        lift: The first share over the second; None where either is undefined or no clean answer failed so.
    """

    target: str
    attacks: Rate
    clean: Rate
    lift: float | None


class Cluster(Record):
    """Wrong answers that agree in some dimensions.

    Attributes:
        values: One value a dimension, in the order of the dimensions asked for.
        standings: One a target, from the baseline to the last.
        status: The last target against those before it.
        example: Index, among the observations, of the attack that stands for the cluster.
    """

    values: tuple[str, ...]
    standings: tuple[Standing, ...]
    status: Status
    example: int


class Changes(Record):
    """What became of the held-out attacks of a round, each answered by the target before and after training.

    An attack that was lost before and is still lost counts as still open under its first kind, even if its kind
    changed.
    """

    round: str
    kind: str
    fixed: int
    still_open: int
    newly_broken: int


def atlas(
    observations: Sequence[Observation], targets: Sequence[str], dimensions: Sequence[Dimension]
) -> list[Cluster]:
    """Clusters by the given dimensions, most wrong answers under the last target first, then under all.

    Args:
        observations: Attacks and untouched rows; rejected and unscored ones are left out, and those that change tools.
        targets: The targets compared, from the baseline to the last. Answers of other targets are left out.
        dimensions: What a cluster agrees in.
    """
    valid = [(index, one) for index, one in enumerate(observations) if one.trial.valid]
    scored = [(index, one) for index, one in valid if one.trial.scored]
    attacks = [(index, one) for index, one in scored if one.rows in REWRITES and one.target in set(targets)]
    clean = [one for _, one in scored if one.rows == "untouched"]
    asked = [name for name in dimensions if name in KNOWN_BEFORE]
    num_asked = Counter((one.target, cell) for _, one in valid if one.rows in REWRITES for cell in places(one, asked))
    met: dict[tuple[str, Key], Counter[str]] = defaultdict(Counter)  # scored attacks by seed
    wrong: dict[Key, list[tuple[int, Observation]]] = defaultdict(list)
    for index, one in attacks:
        for cell in places(one, asked):
            met[one.target, cell][one.seed.id] += 1
        for key in places(one, dimensions) if one.trial.success else []:
            wrong[key].append((index, one))
    clean_rates = _CleanRates(attacks, clean, [name for name in dimensions if name in KNOWN_OF_CLEAN])
    clusters = []
    for key, members in wrong.items():
        values = dict(zip(dimensions, key, strict=True))
        cell = tuple(values[name] for name in asked)
        standings = tuple(
            _standing(
                target,
                _share(members, target, met[target, cell]).of_asked(num_asked[target, cell]),
                clean_rates.of(target, values),
            )
            for target in targets
        )
        clusters.append(
            Cluster(values=key, standings=standings, status=_status(standings), example=_example(members, targets))
        )
    return sorted(clusters, key=_rank)


def changes(played: PlayedRound) -> list[Changes]:
    """Per kind of wrong answer, the held-out attacks of a round before against after; empty for a baseline.

    Attacks count that both targets answered and that could be scored both times.
    """
    before = {trial.attack.id: trial.scored[0] for trial in played.heldout_before if trial.valid and trial.scored}
    after = {trial.attack.id: trial.scored[0] for trial in played.heldout if trial.valid and trial.scored}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for attack_id in sorted(before.keys() & after.keys()):
        old, new = before[attack_id], after[attack_id]
        if not old.correct:
            counts[str(old.failure)]["fixed" if new.correct else "still_open"] += 1
        elif not new.correct:
            counts[str(new.failure)]["newly_broken"] += 1
    return [
        Changes(
            round=played.result.round,
            kind=kind,
            fixed=found["fixed"],
            still_open=found["still_open"],
            newly_broken=found["newly_broken"],
        )
        for kind, found in sorted(counts.items())
    ]


def untouched_failures(observations: Sequence[Observation], targets: Sequence[str]) -> dict[str, dict[str, Rate]]:
    """Per kind of wrong answer and target, its share of the untouched held-out requests; most frequent kinds first."""
    asked = Counter(one.target for one in observations if one.rows == "untouched")
    rows = [one for one in observations if one.rows == "untouched" and one.trial.scored]
    totals = Counter(one.target for one in rows)
    wrong = Counter((str(one.trial.scored[0].failure), one.target) for one in rows if one.trial.success)
    kinds = sorted({kind for kind, _ in wrong}, key=lambda kind: (-sum(wrong[kind, name] for name in targets), kind))
    return {
        kind: {name: rate(wrong[kind, name], totals[name]).of_asked(asked[name]) for name in targets} for kind in kinds
    }


class _CleanRates:
    """Share of wrong answers on untouched seeds, of the categories in which the target was attacked."""

    def __init__(
        self,
        attacks: Iterable[tuple[int, Observation]],
        clean: Sequence[Observation],
        dimensions: Sequence[Dimension],
    ) -> None:
        self.dimensions = dimensions
        attacked = {(one.target, one.seed.category) for _, one in attacks}
        rows = [one for one in clean if (one.target, one.seed.category) in attacked]
        self.asked = [name for name in dimensions if name in KNOWN_BEFORE]
        self.totals = Counter((one.target, cell) for one in rows for cell in places(one, self.asked))
        lost = [one for one in rows if one.trial.success]
        self.wrong = Counter((one.target, key) for one in lost for key in places(one, dimensions))

    def of(self, target: str, values: dict[Dimension, str]) -> Rate:
        """The rate for a cluster with these values."""
        total = self.totals[target, tuple(values[name] for name in self.asked)]
        return rate(self.wrong[target, tuple(values[name] for name in self.dimensions)], total)


def _share(members: Sequence[tuple[int, Observation]], target: str, met: Mapping[str, int]) -> Rate:
    """The members' share of the attacks that the target met in their cell, by seed."""
    lost = Counter(one.seed.id for _, one in members if one.target == target)
    return clustered_rate({seed: (lost[seed], total) for seed, total in met.items()})


def _standing(target: str, attacks: Rate, clean: Rate) -> Standing:
    lift = None if attacks.value is None or not clean.value else attacks.value / clean.value
    return Standing(target=target, attacks=attacks, clean=clean, lift=lift)


def _status(standings: Sequence[Standing]) -> Status:
    """No failure is called "fixed" only where its interval lies below the share before; else it was not seen again."""
    last, earlier = standings[-1].attacks, [standing.attacks for standing in standings[:-1]]
    failed, attacked = sum(found.count for found in earlier), sum(found.total for found in earlier)
    if last.high is None:
        return "not attacked again"
    if last.count == 0:
        return "fixed" if last.high < failed / attacked else "not seen again"
    if failed:
        return "still open"
    return "newly broken" if attacked else "first seen"


def _example(members: Sequence[tuple[int, Observation]], targets: Sequence[str]) -> int:
    """The latest target's most certain failure; among equals the shortest attack, which is the easiest to read."""

    def rank(member: tuple[int, Observation]) -> tuple[int, float, int, str]:
        one = member[1]
        pass_rate = one.trial.pass_rate or 0.0
        return -targets.index(one.target), pass_rate, len(one.trial.attack.text), one.trial.attack.id

    return min(members, key=rank)[0]


def _rank(cluster: Cluster) -> tuple[int, int, Key]:
    counts = [standing.attacks.count for standing in cluster.standings]
    return -counts[-1], -sum(counts), cluster.values
