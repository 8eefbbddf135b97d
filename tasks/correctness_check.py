"""AST-based correctness check: gates' reasons and the checker's verdicts make each attack a trial."""

from collections.abc import Mapping, Sequence
from functools import partial

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.rollout import judge
from sparring.dialects import DIALECTS
from sparring.engine.batched_generation import Part
from sparring.records import Attack, Completion, Example, Trial, by_id
from sparring.storage import read_json
from tasks.clock import timed
from tasks.game import Game
from tasks.judging import judge_lost
from tasks.target_rollout import REJECTIONS
from tasks.workers import spread


@task(name="correctness check", cache_policy=NO_CACHE)
@timed
def correctness_check(game: Game) -> None:
    """Writes trials.jsonl."""
    if game.done(game.file("trials")):
        return
    attacks = game.rows("attacks", Attack)
    by_attack = read_json(game.work / REJECTIONS)
    rejections = [by_attack[attack.id] for attack in attacks]
    train = game.examples("train")
    examples = by_id(train)
    dialect = DIALECTS[game.params.target.dialect]
    completions = game.rows("completions", Completion)
    workers = game.params.workers
    if workers.engine is None:
        trials = judge(attacks, completions, rejections, examples, dialect)
    else:
        work = partial(_part, attacks, completions, rejections, examples, game.params.target.dialect)
        trials = spread(workers, "check", work)
    game.write("trials", judge_lost(game, trials, train))


def _part(
    attacks: Sequence[Attack],
    completions: Sequence[Completion],
    rejections: Sequence[str | None],
    examples: Mapping[str, Example],
    dialect: str,
    part: Part,
) -> dict[int, Trial]:
    """On a worker: the trials of one part of the attacks, by the attack's number."""
    own = range(len(attacks))[part.number :: part.of]
    asked = [attacks[i] for i in own]
    known = {attack.id for attack in asked}
    answers = [completion for completion in completions if completion.attack_id in known]
    found = judge(asked, answers, [rejections[i] for i in own], examples, DIALECTS[dialect])
    return dict(zip(own, found, strict=True))
