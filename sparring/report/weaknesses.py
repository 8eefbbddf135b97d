"""The weaknesses by name: a kind of mistake under a way to attack, its share, two examples, and whether SFT mended it.

The surprise is which are listed: an attack by several operators counts under each, so the same lost attacks would make
several lines. Each line after the first explains at least one lost attack that none before it does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sparring.records import Failure, Rate, Record, Trial
from sparring.report.naming import BORROWED, advice, is_borrowed, weakness_words
from sparring.report.places import WHOLE_CALL
from sparring.report.rounds import REWRITES, Observation, PlayedRound
from sparring.statistics import clustered_rate, holm, paired_p_value
from sparring.studies.promotion import ALPHA

MAX_EXAMPLES = 2
VALUES = frozenset({Failure.WRONG_VALUE, Failure.WRONG_TYPE, Failure.UNEXPECTED_ARGUMENT})
Mended = Literal["mended", "worse since", "not shown", "not measured"]
Cell = tuple[str, str]  # kind of mistake, way to attack


class Mending(Record):
    """The same held-out attacks before and after training, as far as they end in one weakness.

    Attributes:
        before: Lost so before, of `rows` attacks of this way that both targets answered.
        after: Lost so after.
        p_value: Of the exact test by seed, corrected for all weaknesses that are listed; None over no rows.
    """

    rows: int
    before: int
    after: int
    p_value: float | None

    @property
    def state(self) -> Mended:
        """What the test says."""
        if self.p_value is None:
            return "not measured"
        if self.p_value > ALPHA:
            return "not shown"
        return "mended" if self.after < self.before else "worse since"


class Weakness(Record):
    """One weakness.

    Attributes:
        words: What the model does and when.
        advice: What to do about it.
        rates: By target, its share of the attacks of this way that could have ended so.
        examples: Indices, among the observations, of at most two lost attacks on different seeds.
        mending: What training did; None where nothing was trained.
    """

    kind: str
    strategy: str
    words: str
    advice: str
    rates: dict[str, Rate]
    examples: tuple[int, ...]
    mending: Mending | None


class Break(Record):
    """One argument of one tool that breaks, or its whole call.

    Attributes:
        argument: Its name; None where the call as a whole is wrong.
        rates: By target, wrong answers here over the attacks on the tool.
        kind: The most frequent kind of mistake here.
        example: Index, among the observations, of a lost attack.
    """

    tool: str
    argument: str | None
    rates: dict[str, Rate]
    kind: str
    advice: str
    example: int


@dataclass(frozen=True)
class Met:
    """What targets met, by way to attack: scored attacks, and of the lost ones by kind of mistake their indices."""

    observations: Sequence[Observation]
    asked: Mapping[tuple[str, str], Mapping[str, int]]
    lost: Mapping[Cell, Sequence[int]]

    @classmethod
    def by(cls, observations: Sequence[Observation], targets: Sequence[str]) -> "Met":
        """All attacks, on queries and on tools, that these targets answered."""
        asked: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # by target and way, then by seed
        lost: dict[Cell, list[int]] = defaultdict(list)
        for index, one in enumerate(observations):
            if one.rows == "untouched" or one.target not in targets or not (one.trial.valid and one.trial.scored):
                continue
            for way in one.ways:
                asked[one.target, way][one.trial.attack.example_id] += 1
                if one.trial.success:
                    lost[_kind(one), way].append(index)
        return cls(observations, asked, lost)

    def share(self, target: str, cell: Cell) -> Rate:
        """Attacks of this way that end so, of all of this way that the target met."""
        met = self.asked.get((target, cell[1]), {})
        return _share(self.lost.get(cell, ()), self.observations, target, met)


def kind_of(trial: Trial, seed: str) -> str:
    """The kind of a wrong answer; a value that the attack says and its seed does not is a kind of its own."""
    verdict = trial.scored[0]
    taken = verdict.failure in VALUES and is_borrowed(verdict.detail, seed, trial.attack.text)
    return BORROWED if taken else str(verdict.failure)


def weaknesses(
    observations: Sequence[Observation], targets: Sequence[str], last: PlayedRound, limit: int
) -> list[Weakness]:
    """The surest weaknesses of the last target and the one before it, by the lower end of the interval.

    Args:
        observations: All judged requests; attacks count, on queries and on tools.
        targets: From the first to the last; answers of others are left out.
        last: The round whose held-out attacks say what training did.
        limit: Most weaknesses.
    """
    met = Met.by(observations, targets)
    judged = set(targets[-2:])

    def sure(cell: Cell) -> tuple[float, int, Cell]:
        return *_surest([met.share(target, cell) for target in judged]), cell

    chosen: list[Cell] = []
    explained: set[int] = set()
    for cell in sorted(met.lost, key=sure):
        here = {index for index in met.lost[cell] if observations[index].target in judged}
        if len(chosen) < limit and here - explained:
            chosen.append(cell)
            explained |= here
    mended = _mendings(last, chosen, {one.trial.attack.id: one for one in observations})
    return [
        Weakness(
            kind=cell[0],
            strategy=cell[1],
            words=weakness_words(*cell),
            advice=advice(cell[0]),
            rates={target: met.share(target, cell) for target in targets},
            examples=_examples(met.lost[cell], observations, targets),
            mending=mended.get(cell),
        )
        for cell in chosen
    ]


def breaks(observations: Sequence[Observation], targets: Sequence[str], limit: int) -> list[Break]:
    """The arguments and tools that break most surely under the last target or the one before it."""
    judged = list(targets[-2:])
    asked: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # scored attacks by target, tool and seed
    lost: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, one in enumerate(observations):
        if one.rows not in REWRITES or one.target not in judged or not (one.trial.valid and one.trial.scored):
            continue
        tool = one.seed.tool_cluster
        asked[one.target, tool][one.trial.attack.example_id] += 1
        if one.trial.success:
            lost[tool, one.trial.scored[0].argument or WHOLE_CALL].append(index)
    found = []
    for (tool, argument), members in lost.items():
        kind = Counter(_kind(observations[index]) for index in members).most_common(1)[0][0]
        found.append(
            Break(
                tool=tool,
                argument=None if argument == WHOLE_CALL else argument,
                rates={name: _share(members, observations, name, asked[name, tool]) for name in judged},
                kind=kind,
                advice=advice(kind),
                example=_examples([i for i in members if _kind(observations[i]) == kind], observations, judged)[0],
            )
        )
    return sorted(found, key=lambda one: (*_surest(one.rates.values()), one.tool, one.argument or ""))[:limit]


def _share(members: Sequence[int], observations: Sequence[Observation], target: str, met: Mapping[str, int]) -> Rate:
    """The members' share of the attacks that a target met, by seed."""
    lost = Counter(observations[i].trial.attack.example_id for i in members if observations[i].target == target)
    return clustered_rate({seed: (lost[seed], total) for seed, total in met.items()})


