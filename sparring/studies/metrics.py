"""What a round amounts to: rates with intervals, gate rejections, top failures. Pure counting over trials.

Attacks on one seed are alike, so the intervals of their rates are clustered by seed; untouched rows count one by one.
Rows that were asked and could not be scored are in no share; each share says how many there are.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from scipy.stats import entropy

from sparring.attacker.program import ProgramError, parse_program, way_of
from sparring.records import KINDS, Breadth, Example, Failure, Kind, Rate, Trial
from sparring.statistics import Counts, clustered_rate, rate

Measure = Callable[[Sequence[Trial]], Rate]
FoundT = TypeVar("FoundT")


def attack_success(trials: Sequence[Trial]) -> Rate:
    """Share of valid, scored attacks that the target got wrong."""
    asked = [trial for trial in trials if trial.valid]
    return clustered_rate(success_by_seed(trials)).of_asked(len(asked))


def apart(name: str, measure: Measure, trials: Sequence[Trial], examples: Mapping[str, Example]) -> dict[str, Rate]:
    """A share of all trials under its name, and of those on seeds of each kind as `NAME/call` and `NAME/no_call`."""
    return {name: measure(trials)} | {
        f"{name}/{kind}": found for kind, found in of_kinds(measure, trials, examples).items()
    }


def of_kinds(
    measure: Callable[[Sequence[Trial]], FoundT], trials: Sequence[Trial], examples: Mapping[str, Example]
) -> dict[Kind, FoundT]:
    """What is measured of the trials on seeds of each kind, `examples` being the seeds by id."""
    return {kind: measure(_of_kind(kind, trials, examples)) for kind in KINDS}


def _of_kind(kind: Kind, trials: Sequence[Trial], examples: Mapping[str, Example]) -> list[Trial]:
    return [trial for trial in trials if examples[trial.attack.example_id].kind == kind]


def payoffs(trials: Sequence[Trial]) -> dict[str, float | None]:
    """What each player won: attack success, and as much less; None over no valid, scored attack."""
    won = attack_success(trials).value
    return {"query_model": won, "target": None if won is None else -won}


def valid_fraction(trials: Sequence[Trial]) -> Rate:
    """Share of attacks that passed every gate; of an unjudged one nobody knows."""
    return clustered_rate(valid_by_seed([trial for trial in trials if not trial.unjudged]))


def seeds_broken(trials: Sequence[Trial]) -> Rate:
    """Share of the distinct seeds with a valid, scored attack on which at least one attack won."""
    asked = [trial for trial in trials if trial.valid]
    scored = {trial.attack.example_id for trial in asked if trial.scored}
    broken = {trial.attack.example_id for trial in asked if trial.success}
    return rate(len(broken), len(scored)).of_asked(len({trial.attack.example_id for trial in asked}))


def breadth(trials: Sequence[Trial], examples: Mapping[str, Example]) -> Breadth:
    """In how many ways attacks won: as so many equally frequent programs would, the order of operators left aside.

    Over few won attacks it is too small: it is never above their number.
    """
    won = Counter(way_of(trial.attack, examples[trial.attack.example_id]) for trial in trials if trial.success)
    if not won:
        return Breadth(won=0, programs=0, effective=None, leading=None, led=0)
    used = Counter({name: 0 for way in sorted(won) for name in way})
    for way, count in won.items():
        used.update(dict.fromkeys(way, count))
    leading, led = min(used.items(), key=lambda item: (-item[1], item[0]))
    effective = math.exp(float(entropy(list(won.values()))))
    return Breadth(won=won.total(), programs=len(won), effective=effective, leading=leading, led=led)


def breadth_apart(name: str, trials: Sequence[Trial], examples: Mapping[str, Example]) -> dict[str, Breadth]:
    """The breadth of all trials under its name, and of those on seeds of each kind as `NAME/KIND`."""
    return {name: breadth(trials, examples)} | {
        f"{name}/{kind}": breadth(_of_kind(kind, trials, examples), examples) for kind in KINDS
    }


def accuracy(trials: Sequence[Trial]) -> Rate:
    """Share of scored first answers that are right; for trials of untouched seeds."""
    scored = [right for trial in trials if (right := trial.first_right) is not None]
    return rate(sum(scored), len(scored)).of_asked(_num_asked(trials))


def unparseable(trials: Sequence[Trial]) -> Rate:
    """Share of scored first answers that could not be read as calls."""
    scored = [trial for trial in trials if trial.scored]
    num_unparseable = sum(trial.scored[0].failure == Failure.UNPARSEABLE for trial in scored)
    return rate(num_unparseable, len(scored)).of_asked(_num_asked(trials))


def _num_asked(trials: Sequence[Trial]) -> int:
    return sum(trial.valid for trial in trials)


def rejections(trials: Sequence[Trial]) -> dict[str, int]:
    """Number of attacks each gate rejected, most frequent first."""
    counts = Counter(trial.rejected_by for trial in trials if trial.rejected_by is not None and not trial.unjudged)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def by_operator(trials: Sequence[Trial], examples: Mapping[str, Example]) -> dict[str, dict[str, Rate]]:
    """Per operator, over the attacks in which it changed something: valid fraction and attack success.

    Attacks that are no program (free rewrites, malformed ones) count under their strategy's name.
    """
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        for name in way_of(trial.attack, examples[trial.attack.example_id]):
            groups.setdefault(name, []).append(trial)
    return {
        name: {"valid": valid_fraction(groups[name]), "success": attack_success(groups[name])}
        for name in sorted(groups)
    }


def worst_first(operators: Mapping[str, Mapping[str, Rate]]) -> list[tuple[str, Rate]]:
    """Attack success by operator, the surest weakness first: by the lower end of the interval, then by the share.

    Operators whose attacks were never answered stand last.
    """
    found = [(name, measures["success"]) for name, measures in operators.items()]
    return sorted(found, key=lambda one: (one[1].value is None, -(one[1].low or 0.0), -(one[1].value or 0.0), one[0]))


def operators_of(strategy: str) -> list[str]:
    """The operators of a program, in its order; a strategy that is no program is its own only one."""
    try:
        return [step.operator for step in parse_program(strategy)]
    except ProgramError:
        return [strategy]


def top_failures(trials: Sequence[Trial], examples: Mapping[str, Example], limit: int = 5) -> list[dict[str, Any]]:
    """The most frequent (kind, tool) of won attacks, each with its first example: seed, attack, answer, reason."""
    groups: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        if trial.success:
            groups.setdefault((str(trial.scored[0].failure), _tool(examples[trial.attack.example_id])), []).append(
                trial
            )
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "failure": kind,
            "tool": tool,
            "count": len(won),
            "seed": examples[won[0].attack.example_id].query,
            "attack": won[0].attack.text,
            "strategy": won[0].attack.strategy,
            "answer": won[0].completions[0].text,
            "reason": won[0].scored[0].detail,
        }
        for (kind, tool), won in ranked[:limit]
    ]


def success_by_seed(trials: Sequence[Trial]) -> Counts:
    """Per seed (won, valid and scored) attacks; a seed whose every attack was rejected has (0, 0)."""
    return _by_seed([(trial, trial.valid and bool(trial.scored), trial.success) for trial in trials])


def valid_by_seed(trials: Sequence[Trial]) -> Counts:
    """Per seed (valid, all) attacks."""
    return _by_seed([(trial, True, trial.valid) for trial in trials])


def _by_seed(judged: Sequence[tuple[Trial, bool, bool]]) -> Counts:
    """Of (trial, whether it counts, whether it holds)."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for trial, counts, holds in judged:
        held, total = found[trial.attack.example_id]
        found[trial.attack.example_id] = (held + (counts and holds), total + counts)
    return dict(found)


def _tool(example: Example) -> str:
    return example.gold[0].name if example.gold else "(no call)"


def as_parsed(trial: Trial) -> Trial:
    """The same trial, judged only by whether the answer could be read: for comparing parse failures."""
    verdicts = [replace(verdict, correct=verdict.failure != Failure.UNPARSEABLE) for verdict in trial.verdicts]
    return trial.model_copy(update={"verdicts": verdicts})
