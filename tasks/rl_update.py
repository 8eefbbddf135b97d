"""RL update: GRPO on the query model against the frozen target of the round before.

Sampling, rollout and check happen inside the reward, for every completion. Seeds that the target fails untouched, or
under a mere greeting, are set aside first: an attack on them proves nothing.
"""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.query_prompts import query_messages
from sparring.attacker.rl_log import keeping_steps
from sparring.attacker.seeds import of_both_kinds, shuffled
from sparring.records import Example, Trial, by_id
from sparring.training.grpo import QueryModelJob
from tasks.clock import timed
from tasks.mining import learn_from_mining
from tasks.players import answer_greeted, answer_seeds, archive_before, own_answers, target
from tasks.rounds import Round
from tasks.served_models import carried_on, read_seeds, unread_seeds
from tasks.tracking import RoundRun
from tasks.training import train


@task(name="RL update", cache_policy=NO_CACHE)
@timed
def rl_update(played: Round, run: RoundRun, start: Path | None = None) -> None:
    """Writes pool.jsonl (the target on untouched seeds) and the query model's adapter.

    Training goes on from the query model of the round before, or from the adapter `start`; mining comes first where
    the recipe wants it. A chat model that attacks is not trained.
    """
    adapter = played.bench.folder / "query"
    if played.bench.done(adapter, played.bench.file("pool"), played.bench.file("greeted")):
        return
    opponent = target(played.project, played.target_adapter)
    if not played.bench.done(played.bench.file("pool")):
        played.bench.write("pool", answer_seeds(played.project, opponent, _pool(played), played.name))
    if not played.bench.done(played.bench.file("greeted")):
        untouched = played.bench.rows("pool", Trial)
        right = _answered_rightly(played, "pool")
        played.bench.write("greeted", answer_greeted(played.project, opponent, right, untouched, played.name))
    read_seeds(played, _answered_rightly(played, "greeted"))
    if played.bench.done(adapter):
        return
    if played.project.params.query_model.endpoint is not None:
        carried_on(played)
        played.bench.finished(adapter)
        return
    seeds = passing_seeds(played)
    archive = archive_before(played)
    known = own_answers(played.bench.rows("pool", Trial))
    reward = AttackReward(
        known, played.project.gatekeeper, opponent, played.project.params, archive, played.project.embedder
    )
    action = played.project.params.query_model.action
    start = start or played.before.query_adapter
    if played.project.params.rl.mining.attacks_per_seed:
        start = learn_from_mining(played, run, seeds, reward, start)
    job = QueryModelJob(
        seeds=seeds,
        prompts=lambda seed: query_messages(seed, action, archive.strategies(seed)),
        reward=reward,
        base=played.project.base,
        start=start,
        out=adapter,
        params=played.project.params.rl,
        action=action,
        max_new_tokens=played.project.params.query_model.max_new_tokens,
        dtype=played.project.params.models.dtype,
        seed=played.project.params.seed,
    )
    log = keeping_steps(played.bench.folder / "rl_log.json", run.logger("rl"))
    train(played, job, played.bench.folder / "rl", log)
    played.bench.finished(adapter)


def _pool(played: Round) -> list[Example]:
    """Training seeds of both kinds, in a random order."""
    params = played.project.params
    train = shuffled(played.project.examples("train"), f"{params.seed}-{played.name}-pool")
    return of_both_kinds(train, params.sampling.pool, params.sampling.no_call_share)


def passing_seeds(played: Round) -> list[Example]:
    """Training seeds of the pool that the target answers rightly, greeted or not; both kinds in one random order.

    Of free text that readers judge, those that enough readers answer rightly too.
    """
    unread = unread_seeds(played)
    return [seed for seed in _answered_rightly(played, "greeted") if seed.id not in unread]


def weak_seeds(played: Round) -> list[Example]:
    """Seeds that the target answers rightly until somebody says hello: reported apart, never attacked."""
    strong = {seed.id for seed in _answered_rightly(played, "greeted")}
    return [seed for seed in _answered_rightly(played, "pool") if seed.id not in strong]


def _answered_rightly(played: Round, name: str) -> list[Example]:
    examples = by_id(played.project.examples("train"))
    trials = played.bench.rows(name, Trial)
    return [examples[trial.attack.example_id] for trial in trials if trial.first_right]
