"""RL update: GRPO on the query model against the frozen target of the round before.

Sampling, rollout and check happen inside the reward, for every completion. Seeds that the target fails untouched, or
under a mere greeting, are set aside first: an attack on them proves nothing.
"""

import random
from collections.abc import Mapping
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.query_prompts import query_messages
from sparring.progress import OnLog
from sparring.records import Example, Trial, by_id
from sparring.storage import read_json, write_json
from sparring.training.grpo import QueryModelJob
from tasks.clock import timed
from tasks.game import Game
from tasks.mining import learn_from_mining
from tasks.players import answer_greeted, answer_seeds, archive_before, own_answers, target
from tasks.tracking import RoundRun
from tasks.training import train


@task(name="RL update", cache_policy=NO_CACHE)
@timed
def rl_update(game: Game, run: RoundRun, start: Path | None = None) -> None:
    """Writes pool.jsonl (the target on untouched seeds) and the query model's adapter.

    Training goes on from the query model of the round before, or from the adapter `start`; mining comes first where
    the recipe wants it.
    """
    adapter = game.work / "query"
    if game.done(adapter, game.file("pool"), game.file("greeted")):
        return
    opponent = target(game, game.champion.target_adapter)
    if not game.done(game.file("pool")):
        candidates = [example for example in game.examples("train") if example.gold]
        rng = random.Random(f"{game.params.seed}-{game.round}-pool")
        drawn = rng.sample(candidates, min(game.params.sampling.pool, len(candidates)))
        game.write("pool", answer_seeds(game, opponent, drawn))
    if not game.done(game.file("greeted")):
        untouched = game.rows("pool", Trial)
        game.write("greeted", answer_greeted(game, opponent, _answered_rightly(game, "pool"), untouched))
    if game.done(adapter):
        return
    seeds = passing_seeds(game)
    archive = archive_before(game)
    known = own_answers(game.rows("pool", Trial))
    reward = AttackReward(known, game.gatekeeper, opponent, game.params, archive, game.embedder)
    action = game.params.query_model.action
    start = start or game.before.query_adapter
    if game.params.rl.mining.attacks_per_seed:
        start = learn_from_mining(game, run, seeds, reward, start)
    job = QueryModelJob(
        seeds=seeds,
        prompts=lambda seed: query_messages(seed, action, archive.strategies(seed)),
        reward=reward,
        base=game.base,
        start=start,
        out=adapter,
        params=game.params.rl,
        action=action,
        max_new_tokens=game.params.query_model.max_new_tokens,
        dtype=game.params.models.dtype,
        seed=game.params.seed,
    )
    train(game, job, game.work / "rl", _kept(game, run))
    game.finished(adapter)


def _kept(game: Game, run: RoundRun) -> OnLog:
    """Logs to MLflow, and keeps rl_log.json by step, so that a resumed round still knows its first steps."""
    path = game.work / "rl_log.json"
    to_mlflow = run.logger("rl")

    def log(step: int, metrics: Mapping[str, float]) -> None:
        to_mlflow(step, metrics)
        steps = read_json(path) if path.exists() else {}
        write_json(path, steps | {str(step): dict(metrics)})

    return log


def passing_seeds(game: Game) -> list[Example]:
    """Training seeds of the pool that the target answers rightly, greeted or not, in the pool's random order."""
    return _answered_rightly(game, "greeted")


def weak_seeds(game: Game) -> list[Example]:
    """Seeds that the target answers rightly until somebody says hello: reported apart, never attacked."""
    strong = {seed.id for seed in passing_seeds(game)}
    return [seed for seed in _answered_rightly(game, "pool") if seed.id not in strong]


def _answered_rightly(game: Game, name: str) -> list[Example]:
    examples = by_id(game.examples("train"))
    trials = game.rows(name, Trial)
    return [examples[trial.attack.example_id] for trial in trials if trial.first_right]
