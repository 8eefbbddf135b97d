"""AST-based correctness check: gates' reasons and the checker's verdicts make each attack a trial."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.dialects import DIALECTS
from sparring.records import Attack, Completion
from sparring.rollout import judge
from sparring.storage import read_json
from tasks.clock import timed
from tasks.game import Game
from tasks.judging import judge_lost
from tasks.target_rollout import REJECTIONS


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
    examples = {example.id: example for example in train}
    dialect = DIALECTS[game.params.target.dialect]
    completions = game.rows("completions", Completion)
    trials = judge(attacks, completions, rejections, examples, dialect)
    game.write("trials", judge_lost(game, trials, train))