def _surest(rates: Iterable[Rate]) -> tuple[float, int]:
    """The order of weaknesses: by the highest lower end of the intervals, then by how often it was seen."""
    found = list(rates)
    return -max(rate.low or 0.0 for rate in found), -sum(rate.count for rate in found)


def _mendings(last: PlayedRound, cells: Sequence[Cell], met: Mapping[str, Observation]) -> dict[Cell, Mending]:
    """Of each cell, what became of the same held-out attacks; nothing where no target was before."""
    if last.result.after is None:
        return {}
    pairs = [*_paired(last.heldout_before, last.heldout), *_paired(last.schema_before, last.schema)]
    counted: dict[Cell, tuple[list[bool], list[bool], list[str]]] = {}
    for cell in cells:
        rows = [pair for pair in pairs if cell[1] in met[pair[0].attack.id].ways]
        before, after = ([_ended(pair[side], cell[0], met) for pair in rows] for side in (0, 1))
        counted[cell] = before, after, [pair[0].attack.example_id for pair in rows]
    tested = {
        cell: paired_p_value([not lost for lost in before], [not lost for lost in after], clusters)
        for cell, (before, after, clusters) in counted.items()
        if clusters
    }
    corrected = holm(tested)
    return {
        cell: Mending(rows=len(before), before=sum(before), after=sum(after), p_value=corrected.get(cell))
        for cell, (before, after, _) in counted.items()
    }


def _paired(before: Sequence[Trial], after: Sequence[Trial]) -> list[tuple[Trial, Trial]]:
    later = {trial.attack.id: trial for trial in after if trial.valid and trial.scored}
    return [(one, later[one.attack.id]) for one in before if one.valid and one.scored and one.attack.id in later]


def _ended(trial: Trial, kind: str, met: Mapping[str, Observation]) -> bool:
    """Whether an answer is wrong in this way."""
    return not trial.scored[0].correct and kind_of(trial, met[trial.attack.id].seed.query) == kind


def _kind(one: Observation) -> str:
    return kind_of(one.trial, one.seed.query)


def _examples(members: Sequence[int], observations: Sequence[Observation], targets: Sequence[str]) -> tuple[int, ...]:
    """Lost attacks on different seeds: the latest target's, the surest, among equals the shortest."""

    def rank(index: int) -> tuple[int, float, int, str]:
        one = observations[index]
        rate = one.trial.pass_rate or 0.0
        return -list(targets).index(one.target), rate, len(one.trial.attack.text), one.trial.attack.id

    found: dict[str, int] = {}
    for index in sorted(members, key=rank):
        found.setdefault(observations[index].trial.attack.example_id, index)
    return tuple(found.values())[:MAX_EXAMPLES]
