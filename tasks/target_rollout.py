"""Target rollout: the target answers every attack that passes the gates; a rejected attack never reaches it."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.rollout import complete
from sparring.records import Attack, Trial, by_id
from tasks.clock import timed
from tasks.game import Game
from tasks.players import gate, own_answers, target
from tasks.workers import shared

REJECTIONS = "rejections.json"


@task(name="target rollout", cache_policy=NO_CACHE)
@timed
def target_rollout(game: Game) -> None:
    """Writes rejections.json (by attack id) and completions.jsonl."""
    if game.done(game.file("completions"), game.work / REJECTIONS):
        return
    attacks = game.rows("attacks", Attack)
    train = game.examples("train")
    rejections = gate(game, attacks, train)
    by_attack = {attack.id: reason for attack, reason in zip(attacks, rejections, strict=True)}
    game.write_json(REJECTIONS, by_attack)
    examples = by_id(train)
    answering = target(game, game.champion.target_adapter)
    drafts = own_answers(game.rows("pool", Trial))
    completions = complete(
        attacks, examples, rejections, shared(answering), game.params.rollout, game.params.seed, drafts
    )
    game.write("completions", completions)
