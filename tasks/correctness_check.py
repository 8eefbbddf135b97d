"""AST-based correctness check: gates' reasons and the checker's verdicts make each attack a trial."""

from collections.abc import Mapping, Sequence
from functools import partial

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.rollout import trials_of
from sparring.dialects import DIALECTS
from sparring.engine.batched_generation import Part
from sparring.records import Completion, Example, GatedAttack, Trial, by_id
from tasks.clock import timed
from tasks.judging import judge_lost
from tasks.rounds import Round
from tasks.target_rollout import GATED
from tasks.workers import spread


@task(name="correctness check", cache_policy=NO_CACHE)
@timed
def correctness_check(played: Round) -> None:
    """Writes trials.jsonl."""
    if played.bench.done(played.bench.file("trials")):
        return
    attacks = played.bench.rows(GATED, GatedAttack)
    train = played.project.examples("train")
    examples = by_id(train)
    dialect = DIALECTS[played.project.params.target.dialect]
    completions = played.bench.rows("completions", Completion)
    workers = played.project.params.workers
    if workers.engine is None:
        trials = trials_of(attacks, completions, examples, dialect)
    else:
        work = partial(_part, attacks, completions, examples, played.project.params.target.dialect)
        trials = spread(workers, "check", work)
    played.bench.write("trials", judge_lost(played, trials, train))


def _part(
    attacks: Sequence[GatedAttack],
    completions: Sequence[Completion],
    examples: Mapping[str, Example],
    dialect: str,
    part: Part,
) -> dict[int, Trial]:
    """On a worker: the trials of one part of the attacks, by the attack's number."""
    own = range(len(attacks))[part.number :: part.of]
    asked = [attacks[i] for i in own]
    known = {gated.attack.id for gated in asked}
    answers = [completion for completion in completions if completion.attack_id in known]
    found = trials_of(asked, answers, examples, DIALECTS[dialect])
    return dict(zip(own, found, strict=True))
